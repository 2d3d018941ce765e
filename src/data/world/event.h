// Events: what a clause says. One vocabulary for the simulation that makes them, the grammar that words them and the checker
// that reads them back.
#pragma once

#include <cstdint>

#include "data/world/lexicon.h"

namespace gimbal::world {

/// Predicates. The comment gives the roles: A who does it, B to or with whom, T, U, V things, P place, S spot, W word, N number.
enum class Pred : uint8_t {
  // The scene.
  kThereWas,     // A
  kDwell,        // A W dwelling
  kTrait,        // A W trait
  kHobby,        // A W hobby
  kKin,          // A B: A has a brother named B
  kAt,           // A P
  kHas,          // A T: A comes into the story owning T
  kHolding,      // A T
  kBelongs,      // A T
  kLies,         // T and P or S
  kLooks,        // T W adjective
  kBirthday,     // A
  kWeather,      // W sky, N hour
  kWeatherTurn,  // W weather
  kMood,         // W scene: a sentence of pure atmosphere
  kTime,         // W moment: "the next morning"
  // Ways.
  kGo,
  kSetOff,
  kArrive,
  kReturn,    // A P
  kCarry,     // A T P
  kFollow,    // A B
  kMeet,      // A B
  kCome,      // A B: A comes to B
  kBlocked,   // W obstacle
  kPass,      // A W way
  kWait,      // A
  kHideAway,  // A S
  kSeek,      // A, who counts while the others hide
  kSeekGame,  // A: the whole game
  kCatch,     // A B S
  kRest,      // A W
  // Things.
  kNeed,  // A T
  kTake,  // A T [S]
  kPick,  // A T, from where it grows
  kGive,
  kLend,
  kGiveBack,  // A B T
  kTrade,     // A B T U: A gives T for U
  kBuy,       // A B T U: A pays U
  kLose,
  kMiss,      // A T
  kLeave,     // A T [S], forgetting it
  kBlow,      // A T, taken by the wind
  kLookFor,   // A T
  kLookIn,    // A S
  kNotThere,  // T
  kFind,      // A T [S]
  kHide,
  kPut,     // A T S
  kSnatch,  // A B T
  kShow,    // A B T
  kUse,     // A T W use
  kBreak,   // [A] T [W harm]
  kMend,    // A T [U] W cure
  kLocked,  // T
  kOpen,    // A T [U key]
  kInside,  // T U
  kEat,     // A T
  kShare,   // A B T
  kCook,
  kBuild,  // A T U [V]
  kPaint,  // A T W color
  kPlant,
  kSprinkle,  // A T
  kGrow,      // T U
  kDirty,     // T
  kWash,      // A T
  kSee,       // A T [S]
  kPull,
  kMove,  // A T
  kTally,
  kTallyFind,
  kTallyEat,
  kTallyLose,
  kTallyNow,   // A N W counted noun
  kTallyGive,  // A B N W
  // People.
  kThank,
  kSorry,
  kForgive,
  kHelp,
  kHug,
  kComfort,
  kRefuse,
  kAgree,
  kWatch,  // A B
  kChore,
  kPlay,
  kFail,
  kPractice,
  kLearn,
  kFear,
  kPrank,
  kHear,
  kVoice,
  kFeel,
  kStill,
  kExpress,  // A W
  kTeach,    // A B W skill
  kFace,     // A: does what it fears
  kQuarrel,  // A [T]
  kStuck,    // A S
  kFree,     // A B [U]
  kIll,
  kWell,
  kSleep,
  kWake,
  kWin,
  kFriends,
  kIdea,     // A
  kTell,     // A B
  kRace,     // A P
  kThinkOf,  // A and B or T
  kKnowNot,  // A T
  kMoral,    // A W moral
  // Talk: the speaker is A, the hearer B.
  kGreet,
  kBye,
  kThanks,
  kWelcome,
  kApology,
  kPardon,
  kYes,
  kNo,
  kDontKnow,
  kWhatIsWrong,
  kCheerUp,
  kPraise,
  kOhNo,
  kHappyBirthday,
  kGoodIdea,
  kPullNow,
  kHurry,
  kJoinUs,
  kWhereIs,
  kFoundIt,
  kMayHave,
  kDoYouHave,
  kIHave,
  kTakeIt,
  kIsBroken,
  kMine,
  kLookAt,
  kNice,
  kTooHeavy,
  kINeed,
  kIsYours,    // T
  kItIs,       // T and S or P
  kWantsFor,   // T U: I give T if you bring U
  kIAm,        // W feeling
  kIFear,      // W fear
  kListen,     // W noise
  kComeWith,   // P
  kHaveCount,  // N W
  kPreds,
};

/// How the event is meant: it happens, it had happened, it is only wanted, planned, promised...
enum class Mode : uint8_t { kNow, kHad, kWant, kPlan, kTry, kLike, kHope, kVow, kBid, kPropose, kOffer, kForbid };

constexpr uint8_t kNobody = 255;  ///< also: no thing, no place

struct Spot {
  uint8_t side = 0;
  uint8_t furniture = kNobody;
  bool operator==(const Spot&) const = default;
  explicit operator bool() const { return furniture != kNobody; }
};

/// People, things and places are indices into the story's Facts; words are indices into the lexicon's lists.
struct Event {
  Pred pred = Pred::kPreds;
  Mode mode = Mode::kNow;
  uint8_t a = kNobody, a2 = kNobody;  ///< two people may act together
  uint8_t b = kNobody;
  uint8_t t = kNobody, u = kNobody, v = kNobody;
  uint8_t p = kNobody;
  Spot s = {};
  uint16_t w = kNoWord;
  uint8_t n = 0;
  uint8_t speaker = kNobody, hearer = kNobody;  ///< set for what is said
};

using Roles = uint16_t;
constexpr Roles kRoleA = 1, kRoleB = 2, kRoleT = 4, kRoleU = 8, kRoleV = 16, kRoleP = 32, kRoleS = 64, kRoleW = 128, kRoleN = 256;

/// Which roles the event fills.
Roles roles(const Event& event);

/// True when everything that `query` names is so in `event` too; roles that it leaves empty match anything.
bool matches(const Event& event, const Event& query);

constexpr bool is_talk(Pred pred) { return pred >= Pred::kGreet; }

}  // namespace gimbal::world
