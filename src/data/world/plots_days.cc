// Plots about days: cooking, carrying, planting, building, counting, rain, noises in the night, markets, hide and seek.
#include "data/world/errands.h"
#include "data/world/plots.h"

namespace gimbal::world {
namespace {

using enum Pred;
using enum Mood;

struct Recipe {
  std::string_view made, from, with;
};

constexpr Recipe kDishes[] = {
    {"cake", "flour", "eggs"},
    {"honey cake", "flour", "honey"},
    {"carrot cake", "carrot", "flour"},
    {"chocolate cake", "chocolate", "butter"},
    {"apple pie", "apple", "flour"},
    {"berry pie", "blueberries", "flour"},
    {"cherry pie", "cherries", "sugar"},
    {"pumpkin pie", "pumpkin", "flour"},
    {"plum tart", "plum", "butter"},
    {"lemon tart", "lemon", "sugar"},
    {"cookies", "butter", "sugar"},
    {"gingerbread", "honey", "flour"},
    {"muffin", "blackberries", "flour"},
    {"nut bread", "nuts", "flour"},
    {"banana bread", "banana", "flour"},
    {"pancakes", "eggs", "milk"},
    {"waffles", "eggs", "butter"},
    {"dumplings", "flour", "cabbage"},
    {"samosas", "potatoes", "flour"},
    {"rice cake", "rice", "honey"},
    {"mushroom soup", "mushrooms", "onion"},
    {"vegetable soup", "carrot", "leeks"},
    {"pumpkin soup", "pumpkin", "milk"},
    {"stew", "beans", "onion"},
    {"porridge", "oats", "milk"},
    {"mint tea", "mint", "honey"},
    {"lemonade", "lemon", "honey"},
    {"jam", "strawberries", "sugar"},
    {"soup", "turnip", "peas"},
    {"bread", "flour", "salt"},
    {"pizza", "tomatoes", "cheese"},
    {"noodles", "eggs", "flour"},
    {"ice cream", "milk", "strawberries"},
    {"cocoa", "milk", "chocolate"},
    {"pie", "pear", "flour"},
    {"flatbread", "flour", "garlic"},
};

constexpr Recipe kWorks[] = {
    {"birdhouse", "planks", "nails"}, {"kite", "cloth", "string"},    {"raft", "branches", "rope"},   {"wagon", "planks", "nails"},
    {"doll", "cloth", "thread"},      {"puppet", "wood", "string"},   {"scarf", "yarn", ""},          {"basket", "straw", ""},
    {"flag", "cloth", "stick"},       {"toy boat", "wood", "cloth"},  {"hammock", "rope", "cloth"},   {"wreath", "branches", "flower"},
    {"sled", "planks", "nails"},      {"ladder", "branches", "rope"}, {"necklace", "bead", "string"}, {"fishing rod", "stick", "string"},
    {"pillow", "cloth", "straw"},     {"quilt", "cloth", "thread"},   {"drum", "pot", "cloth"},       {"hat", "straw", "ribbon"},
    {"hoop", "branches", "string"},   {"broom", "stick", "straw"},    {"crown", "leaf", "string"},    {"net", "string", ""},
    {"sandals", "rope", "cloth"},     {"stool", "planks", "nails"},   {"nest", "grass", "feather"},   {"cart", "planks", "rope"},
    {"teddy bear", "cloth", "yarn"},  {"mask", "leaf", "feather"},
};

struct Growing {
  std::string_view seed, grown;
};
constexpr Growing kGarden[] = {
    {"sunflower seed", "sunflower"}, {"pumpkin seed", "pumpkin"},     {"bean", "beans"},
    {"apple seed", "apple tree"},    {"carrot seeds", "carrot"},      {"tulip bulb", "tulip"},
    {"date stone", "palm tree"},     {"cherry stone", "cherry tree"}, {"acorn", "oak tree"},
};

uint8_t companion(Teller& t, uint8_t hero) {
  const uint8_t other = t.chance(45) ? t.kin_of(hero) : t.friend_of(hero);
  meet(t, hero, other);
  return other;
}

uint16_t game_at(Teller& t, uint8_t site) {
  return t.choose(
      games(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(site)) != 0; }, "game");
}

// Everything that the recipe names exists in this setting.
bool known_here(const Teller& t, const Recipe& r) {
  for (const auto name : {r.made, r.from, r.with})
    if (!name.empty() && t.animals() && !(things()[thing_named(name)].tags & kWild)) return false;
  return true;
}

void cooking(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t home = t.home();
  open_story(t, hero, home);
  const uint8_t other = t.chance(60) ? companion(t, hero) : kNobody;
  const auto i = t.choose(
      kDishes, [&](const Recipe& r) { return known_here(t, r); }, "dish");
  const uint8_t dish = t.thing_called(kDishes[i].made), from = t.thing_called(kDishes[i].from), with = t.thing_called(kDishes[i].with);
  t.tell(deed_word(kFeel, hero, t.feeling(kHungry)));
  t.tell(deed_with(kNeed, hero, dish));
  if (other != kNobody && t.chance(60))
    t.say(hero, other, says_of(kINeed, from), says_of(kINeed, with));
  else
    t.tell(deed_with(kNeed, hero, from), deed_with(kNeed, hero, with));
  t.paragraph();
  if (t.chance(30)) t.tell({.pred = kFind, .a = hero, .t = from, .s = t.spot(home)});
  obtain(t, hero, from, 0);
  if (other != kNobody && t.near(hero, other) && t.chance(40)) {
    t.say(hero, other, says_of(kDoYouHave, with));
    t.say(other, hero, says_of(kIHave, with));
    t.tell(deed_with(kGive, other, hero, with));
  }
  obtain(t, hero, with, 0);
  t.paragraph();
  travel(t, hero, home);
  const Event cook{.pred = kCook, .a = hero, .t = dish, .u = from, .v = with};
  t.tell(cook);
  if (t.chance(50)) t.feels(hero, kPride, cook);
  if (other != kNobody && t.near(hero, other)) {
    const Event share = deed_with(kShare, hero, other, dish);
    t.tell(share);
    thank(t, other, hero);
  } else {
    t.tell(deed_with(kEat, hero, dish));
  }
  close_story(t, hero, other);
}

void delivery(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t home = t.chance(60) ? t.home() : t.site(kHomely | kBarn | kShop);
  open_story(t, hero, home);
  const uint8_t elder = t.kin_of(hero, t.one_of<std::string_view>({"mother", "father", "grandmother", "grandfather", "aunt", "uncle"}));
  meet(t, hero, elder);
  const uint8_t parcel = t.thing(kBaked | kFruit | kGift | kBook | kClothes | kDrink, kHeavy);
  own(t, elder, parcel);
  const uint8_t place = t.site(kShop | kBarn | kHall | kHigh | kWater | kTrees);
  const uint8_t receiver = t.grown_up(place);
  const Event errand{.pred = kCarry, .a = hero, .t = parcel, .p = place};
  t.say(elder, hero, meant(Mode::kBid, errand));
  t.say(hero, elder, says(kYes));
  if (t.chance(50)) t.say(hero, elder, meant(Mode::kVow, deed_at(kGo, hero, place)));
  t.tell(deed_with(kGive, elder, hero, parcel));
  t.paragraph();
  if (t.chance(60)) {
    const Event off = deed_at(kSetOff, hero, place);
    t.holding(parcel, off);
    t.suddenly();
    if (t.chance(55)) {
      const auto obstacle = t.choose(
          obstacles(), [&](const Phrase& o) { return (o.tags & t.setting) != 0; }, "obstacle");
      const Tags ways = obstacles()[obstacle].more;
      t.tell({.pred = kBlocked, .w = obstacle});
      t.tell(deed_word(kPass, hero,
                       t.choose(
                           ways_past(), [&](const Doing& d) { return (ways >> (&d - ways_past().data()) & 1) != 0; }, "way")));
    } else {
      const uint8_t passer = t.animals() ? t.child() : t.animal(0, kPet);
      t.tell(deed(kMeet, hero, passer));
      t.tell(deed_word(kPrank, passer,
                       t.choose(
                           pranks(), [](const Doing& d) { return d.tags == 0; }, "prank")));
      if (t.chance(50)) t.tell(deed_word(kVoice, passer, t.person(passer).species));
    }
    t.finally();
    t.tell(deed_at(kArrive, hero, place));
  } else {
    t.tell(errand);
  }
  meet(t, hero, receiver);
  greet(t, hero, receiver);
  t.tell(deed_with(kGive, hero, receiver, parcel));
  t.shows(receiver, kGladMoods);
  thank(t, receiver, hero);
  if (t.chance(45)) {
    const uint8_t reward = t.thing(kFruit | kSweet | kBaked | kMoney, kHeavy | kPlural);
    t.tell(deed_with(kHas, receiver, reward));
    t.tell(deed_with(kGive, receiver, hero, reward));
    if (t.facts.thing(reward).tags & kFood) t.tell(deed_with(kEat, hero, reward));
  }
  if (t.chance(60)) {
    travel(t, hero, home);
    t.tell(deed(kTell, hero, elder));
    t.say(elder, hero, says(kPraise));
  }
  close_story(t, hero, elder);
}

void garden(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kSoil, kIndoors);
  open_story(t, hero, place);
  const auto i = t.choose(
      kGarden,
      [&](const Growing& g) {
        return (!t.animals() || (things()[thing_named(g.seed)].tags & kWild)) && (g.seed == "date stone") == (t.setting == kDesert);
      },
      "seed");
  const uint8_t seed = t.thing_called(kGarden[i].seed), grown = t.thing_called(kGarden[i].grown);
  const uint8_t other = t.chance(60) ? companion(t, hero) : kNobody;
  if (other != kNobody && t.chance(60)) {
    t.tell(deed_with(kHas, other, seed));
    t.tell(deed_with(kGive, other, hero, seed));
    thank(t, hero, other);
  } else {
    t.tell(deed_spot(kFind, hero, seed, t.spot(place)));
  }
  const Event planting = deed_with(kPlant, hero, seed), watering = deed_with(kSprinkle, hero, seed);
  t.tell(planting, watering);
  t.feels(hero, t.chance(50) ? kHopeful : kEager, planting);
  t.paragraph();
  const int days = 1 + static_cast<int>(t.pick(3));
  for (int d = 0; d < days; ++d) {
    t.next_day();
    t.tell(t.chance(60) ? watering : deed(kWait, hero));
    if (t.chance(35))
      t.tell(deed_word(kRest, hero,
                       t.choose(
                           rests(), [&](const Doing& x) { return (x.tags & t.facts.place_tags(place)) != 0; }, "rest")));
  }
  t.next_day();
  const Event growth{.pred = kGrow, .t = seed, .u = grown};
  t.tell(growth);
  t.feels(hero, t.chance(50) ? kJoy : kPride, growth);
  if (other != kNobody && t.chance(70)) {
    const Tags tags = t.facts.thing(grown).tags;
    if (!(tags & kHeavy)) {
      t.tell(deed_with(kPick, hero, grown));
      if (tags & kFood)
        t.tell(deed_with(kShare, hero, other, grown));
      else
        t.tell(deed_with(kGive, hero, other, grown));
      thank(t, other, hero);
    } else {
      t.tell(deed(kHug, other, hero));
      t.say(other, hero, says(kPraise));
    }
  }
  close_story(t, hero, other);
}

