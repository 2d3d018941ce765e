// Two texts: entailment, paraphrase, answers and likeness are what the checker makes of both.
#include "data/world/parse.h"
#include "data/world/tasks/reading_for_tests.h"

namespace gimbal::world {
namespace {

constexpr size_t kExamples = 300;

TEST(PairTasks, EntailmentIsWhatTheFactsSay) {
  for (const std::string_view task : {"entails", "entails-of-three"}) {
    size_t about_looks = 0;
    for (const Json& r : examples(task, kExamples)) {
      const std::string premise = r.at("premise"), hypothesis = r.at("hypothesis"), label = r.at("label");
      const Facts known = facts_of(premise);
      Checker checker;
      const auto both = checker.check(premise + " " + hypothesis);
      const bool contradictory = both.back().verdict == Verdict::kContradictory;
      EXPECT_NE(both.back().verdict, Verdict::kUnparsed) << hypothesis;
      EXPECT_EQ(contradictory, label == "contradiction") << premise << " / " << hypothesis;
      if (contradictory) continue;
      const Event& said = checker.facts().log.back();
      const bool looks = said.pred == Pred::kLooks;
      about_looks += looks;
      const bool unknown =
          looks ? known.items[said.t].adjectives[static_cast<size_t>(Family::kColor)] == kNobody : known.people[said.a].at == kNobody;
      EXPECT_EQ(unknown, label == "neutral") << premise << " / " << hypothesis;
    }
    EXPECT_GT(about_looks, kExamples / 5);
  }
}

TEST(PairTasks, ParaphrasesTellTheSameDeed) {
  for (const Json& r : examples("paraphrase", kExamples)) {
    const std::string a = r.at("sentence1"), b = r.at("sentence2");
    EXPECT_NE(a, b);
    EXPECT_EQ(parts_of(a) == parts_of(b), r.at("label") == "equivalent") << a << " / " << b;
  }
}

TEST(PairTasks, LikenessCountsThePartsThatAgree) {
  for (const Json& r : examples("likeness", kExamples)) {
    const auto a = parts_of(r.at("sentence1")), b = parts_of(r.at("sentence2"));
    int same = 0;
    for (size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
    EXPECT_EQ(r.at("score"), same) << r;
  }
}

TEST(PairTasks, AnswersAreTold) {
  for (const Json& r : examples("answerable", kExamples)) {
    const std::string question = r.at("question");
    const Facts facts = facts_of(r.at("sentence").get<std::string>());
    const bool answered = question.starts_with("Where")      ? facts.people[0].at != kNobody
                          : question.starts_with("What did") ? facts.item_count > 0
                                                             : facts.sky != 0;
    EXPECT_EQ(answered, r.at("label") == "entailment") << r;
  }
}

TEST(PairTasks, AnswersAreAboutWhoIsAskedFor) {
  for (const Json& r : examples("answerable-of-two", kExamples)) {
    const std::string question = r.at("question"), told = r.at("sentence");
    std::string about;
    for (const std::string_view sentence : sentences(told))
      if (has_word(sentence, names_in(question).at(0).text)) about = sentence;
    ASSERT_FALSE(about.empty()) << r;
    const std::string feeling = longest_in(about, feelings(), [](const Phrase& p) { return p.text; });
    const bool answered = question.starts_with("Where")  ? !place_in(about).empty()
                          : question.starts_with("What") ? !thing_in(about).empty()
                                                         : !feeling.empty();
    EXPECT_EQ(answered, r.at("label") == "entailment") << r;
  }
}

}  // namespace
}  // namespace gimbal::world
