// The words of the small world: who can live in it, what things and places there are, and what may be said of each.
//
// Every table is written by hand for this project. A word's tags are the world's common sense: what can be worn, what tears,
// what grows in a wood. The realizer reads them to write, the checker reads the same tables to judge, so they cannot drift apart.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gimbal::world {

using Tags = uint32_t;

/// Which pronoun stands for somebody or something.
enum class Gender : uint8_t { kHe, kShe, kIt, kThey };

struct Name {
  std::string_view text;
  Gender gender;
};

// What a thing is (tags of Thing).
constexpr Tags kToy = 1u << 0, kTool = 1u << 1, kClothes = 1u << 2, kVessel = 1u << 3, kLockable = 1u << 4, kBook = 1u << 5, kMusic = 1u << 6;
constexpr Tags kGem = 1u << 7, kFruit = 1u << 8, kVegetable = 1u << 9, kBaked = 1u << 10, kSweet = 1u << 11, kDrink = 1u << 12, kStaple = 1u << 13;
constexpr Tags kSeed = 1u << 14, kNature = 1u << 15, kLight = 1u << 16, kGift = 1u << 17, kHeavy = 1u << 18, kPainted = 1u << 19;
constexpr Tags kWood = 1u << 20, kMetal = 1u << 21, kCloth = 1u << 22, kPaper = 1u << 23, kGlass = 1u << 24, kClay = 1u << 25, kLeather = 1u << 26;
constexpr Tags kStone = 1u << 27, kPlural = 1u << 28, kMass = 1u << 29, kWild = 1u << 30, kMoney = 1u << 31;
constexpr Tags kFood = kFruit | kVegetable | kBaked | kSweet | kStaple;
constexpr Tags kAnyThing = ~0u;

/// What people do with a thing; the sentences for each are in doings.
enum class Use : uint8_t {
  kIdle,
  kFly,
  kThrow,
  kBounce,
  kRide,
  kRead,
  kTune,
  kRing,
  kWear,
  kSail,
  kSpin,
  kCuddle,
  kLook,
  kDraw,
  kDig,
  kShine,
  kBlow,
  kCut,
  kSweep,
  kFill,
  kRoll,
};

/// How a thing comes to harm. Each way has its own cure (see Cure).
enum class Break : uint8_t { kSound, kSnap, kTear, kCrack, kApart, kBend, kTangle, kStop };
enum class Cure : uint8_t { kGlue, kSew, kNail, kTie, kStraighten, kComb, kOil };

struct Thing {
  std::string_view name;
  Tags tags;
  Use use = Use::kIdle;
  Break harm = Break::kSound;
  std::string_view measure = "";  ///< "jar" for honey: a jar of honey
};

// Where a story is set (tags of Place, Dwelling, Species, Job).
constexpr Tags kTown = 1u << 0, kFarm = 1u << 1, kSea = 1u << 2, kWoods = 1u << 3, kMountain = 1u << 4, kCastle = 1u << 5, kDesert = 1u << 6,
               kJungle = 1u << 7;
constexpr Tags kAnywhere = 0xff, kPeopled = kTown | kFarm | kSea | kMountain | kCastle | kDesert | kJungle;
// What a place is like.
constexpr Tags kIndoors = 1u << 8, kOutdoors = 1u << 9, kHouse = 1u << 10, kShop = 1u << 11, kSchool = 1u << 12, kYard = 1u << 13, kTrees = 1u << 14,
               kWater = 1u << 15;
constexpr Tags kHigh = 1u << 16, kDark = 1u << 17, kSoil = 1u << 18, kBarn = 1u << 19, kSand = 1u << 20, kHall = 1u << 21, kHomely = 1u << 22,
               kRocks = 1u << 23;

enum class At : uint8_t { kAt, kIn, kOn, kBy };
enum class To : uint8_t { kTo, kInto, kUpTo, kDownTo, kHome, kOutTo };

struct Place {
  std::string_view name;
  At at;
  To to;
  Tags tags;
};

/// A piece of a place that something can lie under, behind, in or on. `where` lists the prepositions by letter: u, b, i, o, s (beside).
struct Furniture {
  std::string_view name;
  std::string_view where;
  Tags tags;  ///< of its place tags one must hold; where it names settings, the story's must be among them
};
enum class Side : uint8_t { kUnder, kBehind, kIn, kOn, kBeside };
constexpr std::string_view kSideLetters = "ubios";

struct Species {
  std::string_view name;
  Tags settings;
  Tags diet;               ///< thing tags that it likes to eat
  std::string_view voice;  ///< base verb: bark
  Tags gifts;              ///< kSwims, ...
};
constexpr Tags kSwims = 1, kFlies = 2, kClimbs = 4, kPet = 8, kThief = 16, kHero = 32, kBig = 64, kFierce = 128;

struct Job {
  std::string_view name;
  Tags places;  ///< where this person is found; where it names settings, the story's must be among them
  Cure cure;    ///< what they mend, where mends is set
  bool mends;
  Tags sells;      ///< thing tags that they may have
  int gender = 3;  ///< bit 1 he, bit 2 she
};

/// A word or a phrase in a list, with what it needs.
struct Phrase {
  std::string_view text;
  Tags tags = 0;
  Tags more = 0;
};