void building(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kBarn | kTrees | kSoil | kSand | kHomely);
  open_story(t, hero, place);
  const auto i = t.choose(
      kWorks, [&](const Recipe& r) { return known_here(t, r); }, "work");
  const uint8_t work = t.thing_called(kWorks[i].made), from = t.thing_called(kWorks[i].from);
  const uint8_t with = kWorks[i].with.empty() ? kNobody : t.thing_called(kWorks[i].with);
  const uint8_t other = t.chance(65) ? companion(t, hero) : kNobody;
  t.tell(deed_with(kNeed, hero, work));
  if (t.chance(50)) t.tell(deed(kIdea, hero));
  if (other != kNobody)
    t.say(hero, other, says_of(kINeed, from));
  else
    t.tell(deed_with(kNeed, hero, from));
  t.paragraph();
  obtain(t, hero, from, 1);
  if (with != kNobody) {
    t.tell(deed_with(kNeed, hero, with));
    obtain(t, hero, with, 0);
  }
  t.paragraph();
  travel(t, hero, place);
  Event build{.pred = kBuild, .a = hero, .t = work, .u = from, .v = with};
  const bool shared = other != kNobody && t.near(hero, other);
  if (shared) build.a2 = other;
  t.tell(build);
  t.feels(hero, t.chance(60) ? kPride : kJoy, build);
  if (t.chance(35) && (t.facts.thing(work).tags & kPainted)) {
    const auto color = t.choose(
        adjectives(), [&](const Adjective& a) { return a.family == Family::kColor && a.things == kPainted; }, "color");
    t.tell({.pred = kPaint, .a = hero, .t = work, .w = color});
  }
  use(t, hero, work);
  if (shared && t.chance(50)) t.say(other, hero, says(kPraise));
  close_story(t, hero, other);
}

