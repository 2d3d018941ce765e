// Plots about things: lost and found, broken and mended, wanted, snatched, locked away.
#include "data/world/errands.h"
#include "data/world/plots.h"

namespace gimbal::world {
namespace {

using enum Pred;
using enum Mood;

constexpr Tags kHandy = kToy | kBook | kMusic | kClothes | kGem | kGift;

// Somebody for the hero to have beside them: kin or friend, standing at the same place.
uint8_t companion(Teller& t, uint8_t hero) {
  const uint8_t other = t.chance(45) ? t.kin_of(hero) : t.friend_of(hero);
  meet(t, hero, other);
  return other;
}

void lost_thing(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.site(kHomely | kYard | kTrees | kSoil | kShop | kSchool | kWater);
  open_story(t, hero, start);
  const uint8_t item = t.thing(kHandy, kHeavy | kNature | kFood | kDrink);
  own(t, hero, item);
  const uint8_t there = t.site(kYard | kTrees | kSoil | kHomely | kShop | kWater | kSand | kBarn);
  const bool forgot = t.chance(55);
  Spot where;
  Event misfortune;
  if (forgot) {
    if (t.chance(35))
      t.tell({.pred = kCarry, .a = hero, .t = item, .p = there});
    else
      travel(t, hero, there);
    if (t.chance(50)) use(t, hero, item);
    where = t.spot(there);
    t.tell(deed_spot(kPut, hero, item, where));
    if (t.chance(60)) {
      const auto game = t.choose(
          rests(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(there)) != 0; }, "rest");
      t.tell(deed_word(kRest, hero, game));
    }
    travel(t, hero, start);
    misfortune = deed_with(kMiss, hero, item);
    t.suddenly();
    t.tell(misfortune);
  } else {
    travel(t, hero, there);
    where = t.spot(there);
    misfortune = deed_with(kLose, hero, item);
    t.tell(misfortune);
  }
  if (t.chance(60))
    t.feels(hero, t.chance(50) ? kSad : kWorried, misfortune);
  else
    t.shows(hero, kLowMoods | mood(kWorried));
  t.paragraph();
  const uint8_t other = companion(t, hero);
  if (t.chance(60)) confide(t, hero, other, misfortune);
  t.say(hero, other, says_of(kWhereIs, item));
  const bool knows = t.chance(50);
  if (knows) {
    Event tip{.pred = kItIs, .t = item};
    if (forgot)
      tip.p = there;
    else
      tip.s = where;
    t.say(other, hero, tip);
  } else {
    t.say(other, hero, says(kDontKnow));
    if (t.chance(50)) t.say(other, hero, meant(Mode::kPropose, both(deed_with(kLookFor, hero, item), other)));
  }
  t.paragraph();
  if (forgot) travel(t, hero, there, t.chance(50) ? other : kNobody);
  search(t, hero, item, where, knows ? static_cast<int>(t.pick(2)) : 1 + static_cast<int>(t.pick(2)));
  t.shows(hero, kGladMoods);
  if (t.near(hero, other)) {
    if (t.chance(60)) t.say(hero, other, says_of(kFoundIt, item));
    if (knows) thank(t, hero, other);
  } else if (t.chance(50)) {
    use(t, hero, item);
  }
  close_story(t, hero, other);
}

void broken_thing(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.site(kHomely | kYard | kTrees | kSoil | kSchool);
  open_story(t, hero, start);
  const uint8_t item =
      t.thing_where([](const Thing& x) { return x.harm != Break::kSound && (x.tags & kHandy) && !(x.tags & (kHeavy | kFood | kNature)); });
  own(t, hero, item);
  const auto harm = static_cast<uint16_t>(t.facts.thing(item).harm);
  const uint8_t other = t.chance(45) ? companion(t, hero) : kNobody;
  Event mishap{.pred = kBreak, .t = item, .w = harm};
  if (other != kNobody && t.chance(60)) {
    mishap = {.pred = kBreak, .a = other, .t = item};
    if (t.chance(60)) t.say(other, hero, says_of(kMayHave, item)), t.say(hero, other, says(kYes)), t.tell(deed_with(kLend, hero, other, item));
    t.suddenly();
    t.tell(mishap);
    t.feels(hero, t.chance(50) ? kSad : kAngry, mishap);
    t.feels(other, kGuilty);
    t.say(other, hero, says(kApology));
    t.say(hero, other, says(kPardon));
    if (t.facts.holds(other, item)) t.tell(deed_with(kGiveBack, other, hero, item));
  } else {
    if (t.chance(60)) use(t, hero, item);
    t.suddenly();
    t.tell(mishap);
    if (t.chance(60))
      t.feels(hero, kSad, mishap);
    else
      t.shows(hero, kLowMoods);
    if (other != kNobody) confide(t, hero, other, mishap);
  }
  t.paragraph();
  if (t.chance(50)) t.want({.pred = kMend, .a = hero, .t = item});
  mend(t, hero, item, 1);
  t.paragraph();
  if (t.chance(50)) t.shows(hero, kGladMoods);
  use(t, hero, item);
  close_story(t, hero, other);
}

void wanted_thing(Teller& t) {
  const uint8_t hero = t.child();
  open_story(t, hero, t.site(kHomely | kYard | kTrees | kSoil | kSchool));
  const uint8_t item = t.thing_where(
      [](const Thing& x) { return (x.tags & (kToy | kMusic | kBook | kClothes | kTool | kLight)) && x.use != Use::kIdle && !(x.tags & kHeavy); });
  const uint8_t other = t.chance(40) ? companion(t, hero) : kNobody;
  t.tell(deed_with(kNeed, hero, item));
  if (t.chance(60)) t.hope({.pred = kUse, .a = hero, .t = item, .w = static_cast<uint16_t>(t.facts.thing(item).use)});
  if (other != kNobody) {
    t.say(hero, other, says_of(kDoYouHave, item));
    t.say(other, hero, says(kNo), says(kCheerUp));
  }
  t.paragraph();
  obtain(t, hero, item, 2);
  t.paragraph();
  t.shows(hero, kGladMoods);
  use(t, hero, item);
  close_story(t, hero, other);
}

// An animal takes the thing; the hero feeds it for an exchange, or waits until it leaves its hoard.
void snatched_thing(Teller& t) {
  const uint8_t hero = t.child();
  open_story(t, hero, t.site(kYard | kTrees | kSoil | kWater | kSand, kIndoors));
  const uint8_t item = t.thing(kToy | kClothes | kGem | kMusic, kHeavy | kFood);
  own(t, hero, item);
  if (t.chance(40)) use(t, hero, item);
  const uint8_t thief = t.animal(kThief, kPet | kBig);
  t.suddenly();
  t.tell(deed(kMeet, hero, thief));
  if (t.chance(40)) t.tell(deed_word(kVoice, thief, t.person(thief).species));
  const Event theft = deed_with(kSnatch, thief, hero, item);
  t.tell(theft);
  if (t.chance(50)) t.say(hero, kNobody, says(kOhNo));
  t.feels(hero, t.chance(60) ? kAngry : kSad, theft);
  const uint8_t lair = t.site(kTrees | kRocks | kBarn | kWater | kHigh);
  t.tell(deed_at(kGo, thief, lair));
  t.paragraph();
  if (t.chance(60)) {
    const Tags diet = species()[t.person(thief).species].diet;
    const uint8_t food =
        t.thing_where([&](const Thing& x) { return (x.tags & diet) && (x.tags & (kFood | kNature)) && !(x.tags & (kHeavy | kPlural)); }, true);
    if (t.chance(60)) t.tell(deed(kIdea, hero));
    t.tell(deed_with(kNeed, hero, food));
    obtain(t, hero, food, 0);
    travel(t, hero, lair);
    t.tell(deed_word(kPrank, thief,
                     t.choose(
                         pranks(), [](const Doing& d) { return d.tags == 0; }, "prank")));
    t.tell({.pred = kTrade, .a = hero, .b = thief, .t = food, .u = item});
    t.tell(deed_with(kEat, thief, food));
  } else {
    const Spot den = t.spot(lair);
    t.tell(deed(kFollow, hero, thief));
    t.tell(deed_spot(kHide, thief, item, den));
    if (t.chance(60)) t.tell(deed(kWait, hero));
    t.tell(deed_at(kGo, thief, t.site(kTrees | kRocks | kWater | kYard)));
    t.tell({.pred = kLookIn, .a = hero, .s = den}, deed_spot(kFind, hero, item, den));
  }
  t.paragraph();
  t.shows(hero, kGladMoods);
  if (t.chance(50)) use(t, hero, item);
  close_story(t, hero);
}

// A locked box, its key, and what lies inside.
void locked_box(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kHomely | kBarn | kRocks | kSand | kDark | kHall);
  open_story(t, hero, place);
  const uint8_t box = t.thing(kLockable, kMetal);
  const Spot where = t.spot(place);
  if (t.chance(50)) t.tell({.pred = kLookIn, .a = hero, .s = where});
  t.suddenly();
  t.tell(deed_spot(kSee, hero, box, where));
  t.tell({.pred = kLocked, .t = box});
  t.feels(hero, t.chance(50) ? kCurious : kSurprised);
  const uint8_t other = t.chance(50) ? companion(t, hero) : kNobody;
  if (other != kNobody) {
    t.say(hero, other, {.pred = kItIs, .t = box, .s = where});
  } else if (t.chance(60)) {
    t.fail(deed_with(kOpen, hero, box));
  }
  const uint8_t key = t.thing_called("key");
  t.paragraph();
  t.tell(deed_with(kNeed, hero, key));
  if (other != kNobody)
    t.say(hero, other, says_of(kINeed, key)), t.say(other, hero, meant(Mode::kPropose, both(deed_with(kLookFor, hero, key), other)));
  obtain(t, hero, key, 1);
  t.paragraph();
  travel(t, hero, place);
  t.tell({.pred = kOpen, .a = hero, .t = box, .u = key});
  const uint8_t treasure = t.thing(kGem | kBook | kToy | kMusic | kClothes, kHeavy | kLockable | kNature);
  t.tell({.pred = kInside, .t = box, .u = treasure});
  t.tell(deed_with(kTake, hero, treasure));
  t.shows(hero, kGladMoods | mood(kSurprised) | mood(kCurious));
  if (other != kNobody && t.near(hero, other)) {
    if (t.chance(50)) t.say(hero, other, says_of(kLookAt, treasure));
    if (t.chance(60)) t.tell(deed_with(kGive, hero, other, treasure)), thank(t, other, hero);
  }
  if (t.facts.holds(hero, treasure)) use(t, hero, treasure);
  close_story(t, hero, other);
}

