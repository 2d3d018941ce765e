// An answer within a context: where somebody is, who has a thing, and questions that the context does not answer.
#include <algorithm>

#include "core/error.h"
#include "data/world/tasks/questions.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

// The answer stands in the context's last sentence that has both it and the subject of the question.
Json span_record(const Scene& s, const Question& q) {
  Json texts = Json::array(), starts = Json::array();
  if (!q.answer.empty()) {
    size_t begin = s.text().size() + 1;
    for (size_t i = s.sentences.size(); i-- > 0;) {
      const std::string& sentence = s.sentences[i];
      begin -= sentence.size() + 1;
      if (i != q.told_in) continue;
      texts.push_back(q.answer);
      starts.push_back(begin + find_word(sentence, q.answer));  // the world's words are ASCII: bytes are characters
      break;
    }
  }
  return {{"question", q.text}, {"context", s.text()}, {"answers", {{"text", texts}, {"answer_start", starts}}}};
}

const std::vector<Topic> kAllTopics = {Topic::kWhere, Topic::kWhat, Topic::kWeather};

Json find_answer(Rng rng) {
  Scene s(rng);
  const uint8_t who = tell_of_one(s, kAllTopics);
  return span_record(s, ask_of_one(s, who, s.one_of(kAllTopics)));
}

// One of three topics is not told, and every third question is about it.
Json find_or_not(Rng rng) {
  Scene s(rng);
  std::vector<Topic> topics = kAllTopics;
  s.shuffle(topics);
  const Topic asked = s.one_of(kAllTopics);
  topics.pop_back();
  const uint8_t who = tell_of_one(s, topics);
  return span_record(s, ask_of_one(s, who, asked));
}

Json where_is(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> people = walk_about(s, 3, 0);
  return span_record(s, ask_where(s, s.one_of(people)));
}

Json who_has(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> things = hand_around(s);
  return span_record(s, ask_who_has(s, s.one_of(things)));
}

// Of one in three nobody says where they are.
Json where_maybe(Rng rng) {
  Scene s(rng);
  return span_record(s, ask_where(s, s.one_of(walk_about(s, 2, 1))));
}

constexpr WorldTask kSpanTasks[] = {
    {"find-answer", "squad", "squad-f1", "where a person is, what they have, what the weather is like", find_answer},
    {"find-or-not", "squad2", "squad2-f1", "the same, if the scene says so", find_or_not},
    {"where-is", "squad", "squad-f1", "where one of three people is after some walking about", where_is},
    {"who-has", "squad", "squad-f1", "who has a thing that went from hand to hand", who_has},
    {"where-maybe", "squad2", "squad2-f1", "where one of three people is, if the scene says so", where_maybe},
};

}  // namespace

std::span<const WorldTask> span_tasks() { return kSpanTasks; }

}  // namespace gimbal::world