void counting(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kTrees | kSoil | kSand | kSchool | kHomely);
  open_story(t, hero, place);
  const uint8_t other = companion(t, hero);
  const auto what = t.choose(
      counters(), [&](const Phrase& c) { return (c.tags & t.setting) != 0; }, "counter");
  int mine = 4 + static_cast<int>(t.pick(7)), theirs = 1 + static_cast<int>(t.pick(3));
  const auto number = [&](Pred pred, uint8_t who, int n) { return Event{.pred = pred, .a = who, .w = what, .n = static_cast<uint8_t>(n)}; };
  t.tell(number(kTally, hero, mine), number(kTally, other, theirs));
  if (t.chance(50)) t.say(hero, other, number(kHaveCount, kNobody, mine));
  const int turns = 2 + static_cast<int>(t.pick(3));
  for (int i = 0; i < turns; ++i) {
    const int n = 1 + static_cast<int>(t.pick(3));
    const uint32_t kind = t.pick(4);
    if (i == turns / 2) t.paragraph();
    if (kind == 0 && mine + n < 20) {
      t.tell(number(kTallyFind, hero, n));
      mine += n;
    } else if (kind == 1 && theirs + n < 20) {
      t.tell(number(kTallyFind, other, n));
      theirs += n;
    } else if (kind == 2 && mine > n + 1) {
      t.tell(number(kTallyLose, hero, n));
      mine -= n;
      if (t.chance(60)) t.shows(hero, kLowMoods);
    } else if (mine > n + 1 && theirs + n < 20) {
      Event gift = number(kTallyGive, hero, n);
      gift.b = other;
      t.tell(gift);
      mine -= n;
      theirs += n;
      if (t.chance(60)) thank(t, other, hero);
    }
    if (t.chance(60)) t.tell(number(kTallyNow, hero, mine));
  }
  const int n = 1 + static_cast<int>(t.pick(2));
  if (mine <= n + 1) throw Stuck{"count"};
  Event gift = number(kTallyGive, hero, n);
  gift.b = other;
  t.finally();
  t.tell(gift);
  t.tell(number(kTallyNow, hero, mine - n), number(kTallyNow, other, theirs + n));
  t.feels(other, t.chance(50) ? kJoy : kGrateful, gift);
  close_story(t, hero, other);
}

