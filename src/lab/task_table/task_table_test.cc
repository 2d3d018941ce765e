// A tiny table of tasks: all its pieces, going on after a stop, and its page.
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"
#include "lab/task_table/page.h"

namespace gimbal::lab {
namespace {

class TaskTable : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(out_); }
  void TearDown() override { fs::remove_all(out_); }

  static TablePlan tiny_plan() {
    TablePlan plan = table_plan(TableSize::kQuick, {"bert", "t5"}, {"feeling", "tagging", "answer"}, 1);
    plan.effort = {.story_bytes = 200'000,
                   .vocab = 500,
                   .pretrain_steps = 2,
                   .examples = 300,
                   .finetune_steps = 4,
                   .joint_steps = 2,
                   .tested = 20,
                   .layers = 1,
                   .width = 16};
    return plan;
  }
  void compute(const TablePlan& plan) {
    Progress progress(Progress::Style::kQuiet);
    compute_table(out_, plan, 2, progress, [] { return false; });
  }

  fs::path out_ = fs::temp_directory_path() / cat("gimbal-table-", ::getpid());
};

TEST_F(TaskTable, FillsEveryCellAndGoesOnWhereItWas) {
  const TablePlan plan = tiny_plan();
  compute(plan);
  int scored = 0;
  for (const TableFamily* family : plan.families) {
    EXPECT_GT(pretraining_seconds(out_, *family), 0) << family->name;
    for (const world::WorldTask* task : plan.tasks)
      for (const CellStart start : kStarts) {
        const auto cell = finished_cell(out_, {family, task, start});
        ASSERT_TRUE(cell) << family->name << task->name;
        const bool carried = family->name == "t5" || (task->name != "answer" && start != CellStart::kTogether);
        EXPECT_EQ(cell->contains("score"), carried) << *cell;
        scored += cell->contains("score");
      }
  }
  EXPECT_EQ(scored, 9 + 4);
  const std::string page = table_text(out_, plan);
  EXPECT_NE(page.find("| feeling | accuracy | 1.0"), std::string::npos) << page;
  EXPECT_EQ(page.find("…"), std::string::npos) << page;
  EXPECT_EQ(table_json(out_, plan).size(), 18u);

  const TableCell lost{plan.families[0], plan.tasks[0], CellStart::kStories};
  const Json before = *finished_cell(out_, lost);
  const fs::path file = out_ / "cells" / cat(lost.family->name, ".", lost.task->name, ".stories.json");
  const fs::path other = out_ / "cells" / cat(lost.family->name, ".", lost.task->name, ".nothing.json");
  const auto untouched = fs::last_write_time(other);
  fs::remove(file);
  EXPECT_NE(table_text(out_, plan).find("…"), std::string::npos);
  compute(plan);
  EXPECT_EQ((*finished_cell(out_, lost))["score"], before["score"]) << "the same bits again";
  EXPECT_EQ(fs::last_write_time(other), untouched);

  TablePlan another = plan;
  another.tasks.pop_back();  // what is learned together would be something else
  EXPECT_THROW(compute(another), Error);

  Json recipe = parse_json(read_text_file(out_ / "plan.json"), "plan.json");
  recipe["training"]["t5"]["stories"]["lr"] = 1.0;  // as an older build might have had it
  write_file(out_ / "plan.json", recipe.dump());
  try {
    compute(plan);
    ADD_FAILURE() << "goes on in a table of other rates";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("of another training ("), std::string::npos) << e.what();
  }
}

TEST_F(TaskTable, NamesWhatItDoesNotKnow) {
  const auto refusal = [](auto&& choose) -> std::string {
    try {
      choose();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(refusal([] { table_plan(TableSize::kQuick, {"brt"}, {}, 1); }).find("bert"), std::string::npos);
  EXPECT_NE(refusal([] { table_plan(TableSize::kQuick, {}, {"feling"}, 1); }).find("feeling"), std::string::npos);
  EXPECT_EQ(table_plan(TableSize::kQuick, {}, {}, 1).families.size(), 5u);
  EXPECT_EQ(table_plan(TableSize::kQuick, {}, {}, 1).tasks.size(), 6u);
  EXPECT_GT(table_plan(TableSize::kWhole, {}, {}, 1).tasks.size(), 20u);
}

}  // namespace
}  // namespace gimbal::lab
