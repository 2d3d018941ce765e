// Text from text: a scene in one sentence, translation into an invented language, answers to questions, conversations about a scene.
#include "core/error.h"
#include "data/world/tasks/invented_language.h"
#include "data/world/tasks/questions.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

// Who has which thing in the end, in the order in which the things came in.
Json summary(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> things = hand_around(s);
  const auto has = [&](uint8_t item) { return cat(s.name(s.facts.items[item].holder), " had the ", s.noun(item)); };
  return {{"document", s.text()}, {"summary", cat("In the end, ", has(things[0]), " and ", has(things[1]), ".")}};
}

bool has_adverb(std::string_view sentence) {
  for (const Phrase& adverb : adverbs())
    if (sentence.find(adverb.text) != std::string_view::npos) return true;
  return false;
}

Json translate(Rng rng) {
  Scene s(rng);
  const uint8_t a = s.person(), b = s.person(), site = s.place();
  const Pred pred = translated_deeds()[s.pick(translated_deeds().size())].pred;
  Event e = {.pred = pred, .a = a};
  if (pred == kGo || pred == kAt)
    e.p = site;
  else
    e.t = pred == kHas ? s.painted_thing(s.one_of(Scene::colors())) : s.thing();
  if (pred == kGive || pred == kLend || pred == kShow || pred == kSnatch) e.b = b;
  const std::string english = s.worded(e);
  if (has_adverb(english)) throw Stuck{"plain words"};
  return {{"translation", {{"en", english}, {kInventedCode, invented_sentence(s.facts, e)}}}};
}

Json answer(Rng rng) {
  Scene s(rng);
  const std::vector<Topic> topics = {Topic::kWhere, Topic::kWhat, Topic::kWeather};
  const uint8_t who = tell_of_one(s, topics);
  const Question q = ask_of_one(s, who, s.one_of(topics));
  return {{"source", cat("question: ", q.text, " context: ", s.text())}, {"target", q.answer}};
}

Json answer_of_three(Rng rng) {
  Scene s(rng);
  const Question q = s.chance(50) ? ask_where(s, s.one_of(walk_about(s, 3, 0))) : ask_who_has(s, s.one_of(hand_around(s)));
  return {{"source", cat("question: ", q.text, " context: ", s.text())}, {"target", q.answer}};
}

// Two questions about one scene, answered in whole sentences.
Json conversation(Rng rng) {
  Scene s(rng);
  const std::vector<Topic> topics = {Topic::kWhere, Topic::kWhat, Topic::kWeather};
  const uint8_t who = tell_of_one(s, topics);
  std::vector<Question> questions;
  for (const Topic topic : topics) questions.push_back(ask_of_one(s, who, topic));
  s.shuffle(questions);
  Json messages = Json::array();
  for (size_t i = 0; i < 2; ++i) {
    messages.push_back({{"role", "user"}, {"content", i == 0 ? cat(s.text(), " ", questions[i].text) : questions[i].text}});
    messages.push_back({{"role", "assistant"}, {"content", questions[i].sentence}});
  }
  return {{"messages", messages}};
}

constexpr WorldTask kGenerationTasks[] = {
    {"summary", "summarize", "rougeLsum", "who has what in the end, in one sentence", summary},
    {"translate", "translate", "bleu", "a sentence into an invented language with its verb last", translate},
    {"answer", "text-to-text", "rougeL", "the answer of a question about a person or the weather, as text", answer},
    {"answer-of-three", "text-to-text", "rougeL", "the answer of a question about who is where or has what, as text", answer_of_three},
    {"conversation", "chat", "perplexity", "two questions about a scene and their answers", conversation},
};

}  // namespace

std::span<const WorldTask> generation_tasks() { return kGenerationTasks; }

}  // namespace gimbal::world