// Borrowed under a promise; the promise is put to the test.
void borrowed_thing(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.site(kHomely | kYard | kTrees | kSoil | kSchool);
  open_story(t, hero, start);
  const uint8_t owner = companion(t, hero);
  const uint8_t item = t.thing_where([](const Thing& x) {
    return (x.tags & (kToy | kMusic | kBook | kTool | kClothes)) && x.use != Use::kIdle && x.harm != Break::kSound && !(x.tags & kHeavy);
  });
  own(t, owner, item);
  if (t.chance(50)) t.say(hero, owner, says_of(kNice, item));
  t.say(hero, owner, says_of(kMayHave, item));
  if (t.chance(25)) {
    t.say(owner, hero, says(kNo));
    t.feels(hero, kLetDown);
    t.say(hero, owner, says_of(kMayHave, item));
  }
  t.say(owner, hero, says(kYes));
  const Event back = deed_with(kGiveBack, hero, owner, item);
  t.say(hero, owner, meant(Mode::kVow, back));
  t.tell(deed_with(kLend, owner, hero, item));
  t.paragraph();
  const uint8_t away = t.site(kYard | kTrees | kSoil | kWater | kSand, kIndoors);
  travel(t, hero, away);
  use(t, hero, item);
  switch (t.pick(3)) {
    case 0: {
      const Event mishap{.pred = kBreak, .t = item, .w = static_cast<uint16_t>(t.facts.thing(item).harm)};
      t.suddenly();
      t.tell(mishap);
      t.feels(hero, kGuilty, mishap);
      t.tell({.pred = kThinkOf, .a = hero, .b = owner});
      mend(t, hero, item, 0);
      break;
    }
    case 1: {
      const Event loss = deed_with(kLose, hero, item);
      t.suddenly();
      t.tell(loss);
      t.feels(hero, kWorried, loss);
      search(t, hero, item, t.spot(away), 1 + static_cast<int>(t.pick(2)));
      break;
    }
    default: {
      const auto game = t.choose(
          rests(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(away)) != 0; }, "rest");
      t.tell(deed_word(kRest, hero, game));
      t.toward_evening();
      t.tell({.pred = kThinkOf, .a = hero, .b = owner});
    }
  }
  t.paragraph();
  travel(t, hero, start);
  if (!t.near(hero, owner)) throw Stuck{"owner"};
  t.tell(back);
  if (t.chance(60))
    thank(t, owner, hero);
  else
    t.say(owner, hero, says(kPraise));
  close_story(t, hero, owner);
}

