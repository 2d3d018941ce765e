// Examples of a pass, predictions beside what is right, and the setup's file.
#include <unistd.h>

#include <algorithm>

#include "data/forms/samples_for_tests.h"
#include "data/forms/scores.h"
#include "data/forms/setup.h"

namespace gimbal {
namespace {

using namespace samples;

std::vector<Record> numbered(int count) {
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    Record r = record_of({std::string(static_cast<size_t>(i) + 1, 'a')});
    r.label = i % 3 == 0 ? "yes" : "no";
    records.push_back(std::move(r));
  }
  return records;
}

// Which record each example of [first, first + count) is: texts differ in length.
Ids order(const TaskExamples& examples, int64_t first, int64_t count) {
  Ids lengths;
  for (int64_t n = first; n < first + count; ++n) {
    TokenBatch batch;
    examples.add(n, batch);
    lengths.push_back(static_cast<int32_t>(batch.rows()) - 3);
  }
  return lengths;
}

TEST(TaskExamples, EachRecordOnceAPassInANewOrder) {
  const std::shared_ptr<const TaskForm> form = make_form("classify", encoder_request("classify", 64, {"no", "yes"}));
  const TaskExamples shuffled(numbered(20), form, TaskExamples::Order::kShuffled, 7), again(numbered(20), form, TaskExamples::Order::kShuffled, 7);
  ASSERT_EQ(shuffled.size(), 20);
  Ids all(20);
  for (int32_t i = 0; i < 20; ++i) all[static_cast<size_t>(i)] = i;
  const Ids first = order(shuffled, 0, 20), second = order(shuffled, 20, 20);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), all.begin()));
  EXPECT_TRUE(std::is_permutation(second.begin(), second.end(), all.begin()));
  EXPECT_NE(first, second);
  EXPECT_NE(first, all);
  EXPECT_EQ(order(again, 20, 20), second);  // by its number alone, whatever was asked before
  EXPECT_NE(order(TaskExamples(numbered(20), form, TaskExamples::Order::kShuffled, 8), 0, 20), first);
  EXPECT_EQ(order(TaskExamples(numbered(20), form, TaskExamples::Order::kAsGiven, 7), 0, 20), all);
}

TEST(TaskExamples, HaveOneExampleAPart) {
  const std::shared_ptr<const TaskForm> form = make_form("tokens", encoder_request("tokens", 4, {"O"}));
  Record r;
  r.words = {"a", "b", "c", "d", "e"};
  r.tags.assign(5, "O");
  const TaskExamples examples({r, r}, form, TaskExamples::Order::kAsGiven, 1);
  EXPECT_EQ(examples.size(), 6);
  EXPECT_EQ(order(examples, 0, 3), (Ids{1, 1, 0}));
}

TEST(TaskExamples, AreCheckedBeforeTheyAreLearned) {
  const std::shared_ptr<const TaskForm> form = make_form("classify", encoder_request("classify", 64, {"no", "maybe"}));
  EXPECT_SAYS(refusal([&] { TaskExamples(numbered(3), form, TaskExamples::Order::kAsGiven, 1); }), "\"yes\"");
}

double score(const std::vector<TaskScore>& scores, std::string_view name) {
  for (const TaskScore& s : scores)
    if (s.metric->name == name) return s.value;
  ADD_FAILURE() << "no " << name;
  return 0;
}

TEST(Scores, ClassesAndChoices) {
  const std::vector<std::string> labels = {"not_equivalent", "equivalent"};
  std::vector<Record> records(4);
  std::vector<Prediction> said(4);
  for (size_t i = 0; i < 4; ++i) records[i].label = labels[i / 2], said[i].index = i == 0 ? 0 : 1;  // gold 0 0 1 1, said 0 1 1 1
  const auto scores = score_predictions(task_named("mrpc"), labels, records, said);
  EXPECT_EQ(scores[0].metric->name, "f1");
  EXPECT_DOUBLE_EQ(score(scores, "f1"), 0.8);
  EXPECT_DOUBLE_EQ(score(scores, "accuracy"), 0.75);
  for (size_t i = 0; i < 4; ++i) records[i].choice = static_cast<int32_t>(i) / 2;
  EXPECT_DOUBLE_EQ(score(score_predictions(task_named("swag"), {}, records, said), "accuracy"), 0.75);
}