// Plans are made for out of doors, and then the weather turns.
void rainy_day(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kTrees | kSand | kSoil, kIndoors);
  open_story(t, hero, place);
  const uint8_t other = companion(t, hero);
  const auto game = game_at(t, place);
  const Event play = both(deed_word(kPlay, hero, game), other);
  t.say(hero, other, meant(Mode::kPropose, play));
  t.say(other, hero, says(kYes));
  if (t.chance(50)) t.tell(play);
  t.suddenly();
  const Tags now = t.facts.sky;
  const auto turn = t.choose(
      turns(),
      [&](const Phrase& p) {
        const bool cold = t.setting == kMountain, hot = t.setting == kDesert;
        return p.tags != now && (p.tags & (kRain | kStorm | kSnow | kFog | kWind)) && (!(p.tags & kSnow) || cold || t.setting == kTown) &&
               (!hot || p.tags == kWind);
      },
      "turn");
  const Event change{.pred = kWeatherTurn, .w = turn};
  t.tell(change);
  t.maybe_scene(60);
  t.tell(both(deed_word(kFeel, hero, t.feeling(kCold)), other));
  if (t.chance(60)) t.say(hero, other, says(kHurry));
  t.paragraph();
  const bool homeward = t.chance(60);
  const uint8_t shelter = homeward ? t.home() : t.site(kBarn | kHomely | kHall, kOutdoors);
  t.tell(both(deed_at(kGo, hero, shelter), other));
  t.maybe_scene(60);
  if (t.chance(50)) {
    t.tell(deed_word(kFeel, hero, t.feeling(kBored)));
    t.tell(deed(kIdea, hero));
  }
  const auto inside = game_at(t, shelter);
  t.say(other, hero, meant(Mode::kPropose, both(deed_word(kPlay, other, inside), hero)));
  t.say(hero, other, says(t.chance(50) ? kYes : kGoodIdea));
  t.tell(both(deed_word(kPlay, hero, inside), other));
  t.tell(both(deed_word(kFeel, hero, t.feeling(kJoy)), other));
  if (t.chance(60)) {
    const auto clear = t.choose(
        turns(), [&](const Phrase& p) { return p.tags == kSunny; }, "turn");
    t.finally();
    t.tell({.pred = kWeatherTurn, .w = clear});
    if (t.chance(60)) t.tell(both(deed_at(kReturn, hero, place), other)), t.tell(play);
  }
  close_story(t, hero, other);
}

