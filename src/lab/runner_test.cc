// Cells are run once, kept whole, found again by their settings; what breaks is named; verdicts need all cells and three seeds.
#include "lab/runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "core/error.h"
#include "lab/judging.h"
#include "lab/statements.h"

namespace gimbal::lab {
namespace {

std::vector<Cell> toy_cells(Size size) { return grid({{"arm", {"a", "b"}}, {"x", {1, 2}}}, size == Size::kQuick ? 2 : 3); }

Measured toy_measure(const Cell& cell) {
  if (cell.text("arm") == "throws") fail("this arm cannot be measured");
  if (cell.text("arm") == "dies") ::_exit(7);
  Measured m;
  m.numbers["y"] = cell.text("arm") == "broken" ? std::numeric_limits<double>::quiet_NaN() : cell.number("x") * (cell.text("arm") == "a" ? 1 : 10);
  m.numbers["process"] = ::getpid();
  m.curves["loss"] = {3, 2, std::numeric_limits<double>::quiet_NaN()};
  return m;
}

Finding toy_judge(const Results& results) {
  Finding f;
  f.verdict =
      lies_below(results.where({{"arm", "a"}}).spread("y"), results.where({{"arm", "b"}}).spread("y")) ? Verdict::kHolds : Verdict::kNotReproduced;
  return f;
}

Experiment toy(int edition = 1) {
  return {.name = "toy",
          .code = "T",
          .claim = "",
          .source = "",
          .published = "",
          .criterion = "",
          .cost = "",
          .edition = edition,
          .cells = toy_cells,
          .measure = toy_measure,
          .judge = toy_judge};
}

class Lab : public ::testing::Test {
 protected:
  Lab() : file_(fs::temp_directory_path() / cat("gimbal-lab-", ::getpid()) / "lab.sqlite"), store_(file_) {}
  ~Lab() override { fs::remove_all(file_.parent_path()); }

  void run(const Experiment& e, const LabRequest& request = {}) {
    Progress quiet(Progress::Style::kQuiet);
    run_missing(store_, {&e}, request, quiet, [] { return false; });
  }

