// Tells a story: keeps the facts, turns events into sentences and picks the people, things and places that a plot asks for.
#pragma once

#include <functional>
#include <initializer_list>

#include "core/rng.h"
#include "data/world/discourse.h"
#include "data/world/reader_rules.h"
#include "data/world/realize.h"
#include "data/world/story.h"

namespace gimbal::world {

/// Thrown inside a plot when the world has no fitting thing or place; the story is begun anew with other choices.
struct Stuck {
  const char* why;
};

enum class Beings : uint8_t { kPeople, kAnimals };

/// Names of a gender, those that stories use most first: indices into names() or animal_names().
std::span<const uint16_t> names_by_frequency(Beings beings, Gender gender);

class Teller {
 public:
  explicit Teller(Rng rng) : rng_(rng), realizer_(facts, discourse_, rng_) {}

  Facts facts;
  Story story;
  Tags setting = kTown;

  // Choices.
  uint32_t pick(size_t n) { return static_cast<uint32_t>(rng_.below(n)); }
  bool chance(int percent) { return pick(100) < static_cast<uint32_t>(percent); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[pick(choices.size())];
  }
  /// An index into a table, common words first.
  uint16_t common(size_t n) { return static_cast<uint16_t>(skewed(rng_, n, 3)); }
  /// An index for which `fits` holds, early ones more often; Stuck when there is none.
  template <class Table, class Fits>
  uint16_t choose(const Table& table, Fits fits, const char* what) {
    uint16_t found[512];
    size_t n = 0;
    for (size_t i = 0; i < std::size(table); ++i)
      if (fits(table[i]) && n < 512) found[n++] = static_cast<uint16_t>(i);
    if (n == 0) throw Stuck{what};
    return found[skewed(rng_, n, 3)];
  }

  // Casting. People and things are known to the reader only once a sentence has brought them in.
  uint8_t child();
  uint8_t kin_of(uint8_t who, std::string_view word = "");  ///< a relative; any when no word is given
  uint8_t friend_of(uint8_t who);
  uint8_t worker(uint8_t site);                  ///< somebody whose job is at the site
  uint8_t mender(Cure cure);                     ///< somebody whose trade is that cure
  uint8_t grown_up(uint8_t site);                ///< a worker there, or a neighbor when there is none
  uint8_t animal(Tags gifts, Tags without = 0);  ///< with a name only among the animals of the wood
  uint8_t pet_of(uint8_t who);
  uint8_t thing(Tags any, Tags none = 0, bool plain = false);  ///< a thing with one of these tags
  uint8_t thing_called(std::string_view name);
  uint8_t thing_where(const std::function<bool(const Thing&)>& fits, bool plain = false);
  uint8_t site(Tags any, Tags none = 0);  ///< a place not yet named in the story
  uint8_t home() { return facts.site(0); }
  Spot spot(uint8_t site);                            ///< some piece of furniture there
  bool animals() const { return setting == kWoods; }  ///< the heroes are animals

  // Telling. The events that say() takes are spoken by `speaker` to `hearer`.
  void tell(Event e);
  void tell(Event first, Event second);  ///< two deeds, of one subject or two
  void tell(Event first, Event second, Event third);
  void holding(uint8_t item, Event e);  ///< "Holding the kite, she ..."
  void but(Event first, Event second) { join(Shape::kBut, first, second); }
  void because(Event effect, Event cause);  ///< the cause has been told before
  void who_had(Event past, Event now);      ///< "Mia, who had lost her kite, ..."
  void want(Event e) { mode(Shape::kWant, Mode::kWant, e); }
  void hope(Event e) { mode(Shape::kHope, Mode::kHope, e); }
  void plan(Event e) { mode(Shape::kPlan, Mode::kPlan, e); }
  void fail(Event e) { mode(Shape::kTry, Mode::kTry, e); }
  void likes(uint8_t who, uint16_t hobby) { mode(Shape::kLike, Mode::kLike, {.pred = Pred::kHobby, .a = who, .w = hobby}); }
  void say(uint8_t speaker, uint8_t hearer, Event first);
  void say(uint8_t speaker, uint8_t hearer, Event first, Event second);
  void scene();  ///< one sentence of atmosphere, when one fits
  void maybe_scene(int percent) {
    if (chance(percent)) scene();
  }
  void paragraph() { paragraph_ = !story.text.empty(); }