void night_noise(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t home = t.home();
  open_story(t, hero, home);
  t.moment(t.one_of<std::string_view>({"that night", "late at night", "at bedtime"}));
  t.tell(deed_word(kFeel, hero, t.feeling(kTired)));
  t.maybe_scene(70);
  const auto noise = t.choose(
      noises(), [](const Phrase& p) { return (p.tags & 1) != 0; }, "noise");
  const Event heard = deed_word(kHear, hero, noise);
  t.suddenly();
  t.tell(heard);
  t.feels(hero, kAfraid, heard);
  t.paragraph();
  const uint8_t other = t.kin_of(hero, t.one_of<std::string_view>({"brother", "sister", "mother", "father", "grandmother", "grandfather"}));
  const bool company = t.chance(60);
  if (company) {
    meet(t, hero, other);
    t.say(hero, other, {.pred = kListen, .w = noise});
    t.say(other, hero, says(kCheerUp));
    if (t.chance(50)) {
      const uint8_t lamp = t.thing(kLight);
      t.tell(deed_with(kHas, other, lamp));
      use(t, other, lamp);
    }
  } else if (t.chance(60)) {
    t.tell(deed_word(kFear, hero,
                     t.choose(
                         fears(), [](const Phrase& f) { return (f.tags & kDark) != 0; }, "fear")));
    t.tell(deed(kFace, hero));
  }
  const Spot where = t.spot(home);
  t.tell(company && t.chance(50) ? Event{.pred = kLookIn, .a = other, .s = where} : Event{.pred = kLookIn, .a = hero, .s = where});
  const uint8_t animal = t.animals() ? t.child() : t.animal(0, kBig | kPet | kFierce);
  t.tell(deed(kMeet, hero, animal));
  t.tell(deed_word(kPrank, animal,
                   t.choose(
                       pranks(), [](const Doing& d) { return d.tags == 0; }, "prank")));
  t.tell(deed_word(kFeel, animal, t.feeling(t.chance(50) ? kHungry : kCold)));
  t.paragraph();
  const Tags diet = species()[t.person(animal).species].diet;
  const uint8_t food =
      t.thing_where([&](const Thing& x) { return (x.tags & diet) && (x.tags & (kFood | kNature | kSeed)) && !(x.tags & (kHeavy | kPlural)); }, true);
  t.tell(deed_with(kHas, hero, food));
  t.tell(deed_with(kGive, hero, animal, food));
  t.tell(deed_with(kEat, animal, food));
  t.feels(hero, t.chance(50) ? kFond : kJoy);
  t.finally();
  t.tell(deed(kSleep, animal));
  t.tell(deed(kSleep, hero));
  if (t.chance(60)) {
    t.moment("the next morning");
    t.tell(deed(kWake, hero));
    if (company && t.chance(60)) t.tell(deed(kTell, hero, other));
    close_story(t, hero, company ? other : kNobody);
  }
}

