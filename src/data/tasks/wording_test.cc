// Records as text, in T5's, GLM's and GPT's wording.
#include "data/tasks/wording.h"

#include "data/tasks/file_for_tests.h"

namespace gimbal {
namespace {

Record texts(std::vector<std::string> list, std::string label = "") {
  Record r;
  r.texts = std::move(list);
  r.label = std::move(label);
  return r;
}

TEST(Wording, SourcesAndTargetsAreT5s) {
  const Record pair = texts({"It rains.", "It is wet."}, "entailment");
  EXPECT_EQ(source_text(task_named("mnli"), pair), "mnli premise: It rains. hypothesis: It is wet.");
  EXPECT_EQ(target_text(task_named("mnli"), pair), "entailment");
  EXPECT_EQ(source_text(task_named("squad"), texts({"Who?", "Mia ran."})), "question: Who? context: Mia ran.");
  EXPECT_EQ(source_text(task_named("classify"), texts({"a"})), "classify sentence: a");
  EXPECT_EQ(source_text(task_named("pair"), texts({"a", "b"})), "pair sentence1: a sentence2: b");
  Record translation = texts({"dog"});
  translation.languages = {"en", "ul"};
  translation.references = {"kaneto"};
  EXPECT_EQ(source_text(task_named("translate"), translation), "translate English to ul: dog");
  EXPECT_EQ(target_text(task_named("translate"), translation), "kaneto");
  EXPECT_EQ(source_text(task_named("translate"), texts({"dog"})), "translate English to German: dog");
  Record words;
  words.words = {"Mia", "ran"};
  words.tags = {"B-PER", "O"};
  EXPECT_EQ(source_text(task_named("conll2003"), words), "conll2003 words: Mia ran");
  EXPECT_EQ(target_text(task_named("conll2003"), words), "B-PER O");
  EXPECT_EQ(target_text(task_named("squad2"), texts({"Who?", "Mia ran."})), "");
  EXPECT_EQ(source_text(task_named("text-to-text"), texts({"Sort.", "b a"})), "Sort.\n\nb a");
  EXPECT_THROW(source_text(task_named("chat"), Record{}), Error);
  EXPECT_THROW(source_text(task_named("mnli"), texts({"alone"})), Error);
}

TEST(Wording, NumbersAreRoundedToFifths) {
  Record r = texts({"a", "b"});
  for (const auto& [number, text] : {std::pair{2.57, "2.6"}, {2.5, "2.4"}, {0.0, "0.0"}, {4.95, "5.0"}}) {
    r.number = number;
    EXPECT_EQ(target_text(task_named("stsb"), r), text) << number;
  }
  EXPECT_EQ(number_of_target(" 3.4 "), 3.4);
  EXPECT_EQ(number_of_target("3.4 or so"), std::nullopt);
  EXPECT_EQ(number_of_target("nan"), std::nullopt);
}

TEST(Wording, ChoicesAreListedAndTheRightOneIsWritten) {
  Record choice = texts({"It was"});
  choice.choices = {"late", "red"};
  choice.choice = 1;
  EXPECT_EQ(source_text(task_named("swag"), choice), "swag context: It was choice1: late choice2: red");
  EXPECT_EQ(target_text(task_named("swag"), choice), "red");
}

TEST(Wording, ClozesHaveOneBlank) {
  EXPECT_EQ(cloze_text(task_named("mnli"), texts({"It rains", "it is wet"})), "It rains? [MASK], it is wet");
  EXPECT_EQ(cloze_text(task_named("feeling"), texts({"How did Mia feel?"})), "How did Mia feel? [MASK].");
  EXPECT_THROW(cloze_text(task_named("squad"), texts({"a", "b"})), Error);
}

TEST(Wording, PromptsShowSolvedExamplesFirst) {
  const std::vector<Record> shots = {texts({"Dull."}, "negative"), texts({"Great."}, "positive")};
  EXPECT_EQ(in_context_prompt(task_named("sst2"), shots, texts({"Fine."})),
            "Review: Dull.\nSentiment: negative\n\nReview: Great.\nSentiment: positive\n\nReview: Fine.\nSentiment:");
  const std::vector<std::string> labels = {"unacceptable", "acceptable"};
  EXPECT_EQ(in_context_answers(task_named("cola"), texts({"a"}), labels), (std::vector<std::string>{" no", " yes"}));
  Record choice = texts({"It was"});
  choice.choices = {"late", "red"};
  EXPECT_EQ(in_context_answers(task_named("swag"), choice, {}), (std::vector<std::string>{" late", " red"}));
  EXPECT_TRUE(in_context_answers(task_named("squad"), texts({"a", "b"}), {}).empty());
  EXPECT_EQ(in_context_prompt(task_named("classify"), {}, texts({"a"})), "Text: a\nLabel:");
}

TEST(Wording, TextPairsAreConversations) {
  Record r = texts({"Sort.", "b a"});
  r.references = {"a b"};
  EXPECT_EQ(as_messages(task_named("chat"), r), (std::vector<Message>{{"user", "Sort.\n\nb a"}, {"assistant", "a b"}}));
  r.messages = {{"user", "hi"}};
  EXPECT_EQ(as_messages(task_named("chat"), r), r.messages);
  EXPECT_THROW(as_messages(task_named("mnli"), texts({"a", "b"})), Error);
}

}  // namespace
}  // namespace gimbal