  fs::path file_;
  Store store_;
};

TEST_F(Lab, RunsEveryCellOnceInAProcessOfItsOwn) {
  const Experiment e = toy();
  run(e);
  const std::vector<Result> first = store_.all(e);
  ASSERT_EQ(first.size(), 8u);
  for (const Result& r : first) EXPECT_NE(r.measured.numbers.at("process"), ::getpid());
  run(e);
  EXPECT_EQ(store_.all(e).size(), 8u);
  EXPECT_EQ(store_.find(e, first[0].cell)->measured.numbers, first[0].measured.numbers);

  const Judged preview = judge(store_, e, {});
  ASSERT_TRUE(preview.finding);
  EXPECT_TRUE(preview.preview);
  EXPECT_EQ(preview.finding->verdict, Verdict::kHolds);
  LabRequest standard;
  standard.size = Size::kStandard;
  EXPECT_FALSE(judge(store_, e, standard).finding) << "four cells are missing";
  run(e, standard);
  EXPECT_EQ(store_.all(e).size(), 12u);
  EXPECT_FALSE(judge(store_, e, standard).preview);
}

TEST_F(Lab, KeepsCurvesAndWhatBroke) {
  const Experiment e = toy();
  Cell cell;
  cell.settings["arm"] = "broken";
  cell.settings["x"] = 2;
  Result result;
  result.cell = cell;
  result.measured = toy_measure(cell);
  store_.add(e, result);
  Cell turned;
  turned.settings["x"] = 2;
  turned.settings["arm"] = "broken";
  const auto found = store_.find(e, turned);
  ASSERT_TRUE(found) << "settings in another order are the same cell";
  EXPECT_TRUE(std::isnan(found->measured.numbers.at("y")));
  EXPECT_EQ(found->measured.curves.at("loss").size(), 3u);
  EXPECT_EQ(found->measured.curves.at("loss")[1], 2);
  EXPECT_TRUE(std::isnan(found->measured.curves.at("loss")[2]));
  EXPECT_FALSE(store_.find(toy(2), found->cell)) << "another edition measured something else";
}

TEST_F(Lab, AUsersArmIsAddedToTheGrid) {
  const Experiment e = toy();
  LabRequest request;
  request.added = {{"arm", "c"}};
  EXPECT_EQ(cells_of(e, request).size(), 12u);
  run(e, request);
  EXPECT_EQ(store_.query("SELECT count(*) FROM cells WHERE label LIKE 'c,%'").rows[0][0], "4");
  request.added = {{"arn", "c"}};
  try {
    cells_of(e, request);
    FAIL() << "a setting that no cell has was taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "--add: the cells of toy have no setting 'arn' (did you mean 'arm'?); they have arm, x");
  }
}

TEST_F(Lab, SeedsCountFromTheExperimentsFirst) {
  Experiment e = toy();
  e.cells = [](Size) { return grid({{"arm", {"a"}}, {"x", {1, 2}}}, 3, kFreshSeed); };
  LabRequest request;
  request.only_seeds = 2;
  const std::vector<Cell> cells = cells_of(e, request);
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(cells[0].seed, kFreshSeed);
  EXPECT_EQ(cells[1].seed, kFreshSeed + 1);
}

TEST_F(Lab, CellsInTroubleTakeNothingAlong) {
  const Experiment e = toy();
  for (const char* arm : {"throws", "dies"}) {
    LabRequest request;
    request.added = {{"arm", arm}};
    run(e, request);
    const Judged judged = judge(store_, e, request);
    EXPECT_EQ(judged.finished, 8u);
    EXPECT_EQ(judged.cells, 12u);
    EXPECT_FALSE(judged.finding);
  }
}

TEST_F(Lab, QueriesOnlyRead) {
  run(toy());
  const Table table = store_.query("SELECT name, max(value) FROM numbers JOIN cells ON cell = id WHERE name = 'y' GROUP BY name");
  EXPECT_EQ(table.rows[0][0], "y");
  EXPECT_EQ(table.rows[0][1], "20.0");
  EXPECT_THROW(store_.query("DELETE FROM cells"), Error);
  EXPECT_THROW(store_.query("SELECT nonsense"), Error);
  EXPECT_THROW(store_.query(""), Error);
  EXPECT_EQ(store_.all(toy()).size(), 8u);
}

TEST_F(Lab, NoCellBeginsAfterItsMinutesOrAStop) {
  LabRequest request;
  request.minutes = 0.0;
  const Experiment e = toy();
  Progress quiet(Progress::Style::kQuiet);
  run_missing(store_, {&e}, request, quiet, [] { return true; });
  EXPECT_TRUE(store_.all(e).empty());
}

TEST(Results, TheBestRateIsThatOfTheLeastMedian) {
  std::vector<Result> all;
  for (const auto& [lr, loss] : {std::pair{0.1, std::nan("")}, {0.1, 1.0}, {0.1, std::nan("")}, {0.01, 2.0}, {0.01, 2.5}, {0.01, 3.0}})
    all.push_back({{{{"lr", lr}}, static_cast<int64_t>(all.size() % 3) + 1}, {{{"loss", loss}}, {}}, 0});
  const auto best = Results(all).least("loss", "lr");
  EXPECT_EQ(best.value, 0.01);
  EXPECT_EQ(best.spread.median, 2.5);
}

// Every experiment says what it must, and its cells are distinct, in sizes that contain one another's settings or stand alone.
TEST(Experiments, AreComplete) {
  for (const Experiment& e : experiments()) {
    for (const std::string_view text : {e.name, e.code, e.claim, e.source, e.cost}) EXPECT_FALSE(text.empty()) << e.name;
    EXPECT_FALSE(e.cells(Size::kLong).empty()) << e.name;
    for (const Size size : {Size::kQuick, Size::kStandard, Size::kLong}) {
      const std::vector<Cell> cells = e.cells(size);
      std::set<std::string> seen;
      for (const Cell& c : cells)
        EXPECT_TRUE(seen.insert(cat(nlohmann::json(c.settings).dump(), c.seed)).second) << e.name << ": " << label_of(c.settings);
    }
  }
}

// The report says "not run yet" and these names: they must be names of experiments.
TEST(Statements, NameExperimentsThatExist) {
  for (const Statement& s : statements())
    for (std::string_view names = s.judged_by; !names.empty();) {
      const size_t end = std::min(names.find(' '), names.size());
      EXPECT_NO_THROW(experiment_named(std::string(names.substr(0, end)))) << s.id;
      names.remove_prefix(std::min(end + 1, names.size()));
    }
}

TEST(Results, ArmsAtTheirBestRates) {
  std::vector<Result> all;
  for (const auto& [arm, lr, loss] : {std::tuple{"a", 0.1, 3.0}, {"a", 0.01, 2.0}, {"b", 0.1, 1.0}, {"b", 0.01, std::nan("")}})
    for (const int64_t seed : {1, 2, 3})
      all.push_back({{{{"arm", arm}, {"lr", lr}}, seed}, {{{"loss", loss + 0.1 * static_cast<double>(seed)}}, {}}, 0});
  const Results best = at_best(Results(all), {"arm"}, "loss");
  EXPECT_EQ(best.all().size(), 6u);
  EXPECT_TRUE(best.where({{"arm", "a"}}).values_of("lr") == std::vector<Json>{0.01});
  EXPECT_TRUE(best.where({{"arm", "b"}}).values_of("lr") == std::vector<Json>{0.1});
}

}  // namespace
}  // namespace gimbal::lab