// Somebody else's thing turns up, and its owner has to be found.
void found_thing(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kTrees | kSoil | kWater | kSand | kHall | kSchool);
  open_story(t, hero, place);
  const uint8_t item = t.thing(kClothes | kGem | kBook | kToy | kMusic, kHeavy | kNature | kFood);
  t.suddenly();
  t.tell(deed_spot(kFind, hero, item, t.spot(place)));
  if (t.chance(60)) t.feels(hero, t.chance(50) ? kSurprised : kCurious);
  if (t.chance(50)) t.tell(deed_with(kThinkOf, hero, item));
  if (t.chance(40)) use(t, hero, item);
  const int wrong = static_cast<int>(t.pick(3));
  for (int i = 0; i < wrong; ++i) {
    const uint8_t stop = t.site(kShop | kHall | kBarn | kYard | kHomely);
    travel(t, hero, stop);
    const uint8_t stranger = t.grown_up(stop);
    meet(t, hero, stranger);
    t.say(hero, stranger, says_of(kIsYours, item));
    t.say(stranger, hero, says(kNo));
  }
  t.paragraph();
  const uint8_t there = t.site(kShop | kHall | kBarn | kYard | kWater | kTrees);
  travel(t, hero, there);
  const uint8_t owner = t.chance(50) ? t.child() : t.grown_up(there);
  meet(t, hero, owner);
  t.tell(deed_word(kFeel, owner, t.feeling(t.chance(50) ? kLonely : kTired)));
  t.say(hero, owner, says_of(kIsYours, item));
  t.say(owner, hero, says_of(kMine, item));
  t.tell(deed_with(kGiveBack, hero, owner, item));
  t.shows(owner, kGladMoods);
  thank(t, owner, hero);
  if (t.chance(45)) {
    const uint8_t reward = t.thing(kFruit | kSweet | kBaked | kGem, kHeavy | kPlural | kMoney);
    t.tell(deed_with(kHas, owner, reward));
    t.tell(deed_with(kGive, owner, hero, reward));
    thank(t, hero, owner);
  }
  close_story(t, hero, owner);
}