void market(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.chance(50) ? t.home() : t.site(kHomely | kYard | kSoil);
  open_story(t, hero, start);
  const uint8_t other = t.chance(50) ? companion(t, hero) : kNobody;
  const uint8_t coin = t.thing_called("coin");
  if (t.chance(45)) {
    t.suddenly();
    t.tell(deed_spot(kFind, hero, coin, t.spot(start)));
  } else {
    t.tell(deed_with(kHas, hero, coin));
  }
  if (t.chance(50)) t.tell(deed_with(kThinkOf, hero, coin));
  const uint8_t shop = t.site(kShop);
  t.paragraph();
  travel(t, hero, shop);
  const uint8_t seller = t.worker(shop);
  meet(t, hero, seller);
  greet(t, hero, seller);
  const Tags sold = t.animals() ? kFood | kToy | kClothes : jobs()[t.person(seller).job].sells;
  const uint8_t ware = t.thing(sold, kHeavy | kMoney | kLockable);
  if (t.chance(50))
    t.tell(deed_with(kHas, seller, ware));
  else
    t.say(seller, hero, says_of(kIHave, ware));
  if (t.chance(60)) t.tell(deed_with(kNeed, hero, ware));
  t.say(hero, seller, says_of(kMayHave, ware));
  t.say(seller, hero, says(kYes));
  t.tell({.pred = kBuy, .a = hero, .b = seller, .t = ware, .u = coin});
  t.shows(hero, kGladMoods);
  t.paragraph();
  const bool food = (t.facts.thing(ware).tags & (kFood | kDrink)) != 0;
  if (other != kNobody) {
    travel(t, hero, start);
    t.tell(food ? deed_with(kShare, hero, other, ware) : deed_with(kShow, hero, other, ware));
    if (food)
      thank(t, other, hero);
    else
      t.say(other, hero, says_of(kNice, ware));
  } else if (food) {
    t.tell(deed_with(kEat, hero, ware));
  } else {
    use(t, hero, ware);
  }
  close_story(t, hero, other);
}

void hide_and_seek(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kHomely | kYard | kTrees | kBarn | kHall);
  open_story(t, hero, place);
  const uint8_t first = companion(t, hero);
  const uint8_t second = t.chance(60) ? t.child() : kNobody;
  if (second != kNobody) meet(t, hero, second);
  t.say(first, hero, meant(Mode::kPropose, both(deed(kSeekGame, first), hero)));
  t.say(hero, first, says(t.chance(50) ? kYes : kGoodIdea));
  t.tell(deed(kSeek, hero));
  const Spot spot1 = t.spot(place);
  Spot spot2 = t.spot(place);
  const Event hide1{.pred = kHideAway, .a = first, .s = spot1};
  if (second != kNobody) {
    for (int tries = 0; spot2 == spot1; ++tries) {
      if (tries == 20) throw Stuck{"spots"};
      spot2 = t.spot(place);
    }
    const Event hide2{.pred = kHideAway, .a = second, .s = spot2};
    if (t.chance(50))
      t.tell(hide1), t.tell(hide2);
    else
      t.but(hide1, hide2);
  } else {
    t.tell(hide1);
  }
  t.paragraph();
  const int wrong = 1 + static_cast<int>(t.pick(2));
  for (int i = 0; i < wrong; ++i) {
    const Spot s = t.spot(place);
    if (s == spot1 || (second != kNobody && s == spot2)) continue;
    t.tell({.pred = kLookIn, .a = hero, .s = s});
  }
  const Event caught{.pred = kCatch, .a = hero, .b = first, .s = spot1};
  t.finally();
  t.tell(caught);
  if (second != kNobody) t.tell({.pred = kCatch, .a = hero, .b = second, .s = spot2});
  t.tell(deed_word(kFeel, first, t.feeling(kSurprised)));
  if (t.chance(55)) {
    const Spot third = t.spot(place);
    t.tell(deed(kSeek, first));
    t.tell({.pred = kHideAway, .a = hero, .s = third});
    t.tell({.pred = kCatch, .a = first, .b = hero, .s = third});
  }
  t.shows(hero, kGladMoods);
  close_story(t, hero, first);
}

constexpr Plot kPlots[] = {
    {"cooking", cooking, kAnywhere, 12},
    {"delivery", delivery, kAnywhere, 12},
    {"garden", garden},
    {"building", building, kAnywhere, 12},
    {"counting", counting, kAnywhere, 9},
    {"rainy day", rainy_day},
    {"night noise", night_noise},
    {"market", market},
    {"hide and seek", hide_and_seek, kAnywhere, 9},
};

}  // namespace

std::span<const Plot> plots_of_days() { return kPlots; }

}  // namespace gimbal::world