TEST(Scores, NumbersTagsAnswersAndTexts) {
  std::vector<Record> records(3);
  std::vector<Prediction> said(3);
  for (size_t i = 0; i < 3; ++i) records[i].number = static_cast<double>(i), said[i].number = 5 - 2 * static_cast<double>(i);
  EXPECT_NEAR(score(score_predictions(task_named("stsb"), {}, records, said), "pearson"), -1, 1e-12);

  for (size_t i = 0; i < 3; ++i) records[i].tags = {"B-PER", "I-PER", "O"}, said[i].tags = {"B-PER", i == 0 ? "O" : "I-PER", "O"};
  const auto tags = score_predictions(task_named("conll2003"), {}, records, said);
  EXPECT_NEAR(score(tags, "entity-f1"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(score(tags, "word-accuracy"), 8.0 / 9, 1e-12);

  records[0].answers = {{"the cat", 0, 7}, {"cat", 4, 7}}, said[0].text = "Cat";
  records[1].answers = {{"a dog", 0, 5}}, said[1].text = "big dog";
  said[2].text = "";  // and there is no answer
  const auto spans = score_predictions(task_named("squad2"), {}, records, said);
  EXPECT_NEAR(score(spans, "squad2-em"), 100 * 2.0 / 3, 1e-9);
  EXPECT_NEAR(score(spans, "squad2-f1"), 100 * (1 + 2.0 / 3 + 1) / 3, 1e-9);

  for (size_t i = 0; i < 3; ++i) records[i].references = {"a b c d e"}, said[i].text = "a b c d e";
  EXPECT_NEAR(score(score_predictions(task_named("translate"), {}, records, said), "bleu"), 100, 1e-9);
}

TEST(Scores, TagsThatMarkNoEntitiesAreScoredByTheWord) {
  std::vector<Record> records(1);
  std::vector<Prediction> said(1);
  for (const std::vector<std::string>& tags : {std::vector<std::string>{"NN", "VB"}, std::vector<std::string>{"0", "3"}}) {
    records[0].tags = said[0].tags = tags;
    const auto scores = score_predictions(task_named("tokens"), tags, records, said);
    ASSERT_EQ(scores.size(), 1u) << tags[0];
    EXPECT_EQ(scores[0].metric->name, "word-accuracy");
    EXPECT_EQ(scores[0].value, 1);
    EXPECT_EQ(score_predictions(task_named("tokens"), {}, records, said)[0].metric->name, "word-accuracy");
  }
  records[0].tags = said[0].tags = {"O", "B-X"};
  EXPECT_EQ(score_predictions(task_named("tokens"), records[0].tags, records, said)[0].metric->name, "entity-f1");
}

TEST(Scores, QuestionsOfBothKindsAreScoredApart) {
  std::vector<Record> records(2);
  std::vector<Prediction> said(2);
  records[0].answers = {{"cat", 0, 3}};
  const auto scores = score_predictions(task_named("squad2"), {}, records, said);
  EXPECT_EQ(score(scores, "squad2-f1"), 50);
  EXPECT_EQ(score(scores, "squad2-f1-answerable"), 0);
  EXPECT_EQ(score(scores, "squad2-f1-unanswerable"), 100);
  for (const TaskScore& one : score_predictions(task_named("squad2"), {}, {records.data(), 1}, {said.data(), 1}))
    EXPECT_NE(one.metric->name, "squad2-f1-unanswerable");
}

TEST(Scores, TextsAreScoredInTheirLanguage) {
  std::vector<Record> records(1);
  std::vector<Prediction> said(1);
  records[0].references = {"我们今天去北京看长城。"}, said[0].text = "我们今天去北京看故宫。";
  EXPECT_EQ(score(score_predictions(task_named("translate"), {}, records, said), "bleu"), 0);
  records[0].languages = {"en", "zh"};
  EXPECT_GT(score(score_predictions(task_named("translate"), {}, records, said), "bleu"), 50);
}

TEST(Scores, TheMajoritySaysWhatIsCommonestInTraining) {
  const std::vector<Record> train = numbered(9);  // three of nine say yes
  std::vector<Record> records = numbered(4);      // two of four
  EXPECT_DOUBLE_EQ(score(majority_scores(task_named("classify"), std::vector<std::string>{"no", "yes"}, train, records), "accuracy"), 0.5);
  std::vector<Record> tagged(2);
  for (Record& r : tagged) r.words = {"a", "b", "c"}, r.tags = {"O", "B-X", "O"};
  const auto tags = majority_scores(task_named("tokens"), {}, tagged, tagged);
  EXPECT_NEAR(score(tags, "word-accuracy"), 2.0 / 3, 1e-12);
  EXPECT_EQ(score(tags, "entity-f1"), 0);
}

TEST(Setup, IsReadBackAsItWasWritten) {
  const fs::path folder = fs::temp_directory_path() / cat("gimbal-setup-", ::getpid());
  fs::create_directories(folder);
  const TaskSetup setup{
      .task = "mnli", .form = "classify", .labels = {"a", "\u00e9"}, .context = 77, .target_context = 5, .stride = 9, .longest_answer = 3};
  save_task_setups({setup}, folder);
  EXPECT_EQ(write_fields(load_task_setup(folder)), write_fields(setup));
  write_file(folder / TaskSetup::kFile, "{\"task\": \"mnli\", \"labls\": []}");
  EXPECT_SAYS(refusal([&] { load_task_setup(folder); }), "labls");
  fs::remove_all(folder);
  EXPECT_SAYS(refusal([&] { load_task_setup(folder); }), "run gimbal finetune first");
}

TEST(Setup, OfSeveralTasksOneIsNamed) {
  const fs::path folder = fs::temp_directory_path() / cat("gimbal-setups-", ::getpid());
  fs::create_directories(folder);
  save_task_setups({{.task = "mnli", .form = "text", .labels = {"a"}}, {.task = "squad", .form = "text", .labels = {}}}, folder);
  EXPECT_EQ(load_task_setup(folder, "squad").task, "squad");
  EXPECT_EQ(load_task_setup(folder, "mnli").labels, std::vector<std::string>{"a"});
  EXPECT_SAYS(refusal([&] { load_task_setup(folder); }), "say which with --task: mnli, squad");
  EXPECT_SAYS(refusal([&] { load_task_setup(folder, "mnly"); }), "mnli");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gimbal