/// A verb phrase with the verb in brackets: "[sweep] the floor".
struct Doing {
  std::string_view text;
  Tags tags = 0;
  Tags more = 0;
};

// Feelings fall into groups; what happens to somebody decides which groups they may be in.
enum class Mood : uint8_t {
  kJoy,
  kGrateful,
  kPride,
  kRelief,
  kEager,
  kFond,
  kSad,
  kAngry,
  kAfraid,
  kWorried,
  kGuilty,
  kJealous,
  kLonely,
  kBored,
  kLetDown,
  kSurprised,
  kCurious,
  kTired,
  kHungry,
  kCold,
  kCalm,
  kShy,
  kNervous,
  kPuzzled,
  kHopeful,
  kBrave,
  kMoods,
};
constexpr Tags mood(Mood m) { return 1u << static_cast<int>(m); }
constexpr Tags kGladMoods =
    mood(Mood::kJoy) | mood(Mood::kGrateful) | mood(Mood::kPride) | mood(Mood::kRelief) | mood(Mood::kEager) | mood(Mood::kFond);
constexpr Tags kLowMoods = mood(Mood::kSad) | mood(Mood::kLetDown) | mood(Mood::kLonely) | mood(Mood::kGuilty);
constexpr Tags kTroubledMoods =
    kLowMoods | mood(Mood::kAngry) | mood(Mood::kAfraid) | mood(Mood::kWorried) | mood(Mood::kJealous) | mood(Mood::kNervous);

// Hours and weather.
constexpr Tags kMorning = 1, kNoon = 2, kAfternoon = 4, kEvening = 8, kNight = 16, kDay = 7, kAnyHour = 31;
constexpr Tags kSunny = 1u << 8, kRain = 1u << 9, kWind = 1u << 10, kSnow = 1u << 11, kFog = 1u << 12, kStorm = 1u << 13, kCloudy = 1u << 14,
               kAnyWeather = 0x7f00;

constexpr Tags kNextDay = 1, kOnce = 2;  ///< of a moment: it begins a new day; it can only open a story

// Adjectives of things: at most one from each family belongs to a thing.
enum class Family : uint8_t { kQuality, kColor, kMaterial };

struct Adjective {
  std::string_view text;
  Family family;
  Tags things;  ///< thing tags of which one must hold
};

// Adverbs by what they go with.
constexpr Tags kMoving = 1, kHandling = 2, kSpeaking = 4, kWorking = 8;

std::span<const Name> names();         ///< people
std::span<const Name> animal_names();  ///< animals, named by whoever loves them
std::span<const Thing> things();
std::span<const Place> places();
std::span<const Furniture> furniture();
std::span<const Species> species();
std::span<const Job> jobs();
std::span<const Phrase> kin();  ///< tags: Gender bit 1 he, 2 she, 4 either; more: 1 grown up
std::span<const Adjective> adjectives();
std::span<const Phrase> adverbs();    ///< tags: kMoving...; more: moods of which one must hold, 0 for any
std::span<const Phrase> feelings();   ///< tags: the mood group
std::span<const Phrase> traits();     ///< tags: pair number; more: side of the pair
std::span<const Phrase> dwellings();  ///< tags: setting
std::span<const Phrase> noises();     ///< tags: what the noise can turn out to be (kNoise...)
std::span<const Phrase> obstacles();  ///< tags: settings; more: ways past it
std::span<const Phrase> fears();      ///< tags: place tags where it is met; more: hours
std::span<const Phrase> skies();      ///< tags: weather; "rainy"
std::span<const Phrase> hours();      ///< tags: hour; "morning"
std::span<const Phrase> morals();     ///< tags: themes of which one must have been shown
std::span<const Phrase> moments();    ///< "the next morning"; tags: hour; more: kNextDay, kOnce
std::span<const Phrase> scenes();     ///< sentences of atmosphere; tags: hours and weather; more: place tags
std::span<const Phrase> turns();      ///< changes of the weather; tags: the new weather
std::span<const Phrase> counters();   ///< things that are counted, in the singular; tags: settings
std::span<const Phrase> numbers();    ///< one to twenty, by value - 1

std::span<const Doing> hobbies();      ///< tags: settings
std::span<const Doing> chores();       ///< tags: place tags
std::span<const Doing> games();        ///< tags: place tags
std::span<const Doing> skills();       ///< tags: settings
std::span<const Doing> expressions();  ///< tags: moods of which one must hold
std::span<const Doing> ways_past();    ///< bit i of an obstacle's `more` stands for way i
std::span<const Doing> rests();        ///< small idle doings; tags: place tags
std::span<const Doing> pranks();       ///< how animals behave; tags: gifts or 0

/// Use, Break and Cure sentences: `tags` holds the enumerator.
std::span<const Doing> uses();
std::span<const Doing> harms();  ///< clauses about {T}: "{T} [snap] in two"
std::span<const Doing> cures();

Cure cure_for(Break harm);
/// Thing tags or names that serve as the tool of a cure; empty view when no tool of that index.
std::span<const std::string_view> cure_tools(Cure cure);

constexpr uint16_t kNoWord = 0xffff;
/// Index of a thing by name; kNoWord when the lexicon lacks it.
uint16_t thing_named(std::string_view name);
uint16_t place_named(std::string_view name);

/// "a" or "an" before this word.
std::string_view article(std::string_view word);

}  // namespace gimbal::world