  // What the next sentence begins with.
  void moment(std::string_view text);
  void suddenly();
  void finally();
  void later();
  void next_day();
  void toward_evening();

  // Frequent turns of a story.
  void feels(uint8_t who, Mood mood);
  void feels(uint8_t who, Mood mood, const Event& cause);  ///< with its cause
  void shows(uint8_t who, Tags moods);                     ///< smiles, weeps...
  uint16_t feeling(Mood mood) {
    return choose(
        feelings(), [&](const Phrase& f) { return f.tags == gimbal::world::mood(mood); }, "feeling");
  }

  /// One of the last few sentences said how this person felt.
  bool just_felt(uint8_t who) const { return felt_[who] != 0 && felt_[who] + 4 > story.sentences.size(); }
  int words() const { return words_; }
  const Person& person(uint8_t who) const { return facts.people[who]; }
  bool at(uint8_t who, uint8_t site) const { return facts.people[who].at == site; }
  bool near(uint8_t a, uint8_t b) const { return facts.together(a, b); }

 private:
  void join(Shape shape, Event first, Event second);
  void mode(Shape shape, Mode mode, Event e);
  void adorn(Message& message);
  void write(Message message);
  /// Takes back the last sentence when it and `e` can be told as one, and tells them so.
  bool merge(const Event& e);
  bool recall(const Event& e);
  bool carry_along(const Event& e);
  uint8_t newcomer(Person person);  ///< with a name when of a gender that has names
  uint16_t name_for(const Person& person);
  uint8_t dress(uint16_t noun, bool plain);

  Rng rng_;
  Discourse discourse_;
  Realizer realizer_;
  bool paragraph_ = false;
  int words_ = 0;
  struct Before {  ///< the last sentence, and what was so before it
    Facts facts;
    Discourse discourse;
    size_t text = 0, events = 0;
    int words = 0, people = 0, items = 0, sites = 0;
    bool paragraph = false;
  };
  Before before_;
  std::array<size_t, kMaxPeople> felt_ = {};  ///< one past the sentence that told a feeling
  Message last_;
  size_t placed_ = 0;  ///< the sentence that last began with a place
  uint16_t moment_ = kNoWord;
  std::vector<uint16_t> scenes_told_;
};

/// Short ways to write events.
inline Event deed(Pred pred, uint8_t a) { return {.pred = pred, .a = a}; }
inline Event deed(Pred pred, uint8_t a, uint8_t b) { return {.pred = pred, .a = a, .b = b}; }
inline Event deed_with(Pred pred, uint8_t a, uint8_t t) { return {.pred = pred, .a = a, .t = t}; }
inline Event deed_with(Pred pred, uint8_t a, uint8_t b, uint8_t t) { return {.pred = pred, .a = a, .b = b, .t = t}; }
inline Event deed_at(Pred pred, uint8_t a, uint8_t p) { return {.pred = pred, .a = a, .p = p}; }
inline Event deed_word(Pred pred, uint8_t a, uint16_t w) { return {.pred = pred, .a = a, .w = w}; }
inline Event deed_spot(Pred pred, uint8_t a, uint8_t t, Spot s) { return {.pred = pred, .a = a, .t = t, .s = s}; }
inline Event both(Event e, uint8_t a2) {
  e.a2 = a2;
  return e;
}
inline Event meant(Mode mode, Event e) {
  e.mode = mode;
  return e;
}
inline Event says(Pred pred) { return {.pred = pred}; }
inline Event says_of(Pred pred, uint8_t t) { return {.pred = pred, .t = t}; }

}  // namespace gimbal::world
