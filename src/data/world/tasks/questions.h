// Questions that a scene answers in so many words, and the scenes that they are asked about.
#pragma once

#include "data/world/tasks/scene.h"

namespace gimbal::world {

struct Question {
  std::string text = {};
  std::string answer = {};    ///< as it stands in the scene; empty when the scene does not say
  size_t told_in = 0;         ///< the sentence that says so
  std::string sentence = {};  ///< the answer as a sentence; empty when there is none
};

/// What can be told of one person: where they are (after one or two walks), what they have, and the weather around them.
enum class Topic : uint8_t { kWhere, kWhat, kWeather };
constexpr size_t kTopics = 3;

/// One person, and what these topics say, in random order.
uint8_t tell_of_one(Scene& s, std::vector<Topic> topics);
Question ask_of_one(const Scene& s, uint8_t who, Topic topic);

/// `placed` people at places of their own and `unplaced` others whose place nobody tells; two or three walks. The people, in random order.
std::vector<uint8_t> walk_about(Scene& s, int placed, int unplaced);
/// Three people in one place with two things that go from hand to hand two or three times. The things.
std::vector<uint8_t> hand_around(Scene& s);

Question ask_where(const Scene& s, uint8_t who);
Question ask_who_has(const Scene& s, uint8_t item);

/// Where `word` stands in the sentence as a whole word or words.
size_t find_word(std::string_view sentence, std::string_view word);

}  // namespace gimbal::world
