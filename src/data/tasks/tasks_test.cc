// The list of tasks holds together, and labels are called by one name.
#include "data/tasks/tasks.h"

#include <map>
#include <set>

#include "data/metrics/metrics.h"
#include "data/tasks/file_for_tests.h"

namespace gimbal {
namespace {

TEST(Tasks, EveryEntryIsComplete) {
  std::set<std::string_view> names;
  for (const Task& task : all_tasks()) {
    EXPECT_TRUE(names.insert(task.name).second) << task.name;
    EXPECT_EQ(&task_named(task.name), &task);
    EXPECT_FALSE(task.says.empty());
    ASSERT_FALSE(task.metrics.empty());
    for (const std::string_view metric : task.metrics) metrics::metric_named(metric);
    EXPECT_EQ(task.cloze_words.size(), task.cloze.empty() ? 0 : task.labels.size()) << task.name;
    EXPECT_TRUE(task.shot_words.empty() || task.shot_words.size() == task.labels.size()) << task.name;
    if (!task.cloze.empty()) {
      EXPECT_NE(task.cloze.find("[MASK]"), std::string_view::npos) << task.name;
    }
  }
  for (const std::string_view name :
       {"cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli", "squad", "squad2", "swag", "race", "conll2003", "chat"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Tasks, TheFirstMetricFitsTheKind) {
  using metrics::Needs;
  const std::map<TaskKind, Needs> needs = {{TaskKind::kClassify, Needs::kClasses}, {TaskKind::kRegress, Needs::kNumbers},
                                           {TaskKind::kTokens, Needs::kTags},      {TaskKind::kSpan, Needs::kTexts},
                                           {TaskKind::kChoice, Needs::kClasses},   {TaskKind::kTextToText, Needs::kTexts},
                                           {TaskKind::kChat, Needs::kLikelihood},  {TaskKind::kEmbed, Needs::kRankings},
                                           {TaskKind::kSimilarity, Needs::kNumbers}, {TaskKind::kRerank, Needs::kRankings}};
  for (const Task& task : all_tasks()) EXPECT_EQ(metrics::metric_named(task.metrics[0]).needs, needs.at(task.kind)) << task.name;
}

TEST(Tasks, UnknownNamesAreAnsweredWithTheNearest) {
  try {
    task_named("mnly");
    FAIL();
  } catch (const Error& e) {
    expect_says(e.what(), {"there is no task \"mnly\"", "did you mean 'mnli'"});
  }
}

TEST(Tasks, LabelsComeFromTheTaskOrTheRecords) {
  EXPECT_EQ(label_names(task_named("rte"), {}), (std::vector<std::string>{"entailment", "not_entailment"}));
  const auto labelled = [](const char* label) {
    Record r;
    r.label = label;
    return r;
  };
  Record secret;
  secret.labelled = false;
  const std::vector<Record> words = {labelled("b"), labelled("a"), secret, labelled("b")}, numbers = {labelled("10"), labelled("9"), labelled("-1")};
  EXPECT_EQ(label_names(task_named("classify"), words), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(label_names(task_named("classify"), numbers), (std::vector<std::string>{"-1", "9", "10"}));
  Record tagged;
  tagged.tags = {"O", "B-PER", "O"};
  EXPECT_EQ(label_names(task_named("tokens"), {&tagged, 1}), (std::vector<std::string>{"B-PER", "O"}));
  const std::vector<std::string> names = {"cat", "dog"};
  EXPECT_EQ(label_index(names, "dog"), 1);
  EXPECT_THROW(label_index(names, "dgo"), Error);
}

}  // namespace
}  // namespace gimbal