void muddy_thing(Teller& t) {
  const uint8_t hero = t.child();
  open_story(t, hero, t.site(kYard | kTrees | kSoil | kWater, kIndoors));
  const uint8_t item = t.thing(kCloth | kClothes, kHeavy | kGem);
  own(t, hero, item);
  const uint8_t other = t.chance(50) ? companion(t, hero) : kNobody;
  const Event mishap{.pred = kDirty, .t = item};
  t.suddenly();
  t.tell(mishap);
  t.feels(hero, kSad, mishap);
  if (other != kNobody) confide(t, hero, other, mishap);
  t.paragraph();
  if (t.chance(55)) {
    const uint8_t tool = t.thing_called(t.one_of<std::string_view>({"soap", "brush", "water"}));
    t.tell(deed_with(kNeed, hero, tool));
    obtain(t, hero, tool, 1);
  }
  const uint8_t water = t.site(kWater);
  travel(t, hero, water);
  const auto work = t.choose(
      rests(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(water)) != 0; }, "rest");
  if (t.chance(40)) t.tell(deed_word(kRest, hero, work));
  t.tell(deed_with(kWash, hero, item));
  t.paragraph();
  t.shows(hero, kGladMoods);
  use(t, hero, item);
  close_story(t, hero, other);
}

// The owner gives the thing only for something that has to be got first.
void barter(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kShop | kYard | kBarn | kHall | kTrees);
  open_story(t, hero, place);
  const uint8_t owner = t.grown_up(place);
  meet(t, hero, owner);
  const uint8_t item = t.thing_where([](const Thing& x) {
    return (x.tags & (kToy | kMusic | kBook | kClothes | kLight | kGem)) && x.use != Use::kIdle && !(x.tags & (kHeavy | kMoney));
  });
  own(t, owner, item);
  t.tell(deed_with(kNeed, hero, item));
  t.say(hero, owner, says_of(kMayHave, item));
  const uint8_t price = t.thing(kFood | kDrink | kTool | kNature | kClothes, kHeavy | kPlural);
  t.say(owner, hero, {.pred = kWantsFor, .t = item, .u = price});
  t.paragraph();
  obtain(t, hero, price, 2);
  t.paragraph();
  travel(t, hero, place);
  if (!t.near(hero, owner)) throw Stuck{"owner"};
  t.tell({.pred = kTrade, .a = hero, .b = owner, .t = price, .u = item});
  if (t.chance(50)) t.shows(owner, kGladMoods);
  use(t, hero, item);
  close_story(t, hero, owner);
}

constexpr Plot kPlots[] = {
    {"lost thing", lost_thing, kAnywhere, 14},
    {"broken thing", broken_thing, kAnywhere, 12},
    {"wanted thing", wanted_thing},
    {"snatched thing", snatched_thing},
    {"locked box", locked_box},
    {"borrowed thing", borrowed_thing, kAnywhere, 12},
    {"found thing", found_thing},
    {"muddy thing", muddy_thing, kAnywhere, 6},
    {"barter", barter, kAnywhere, 12},
};

}  // namespace

std::span<const Plot> plots_of_things() { return kPlots; }

}  // namespace gimbal::world
