// Tags, spans, endings, summaries, answers, translations: all of them agree with the facts that the checker reads.
#include "data/world/parse.h"
#include "data/world/tasks/invented_language.h"
#include "data/world/tasks/reading_for_tests.h"

namespace gimbal::world {
namespace {

constexpr size_t kExamples = 300;

// The right answer of a question by the facts of the text that it is about.
std::string answer_to(const std::string& question, const std::string& text) {
  const Facts facts = facts_of(text);
  if (question.starts_with("Where was ")) {
    const std::string place = place_of(facts, person_called(facts, between(question, "Where was ", "?")));
    return place.empty() ? "" : "the " + place;
  }
  if (question.starts_with("What did ")) return facts.item_count == 0 ? "" : std::string(facts.thing(0).name);
  if (question.starts_with("What was the weather")) {
    const auto told = std::ranges::find(facts.log, Pred::kWeather, &Event::pred);
    return told == facts.log.end() ? "" : std::string(skies()[told->w].text);
  }
  const Item& item = facts.items[item_called(facts, between(question, "Who had the ", "?"))];
  EXPECT_EQ(item.where, Where::kHeld);
  return name_of(facts, item.holder);
}

TEST(WordTasks, TagsAreTheNamesOfTheLexicon) {
  size_t things_tagged = 0, spots = 0;
  for (const Json& r : examples("tagging", kExamples)) {
    const std::vector<std::string> tokens = r.at("tokens"), tags = r.at("tags");
    ASSERT_EQ(tokens.size(), tags.size());
    for (size_t i = 0; i < tokens.size(); ++i) {
      const bool name = !names_in(tokens[i]).empty();
      EXPECT_EQ(name, tags[i] == "B-PER") << tokens[i];
      if (!tags[i].starts_with("B-") || name) {
        EXPECT_TRUE(!tags[i].starts_with("I-") || tags[i - 1].substr(2) == tags[i].substr(2));
        continue;
      }
      std::string phrase = tokens[i];
      for (size_t k = i + 1; k < tokens.size() && tags[k].starts_with("I-"); ++k) phrase += " " + tokens[k];
      const std::string type = tags[i].substr(2);
      const std::string known = type == "PLACE"   ? place_in(phrase)
                                : type == "THING" ? thing_in(phrase)
                                                  : longest_in(phrase, furniture(), [](const Furniture& f) { return f.name; });
      EXPECT_FALSE(known.empty()) << phrase;
      EXPECT_TRUE(type == "THING" ? phrase.ends_with(known) : phrase == known) << phrase;
      things_tagged += type == "THING";
      spots += type == "SPOT";
    }
  }
  EXPECT_GT(things_tagged, kExamples);
  EXPECT_GT(spots, kExamples / 3);
}

TEST(SpanTasks, AnswersStandWhereTheFactsAreTold) {
  for (const std::string_view task : {"find-answer", "find-or-not", "where-is", "who-has", "where-maybe"}) {
    size_t unanswerable = 0;
    for (const Json& r : examples(task, kExamples)) {
      const std::string question = r.at("question"), context = r.at("context"), right = answer_to(question, context);
      const Json &texts = r.at("answers").at("text"), &starts = r.at("answers").at("answer_start");
      ASSERT_EQ(texts.size(), right.empty() ? 0 : 1) << r;
      unanswerable += texts.empty();
      if (texts.empty()) continue;
      EXPECT_EQ(texts[0], right) << r;
      EXPECT_EQ(context.substr(starts[0], right.size()), right) << r;
      // The sentence around the answer is about whom or what the question is about.
      const std::string asked = question.starts_with("Where") ? between(question, "was ", "?")
                                : question.starts_with("Who") ? between(question, "the ", "?")
                                                              : right;
      for (const std::string_view s : sentences(context)) {
        const auto begin = static_cast<size_t>(s.data() - context.data());
        if (begin <= starts[0] && starts[0] < begin + s.size()) {
          EXPECT_TRUE(has_word(s, asked)) << r;
        }
      }
    }
    if (task == "where-maybe" || task == "find-or-not")
      EXPECT_NEAR(static_cast<double>(unanswerable) / kExamples, 1 / 3.0, 0.1);
    else
      EXPECT_EQ(unanswerable, 0u);
  }
}

TEST(ChoiceTasks, OneEndingAgreesWithTheFacts) {
  for (const std::string_view task : {"what-next", "who-next"})
    for (const Json& r : examples(task, kExamples)) {
      for (int i = 0; i < 4; ++i) {
        std::string ending = r.at(cat("ending", i));
        ending[0] = static_cast<char>(std::toupper(ending[0]));
        EXPECT_EQ(accepted(r.at("sent1").get<std::string>() + " " + ending), i == r.at("label")) << r << i;
      }
    }
}

TEST(GenerationTasks, SummariesSayWhoHasWhat) {
  for (const Json& r : examples("summary", kExamples)) {
    const Facts facts = facts_of(r.at("document").get<std::string>());
    ASSERT_EQ(facts.item_count, 2);
    std::string right = "In the end";
    for (uint8_t i = 0; i < 2; ++i) right += cat(i == 0 ? ", " : " and ", name_of(facts, facts.items[i].holder), " had the ", facts.thing(i).name);
    EXPECT_EQ(r.at("summary"), right + ".");
  }
}

TEST(GenerationTasks, AnswersAgreeWithTheContext) {
  for (const std::string_view task : {"answer", "answer-of-three"})
    for (const Json& r : examples(task, kExamples)) {
      const std::string source = r.at("source");
      EXPECT_EQ(r.at("target"), answer_to(between(source, "question: ", " context: "), source.substr(source.find(" context: ") + 10)));
    }
}

TEST(GenerationTasks, ConversationsAnswerBothQuestions) {
  for (const Json& r : examples("conversation", kExamples)) {
    const Json& messages = r.at("messages");
    ASSERT_EQ(messages.size(), 4u);
    const std::string first = messages[0].at("content");
    const size_t question_at = std::max({first.find(" Where was ") + 1, first.find(" What did ") + 1, first.find(" What was ") + 1}) - 1;
    const std::string text = first.substr(0, question_at);
    for (const size_t turn : {0u, 2u}) {
      const std::string question = turn == 0 ? first.substr(question_at + 1) : messages[2].at("content").get<std::string>();
      const std::string answer = messages[turn + 1].at("content");
      EXPECT_TRUE(has_word(answer, answer_to(question, text))) << r;
    }
  }
}

TEST(EmbeddingTasks, OnlyThePositiveTellsTheSameDeed) {
  for (const Json& r : examples("embed", kExamples / 2)) {
    const auto told = parts_of(r.at("query"));
    EXPECT_EQ(parts_of(r.at("positive")), told) << r;
    for (const Json& other : r.at("negative")) EXPECT_NE(parts_of(other), told) << r;
  }
}

TEST(Translation, FollowsFromWhatTheEnglishSays) {
  for (const Json& r : examples("translate", kExamples)) {
    const auto& pair = r.at("translation");
    EXPECT_EQ(pair.begin().key(), "en");
    const std::string english = pair.at("en");
    const auto told = told_by(english);
    ASSERT_TRUE(told) << english;
    EXPECT_EQ(pair.at("ul"), invented_sentence(told->facts, told->event)) << english;
  }
}

TEST(Translation, HasOneWordForEachWord) {
  std::vector<std::string> words;
  for (const Thing& thing : things()) words.push_back(invented_word(thing.name));
  for (const Place& place : places()) words.push_back(invented_word(place.name));
  for (const Adjective& adjective : adjectives())
    if (adjective.family == Family::kColor) words.push_back(invented_word(adjective.text));
  for (const NamedDeed& deed : translated_deeds()) words.push_back(invented_word(deed.verb));
  const size_t count = words.size();
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  EXPECT_GE(static_cast<double>(words.size()), 0.99 * static_cast<double>(count));
}

TEST(Translation, PutsTheVerbLastAndTheColorAfterItsNoun) {
  Facts facts;
  Item kite;
  kite.noun = thing_named("kite");
  for (size_t i = 0; i < adjectives().size(); ++i)
    if (adjectives()[i].text == "red") kite.adjectives[static_cast<size_t>(Family::kColor)] = static_cast<uint8_t>(i);
  facts.add_item(kite);
  for (const std::string_view name : {"Mia", "Ben"})
    for (size_t i = 0; i < names().size(); ++i)
      if (names()[i].text == name) facts.add_person({.name = static_cast<uint16_t>(i)});
  EXPECT_EQ(invented_sentence(facts, deed_with(Pred::kGive, 0, 1, 0)),
            cat("Ben ti ", invented_word("kite"), " ", invented_word("red"), " na Mia ", invented_word("give"), "."));
}

}  // namespace
}  // namespace gimbal::world
