// Short scenes for labelled tasks: a few plain sentences about a few people, told with the stories' grammar, with what is so after them.
//
// Scenes are simpler than stories on purpose: one event a sentence, names rather than pronouns, and few words to learn (kNames names of each gender,
// kThings things, eight places of one town), so that a small model learns a task from some thousands of examples. Every word of them is a word of
// the stories, and every sentence one that the checker reads back.
#pragma once

#include <string>
#include <vector>

#include "core/rng.h"
#include "data/world/teller.h"

namespace gimbal::world {

class Scene {
 public:
  static constexpr size_t kNames = 6, kThings = 12;

  explicit Scene(Rng rng);

  Facts facts;
  std::vector<std::string> sentences;
  std::vector<Event> events;  ///< one a sentence

  size_t pick(size_t n) { return static_cast<size_t>(rng_.below(n)); }
  bool chance(int percent) { return pick(100) < static_cast<size_t>(percent); }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[pick(choices.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[pick(i)]);
  }

  // Casting: nobody shares a first letter with another, things and places occur once. Stuck when there are no more.
  uint8_t person();
  uint8_t thing();
  uint8_t painted_thing(uint16_t color = kNoWord);  ///< of a kind that can have any color; kNoWord: none is told
  uint8_t place();
  uint8_t place_called(std::string_view name);
  Spot spot(uint8_t site);  ///< a piece of furniture there; Stuck when it has none
  static std::vector<uint16_t> colors();

  /// Tells the event, which must agree with the facts.
  void tell(const Event& event);
  bool fits(const Event& event) const;
  /// One sentence that says the event, whether or not it agrees with the facts; told "at the market, ..." with a place. Changes nothing.
  std::string worded(const Event& event, uint8_t place = kNobody);

  std::string text() const;  ///< the sentences so far
  std::string_view name(uint8_t who) const;
  std::string_view noun(uint8_t item) const { return facts.thing(item).name; }
  std::string the_place(uint8_t site) const;  ///< "the market"
  std::string at_place(uint8_t site) const;   ///< "in the market", with the preposition that stories use

 private:
  uint8_t new_thing(Tags any, uint16_t color);
  std::string write(Facts& shown, const Event& event, uint8_t place);

  Rng rng_;
};

}  // namespace gimbal::world
