// The files of a world task: read back, the same for a seed, apart in their texts, balanced, with no way around the question.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "core/files.h"
#include "data/tasks/read_records.h"
#include "data/world/tasks/reading_for_tests.h"

namespace gimbal::world {
namespace {

constexpr const char* kFiles[] = {"train.jsonl", "valid.jsonl", "test.jsonl"};

class WorldTasks : public ::testing::Test {
 protected:
  fs::path dir_ = fs::temp_directory_path() / cat("gimbal_world_tasks_", ::testing::UnitTest::GetInstance()->random_seed(), "_",
                                                  ::testing::UnitTest::GetInstance()->current_test_info()->name(), "_", getpid());
  void TearDown() override { fs::remove_all(dir_); }
};

std::string texts_of(const Record& r) {
  std::string all = joined(r.texts, "|") + joined(r.choices, "|") + joined(r.words, " ");
  for (const ::gimbal::Message& m : r.messages) all += m.content;
  return all;
}

TEST_F(WorldTasks, AreReadBackWithTheirKindAndApartInTheirTexts) {
  for (const WorldTask& world_task : all_world_tasks()) {
    const Task& task = task_named(world_task.task);
    const fs::path dir = dir_ / world_task.name;
    const TaskScores scores = write_world_task(dir, world_task, {.seed = 3, .examples = 300});
    std::set<std::string> texts;
    for (const char* file : kFiles) {
      const TaskKind shown = task.kind == TaskKind::kSimilarity ? TaskKind::kRegress : task.kind;  // two texts and a number are either
      EXPECT_EQ(kind_of_records(dir / file), shown) << world_task.name;
      const auto records = read_records(dir / file, task);
      EXPECT_EQ(records.size(), file == kFiles[0] ? 300u : TaskCorpus::kLeastHeldOut);
      for (const Record& r : records) EXPECT_TRUE(texts.insert(texts_of(r)).second) << world_task.name << ": " << texts_of(r);
    }
    const Json about = parse_json(read_file(dir / "task.json"), "task.json");
    EXPECT_EQ(about.at("kind"), kind_name(task.kind));
    EXPECT_EQ(about.at("best"), scores.best);
    if (task.kind == TaskKind::kChat)
      EXPECT_TRUE(about.at("majority").is_null());
    else
      EXPECT_LT(about.at("majority").get<double>(), 0.7 * scores.best) << world_task.name;
  }
}

TEST_F(WorldTasks, DependOnTheSeedAlone) {
  const WorldTask& task = world_task_named("entails");
  for (const auto& [name, seed] : {std::pair{"a", 5}, {"b", 5}, {"c", 6}})
    write_world_task(dir_ / name, task, {.seed = static_cast<uint64_t>(seed), .examples = 50});
  for (const char* file : kFiles) {
    EXPECT_EQ(read_file(dir_ / "a" / file), read_file(dir_ / "b" / file));
    EXPECT_NE(read_file(dir_ / "a" / file), read_file(dir_ / "c" / file));
  }
}

TEST_F(WorldTasks, HaveBalancedClasses) {
  for (const WorldTask& world_task : all_world_tasks()) {
    const TaskKind kind = task_named(world_task.task).kind;
    if (kind != TaskKind::kClassify && kind != TaskKind::kChoice) continue;
    constexpr size_t kExamples = 1500;
    std::map<std::string, size_t> counts;
    for (const Json& r : examples(world_task.name, kExamples)) ++counts[r.at("label").dump()];
    const double share = 1.0 / static_cast<double>(counts.size());
    for (const auto& [label, count] : counts)
      EXPECT_NEAR(static_cast<double>(count) / kExamples, share, 4 * std::sqrt(share / kExamples)) << world_task.name << " " << label;
  }
}

// Naive Bayes over the words of some of a record's texts: what can be had without reading.
double score_of_words(std::string_view task, const std::vector<std::string>& keys) {
  const auto words = [&](const Json& r) {
    std::set<std::string> found;
    for (const std::string& key : keys) {
      std::string word;
      for (const char c : r.at(key).get<std::string>() + " ") {
        if (std::isalpha(static_cast<unsigned char>(c))) {
          word += c;
        } else if (!word.empty()) {
          found.insert(word);
          word.clear();
        }
      }
    }
    return found;
  };
  const std::vector<Json> all = examples(task, 2400);
  const size_t half = all.size() * 5 / 6;
  std::map<std::string, double> label_counts;
  std::map<std::string, std::map<std::string, double>> counts;
  for (size_t i = 0; i < half; ++i) {
    const std::string label = all[i].at("label").dump();
    ++label_counts[label];
    for (const std::string& w : words(all[i])) ++counts[w][label];
  }
  size_t right = 0;
  for (size_t i = half; i < all.size(); ++i) {
    std::map<std::string, double> score;
    for (const auto& [label, n] : label_counts) {
      score[label] = std::log(n);
      for (const std::string& w : words(all[i])) score[label] += std::log((counts[w][label] + 1) / (n + 2));
    }
    right += std::ranges::max_element(score, {}, [](const auto& s) { return s.second; })->first == all[i].at("label").dump();
  }
  return static_cast<double>(right) / static_cast<double>(all.size() - half);
}

// Measured, in the order below: 0.46, 0.51, 0.36, 0.34, 0.33, 0.36, 0.30, 0.59, 0.47, 0.52, 0.45, 0.65, where one class has 0.2, 0.2, 0.17, 0.17,
// 0.33, 0.33, 0.33 and then 0.5. What there is of feelings comes of each text having two of five.
TEST(WorldTaskWords, DoNotGiveTheLabelAway) {
  EXPECT_LT(score_of_words("feeling", {"text"}), 0.7);
  EXPECT_LT(score_of_words("feeling-of-two", {"text"}), 0.6);
  EXPECT_LT(score_of_words("place", {"text"}), 0.6);
  EXPECT_LT(score_of_words("place-of-two", {"text"}), 0.5);
  EXPECT_LT(score_of_words("entails", {"hypothesis"}), 0.42);
  EXPECT_LT(score_of_words("entails", {"premise"}), 0.42);
  EXPECT_LT(score_of_words("entails-of-three", {"premise", "hypothesis"}), 0.42);
  EXPECT_LT(score_of_words("paraphrase", {"sentence1", "sentence2"}), 0.65);
  EXPECT_LT(score_of_words("answerable", {"question", "sentence"}), 0.7);
  EXPECT_LT(score_of_words("answerable-of-two", {"question", "sentence"}), 0.58);
  EXPECT_LT(score_of_words("answerable", {"sentence"}), 0.58);
  EXPECT_LT(score_of_words("acceptable", {"sentence"}), 0.75);
}

TEST_F(WorldTasks, StateTheBestScoreUnderNoise) {
  const WorldTask& task = world_task_named("place");
  const TaskScores noisy = write_world_task(dir_ / "noisy", task, {.seed = 3, .examples = 3000, .label_noise = 0.2});
  EXPECT_NEAR(noisy.best, 0.8, 0.08);
  const TaskScores clean = write_world_task(dir_ / "clean", task, {.seed = 3, .examples = 3000});
  EXPECT_EQ(clean.best, 1);
  const auto a = read_records(dir_ / "clean/train.jsonl", task_named("place")), b = read_records(dir_ / "noisy/train.jsonl", task_named("place"));
  size_t changed = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].texts, b[i].texts);
    changed += a[i].label != b[i].label;
  }
  EXPECT_NEAR(static_cast<double>(changed) / 3000, 0.2, 0.03);
  EXPECT_THROW(write_world_task(dir_ / "spans", world_task_named("who-has"), {.label_noise = 0.1}), Error);
  EXPECT_FALSE(fs::exists(dir_ / "spans"));
}

TEST(WorldTaskList, NamesTheNearestTask) {
  try {
    world_task_named("entail");
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'entails'"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace gimbal::world
