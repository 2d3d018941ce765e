// What is known of a story's world: who is where, who has what, who feels what and why.
//
// The simulation and the checker use the same Facts: an event is accepted when everything that it takes for granted is already
// known, so a text that holds together can be judged without the state it was written from. Unknown is not the same as false:
// where only absence of knowledge would be held against a sentence, the sentence is believed and its content becomes known.
#pragma once

#include <array>
#include <vector>

#include "data/world/event.h"
#include "data/world/lexicon.h"

namespace gimbal::world {

constexpr uint8_t kRoad = 254;  ///< on the way somewhere
constexpr int kMaxPeople = 8, kMaxItems = 20, kMaxSites = 16;

struct Person {
  bool introduced = false, grown = false, asleep = false, stuck = false, ill = false, brave_deed = false;
  Gender gender = Gender::kIt;
  uint16_t name = kNoWord;  ///< in names(), or animal_names() when there is a species
  uint16_t species = kNoWord, job = kNoWord;
  uint8_t kin_of = kNobody;  ///< whose brother, dog, friend this is
  uint8_t kin = kNobody;     ///< in kin(); kNobody with kin_of set: whose animal
  uint8_t at = kNobody, dest = kNobody;
  uint16_t been = 0;                              ///< bits of sites
  Tags may_feel = 0;                              ///< moods that something has given cause for
  uint8_t feeling = kNobody;                      ///< mood last told
  uint8_t owes = 0, wronged = 0, sorry_from = 0;  ///< bits of people
  Event want = {}, plan = {};                     ///< pred kPreds when there is none
  std::array<uint8_t, 3> traits = {kNobody, kNobody, kNobody};
  uint16_t hobby = kNoWord, skill = kNoWord, fear = kNoWord;
  uint8_t skill_step = 0;  ///< 1 failed, 2 practiced or taught, 3 learned
  Spot hidden = {};        ///< in a game of hide and seek
  int16_t tally = -1;      ///< how many of the counted things; -1 unknown
};

enum class Where : uint8_t { kUnknown, kHeld, kLying, kInside, kLost, kGone, kGrowing };

struct Item {
  bool introduced = false, broken = false, dirty = false, locked = false, open = false, found = false;
  uint16_t noun = kNoWord;
  std::array<uint8_t, 3> adjectives = {kNobody, kNobody, kNobody};  ///< by Family
  uint8_t owner = kNobody;
  Where where = Where::kUnknown;
  uint8_t holder = kNobody;  ///< person, site or container, by `where`
  Spot spot;
  uint8_t pulls = 0;  ///< failed attempts to move it
};

struct Site {
  uint16_t noun = kNoWord;
};

/// `who` has cause for `mood` since log entry `event`.
struct Cause {
  uint8_t who, mood;
  uint16_t event;
};

struct Facts {
  std::array<Person, kMaxPeople> people;
  std::array<Item, kMaxItems> items;
  std::array<Site, kMaxSites> sites;
  uint8_t people_count = 0, item_count = 0, site_count = 0;
  Tags settings = kAnywhere;  ///< that fit all places named so far
  Tags sky = 0, hour = 0;     ///< 0 while unknown
  uint8_t day = 0;
  uint8_t scene = kNobody;    ///< site of whoever acted last
  uint8_t home_of = kNobody;  ///< whose home "home" is
  uint8_t birthday = kNobody, last_found = kNobody;
  uint16_t obstacle = kNoWord, counted = kNoWord;
  Spot looked_in;
  Tags themes = 0;  ///< what the story has shown, for its moral
  Event asked;      ///< the question that waits for an answer; pred kPreds when none
  Pred last_said = Pred::kPreds;
  uint8_t last_speaker = kNobody, last_hearer = kNobody;
  std::vector<Event> log;
  std::vector<Cause> causes;

  uint8_t add_person(const Person& person);
  uint8_t add_item(const Item& item);
  /// The site with this noun, added when new; kNobody when the table is full.
  uint8_t site(uint16_t noun);

  /// Accepts the event and its consequences, or says in a few words what it contradicts and changes nothing that matters
  /// (the caller restores its copy). nullptr when accepted.
  const char* apply(const Event& event);
  /// As apply, for "effect because cause".
  const char* apply_because(const Event& effect, const Event& cause);

  bool holds(uint8_t who, uint8_t item) const { return items[item].where == Where::kHeld && items[item].holder == who; }
  /// Known to be in the same place.
  bool together(uint8_t x, uint8_t y) const { return people[x].at != kNobody && people[x].at == people[y].at; }
  Tags place_tags(uint8_t site) const { return site < kMaxSites ? places()[sites[site].noun].tags : 0; }
  const Thing& thing(uint8_t item) const { return things()[items[item].noun]; }
  bool happened(const Event& query) const;
  /// What `who` is known to feel or to have cause for.
  Tags moods_of(uint8_t who) const;
  /// The furniture suits a place with these tags in this story.
  bool furnished(uint8_t site, Spot spot) const;

  // Consequences, for deeds.cc and talk.cc.
  void stir(uint8_t who, Tags moods);
  void soothe(uint8_t who, Tags moods) { people[who].may_feel &= ~moods; }
  void give_to(uint8_t item, uint8_t who);
  void lay(uint8_t item, uint8_t site, Spot spot);
  const char* do_deed(const Event& event);
  const char* do_deed_alone(const Event& event, uint8_t who);
  const char* say(const Event& event);
};

/// The line of atmosphere agrees with the hour, the weather and the place.
bool scene_fits(const Facts& facts, uint16_t scene);

constexpr Tags theme(int i) { return 1u << i; }
enum Theme {
  kSharing,
  kHonesty,
  kCourage,
  kPatience,
  kHelping,
  kPromise,
  kPracticing,
  kForgiving,
  kAnimals,
  kTogether,
  kAsking,
  kGiving,
  kCuriosity,
  kMending,
  kSearching,
  kReturning,
  kThemes
};

}  // namespace gimbal::world
