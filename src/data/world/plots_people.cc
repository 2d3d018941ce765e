// Plots about people: gifts, quarrels, confessions, fears, lessons, races, the ill, the stuck and the lonely.
#include "data/world/errands.h"
#include "data/world/plots.h"

namespace gimbal::world {
namespace {

using enum Pred;
using enum Mood;

uint8_t companion(Teller& t, uint8_t hero) {
  const uint8_t other = t.chance(45) ? t.kin_of(hero) : t.friend_of(hero);
  meet(t, hero, other);
  return other;
}

// Somebody of the hero's household.
uint8_t family(Teller& t, uint8_t hero) {
  return t.kin_of(hero, t.one_of<std::string_view>({"brother", "sister", "mother", "father", "grandmother", "grandfather"}));
}

uint16_t game_at(Teller& t, uint8_t site) {
  return t.choose(
      games(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(site)) != 0; }, "game");
}

Event play(uint8_t a, uint8_t b, uint16_t game) { return both(deed_word(kPlay, a, game), b); }

// Both say sorry; the older grudge ends first.
void make_up(Teller& t, uint8_t a, uint8_t b) {
  if (t.chance(60)) {
    t.say(a, b, says(kApology));
    t.say(b, a, says(kPardon));
  } else {
    t.tell(deed(kSorry, a, b));
    t.tell(deed(kForgive, b, a));
  }
}

void birthday_gift(Teller& t) {
  const uint8_t hero = t.child();
  open_story(t, hero, t.site(kHomely | kYard | kTrees | kSoil | kSchool));
  const uint8_t other = companion(t, hero);
  if (t.chance(50))
    t.likes(other, t.choose(
                       hobbies(), [&](const Doing& d) { return (d.tags & t.setting) != 0; }, "hobby"));
  t.tell(deed(kBirthday, other));
  const uint8_t gift = t.thing(kGift, kHeavy | kPlural);
  const uint8_t away = t.site(kYard | kTrees | kWater | kShop | kHall);
  t.tell(deed_at(kGo, other, away));
  t.tell(deed_with(kNeed, hero, gift));
  if (t.chance(60)) t.hope(deed_with(kGive, hero, other, gift));
  t.paragraph();
  obtain(t, hero, gift, 1);
  t.paragraph();
  if (t.chance(40)) {
    const Spot secret = t.spot(t.person(hero).at);
    t.tell(deed_spot(kHide, hero, gift, secret));
    if (t.chance(50)) t.tell(deed(kWait, hero));
    t.finally();
    t.tell(deed(kCome, other, hero));
    t.say(hero, other, says(kHappyBirthday));
    t.tell(deed_spot(kTake, hero, gift, secret), deed_with(kGive, hero, other, gift));
    t.feels(other, t.chance(50) ? kSurprised : kJoy);
  } else {
    travel(t, hero, away);
    t.say(hero, other, says(kHappyBirthday));
    const Event giving = deed_with(kGive, hero, other, gift);
    t.tell(giving);
    if (t.chance(60))
      t.feels(other, t.chance(60) ? kJoy : kGrateful, giving);
    else
      t.shows(other, kGladMoods);
    thank(t, other, hero);
  }
  if (t.chance(60)) use(t, other, gift);
  close_story(t, hero, other);
}

// Two want one thing.
void quarrel(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kHomely | kYard | kTrees | kSoil | kSand);
  open_story(t, hero, place);
  const uint8_t other = t.chance(50) ? t.kin_of(hero, t.one_of<std::string_view>({"brother", "sister", "cousin"})) : t.friend_of(hero);
  meet(t, hero, other);
  const uint8_t item = t.thing_where(
      [](const Thing& x) { return (x.tags & (kToy | kMusic | kBook)) && x.use != Use::kIdle && x.harm != Break::kSound && !(x.tags & kHeavy); });
  const auto purpose = static_cast<uint16_t>(t.facts.thing(item).use);
  t.tell({.pred = kLies, .t = item, .s = t.spot(place)});
  t.want({.pred = kUse, .a = hero, .t = item, .w = purpose});
  t.want({.pred = kUse, .a = other, .t = item, .w = purpose});
  Event fight = both(deed(kQuarrel, hero), other);
  if (t.chance(70)) fight.t = item;
  t.tell(fight);
  t.feels(t.chance(50) ? hero : other, kAngry, fight);
  t.paragraph();
  if (t.chance(50)) {
    const Event mishap{.pred = kBreak, .t = item, .w = static_cast<uint16_t>(t.facts.thing(item).harm)};
    t.suddenly();
    t.tell(mishap);
    t.say(hero, other, says(kOhNo));
    t.shows(hero, kLowMoods);
    make_up(t, hero, other);
    if (t.chance(60)) make_up(t, other, hero);
    t.tell(deed_with(kTake, hero, item));
    mend(t, hero, item, 0);
    travel(t, hero, place);
    use(t, hero, item);
    t.tell(deed_with(kGive, hero, other, item));
  } else {
    const uint8_t elder = t.kin_of(hero, t.one_of<std::string_view>({"mother", "father", "grandmother", "grandfather", "aunt", "uncle"}));
    meet(t, hero, elder);
    t.say(elder, hero, says(kWhatIsWrong));
    t.say(hero, elder, {.pred = kIAm, .w = t.feeling(kAngry)});
    t.say(elder, hero, t.chance(50) ? says(kCheerUp) : meant(Mode::kForbid, deed(kRefuse, hero, other)));
    make_up(t, hero, other);
    if (t.chance(60)) make_up(t, other, hero);
    t.tell(deed_with(kTake, hero, item));
    use(t, hero, item);
    t.tell(deed_with(kGive, hero, other, item));
    use(t, other, item);
  }
  if (t.near(hero, other) && t.chance(60)) t.tell(play(hero, other, game_at(t, t.person(hero).at)));
  close_story(t, hero, other);
}

// Something is broken and hidden; telling is harder than hiding.
void confession(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kHomely, kOutdoors);
  open_story(t, hero, place);
  const uint8_t owner = family(t, hero);
  meet(t, hero, owner);
  const uint8_t treasure = t.thing_where([](const Thing& x) {
    return x.harm != Break::kSound && (x.tags & (kVessel | kGem | kClay | kGlass | kGift)) && !(x.tags & (kHeavy | kLockable | kNature | kFood));
  });
  own(t, owner, treasure);
  t.tell(deed_spot(kPut, owner, treasure, t.spot(place)));
  const uint8_t away = t.site(kShop | kYard | kSoil | kWater);
  t.tell(deed_at(kGo, owner, away));
  t.paragraph();
  if (t.chance(60)) {
    const uint8_t toy =
        t.thing_where([](const Thing& x) { return x.use == Use::kBounce || x.use == Use::kRoll || x.use == Use::kThrow || x.use == Use::kSpin; });
    t.tell(deed_with(kHas, hero, toy));
    use(t, hero, toy);
  } else {
    t.tell(deed_word(kPlay, hero, game_at(t, place)));
  }
  const Event deed_done = deed_with(kBreak, hero, treasure);
  t.suddenly();
  t.tell(deed_done);
  t.feels(hero, kGuilty, deed_done);
  const Spot secret = t.spot(place);
  const bool hides = t.chance(60);
  if (hides)
    t.tell(deed_with(kTake, hero, treasure), deed_spot(kHide, hero, treasure, secret));
  else
    t.tell(deed(kWait, hero));
  t.paragraph();
  t.toward_evening();
  t.tell(deed_at(kReturn, owner, place));
  if (hides) {
    t.say(owner, hero, says_of(kWhereIs, treasure));
    if (t.chance(50)) t.shows(hero, mood(kGuilty) | mood(kWorried));
    t.say(hero, owner, {.pred = kItIs, .t = treasure, .s = secret}, meant(Mode::kHad, deed_done));
  } else {
    t.say(owner, hero, says(kWhatIsWrong));
    t.say(hero, owner, meant(Mode::kHad, deed_done));
  }
  t.say(hero, owner, says(kApology));
  t.say(owner, hero, says(kPardon));
  if (t.chance(60)) t.tell(deed(kHug, owner, hero));
  if (t.chance(60)) {
    t.tell(deed_with(kTake, hero, treasure));
    mend(t, hero, treasure, 0);
  }
  close_story(t, hero, owner);
}

// What is needed lies where the hero dares not go.
void fear(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.site(kHomely | kYard | kSchool | kShop);
  open_story(t, hero, start);
  const auto dread = t.choose(
      fears(), [](const Phrase&) { return true; }, "fear");
  const Event afraid = deed_word(kFear, hero, dread);
  t.tell(afraid);
  const uint8_t other = companion(t, hero);
  const uint8_t place = t.site(fears()[dread].tags);
  const uint8_t item = t.thing(kToy | kClothes | kGem | kBook | kTool, kHeavy | kPlural);
  const Spot where = t.spot(place);
  own(t, other, item);
  t.tell(deed_at(kGo, other, place));
  t.tell(deed_spot(kLeave, other, item, where));
  t.tell(deed_at(kReturn, other, start));
  const Event loss = deed_with(kMiss, other, item);
  t.tell(loss);
  t.shows(other, kLowMoods | mood(kWorried));
  t.paragraph();
  if (t.chance(60)) t.say(other, hero, meant(Mode::kBid, deed_with(kFind, hero, item)));
  t.say(hero, other, {.pred = kIFear, .w = dread});
  t.shows(hero, mood(kAfraid) | mood(kNervous));
  t.say(other, hero, says(kCheerUp));
  const bool together = t.chance(45);
  if (!together && t.chance(60)) {
    const uint8_t lamp = t.thing(kLight);
    t.tell(deed_with(kHas, other, lamp));
    t.tell(deed_with(kLend, other, hero, lamp));
  }
  travel(t, hero, place, together ? other : kNobody);
  t.shows(hero, mood(kAfraid) | mood(kNervous));
  t.tell(deed(kFace, hero));
  search(t, hero, item, where, static_cast<int>(t.pick(2)));
  t.feels(hero, t.chance(50) ? kPride : kBrave);
  t.paragraph();
  travel(t, hero, start, together ? other : kNobody);
  t.tell(deed_with(kGiveBack, hero, other, item));
  t.say(other, hero, says(kPraise));
  if (t.chance(60)) thank(t, other, hero);
  close_story(t, hero, other);
}

// Somebody new, and an empty place in a game.
void newcomer(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kSchool | kTrees | kSand, kDark);
  open_story(t, hero, place);
  const Event alone = deed_word(kFeel, hero, t.feeling(t.chance(60) ? kLonely : kShy));
  t.tell(alone);
  const uint8_t first = t.child();
  meet(t, hero, first);
  const uint8_t second = t.chance(60) ? t.child() : kNobody;
  const auto game = game_at(t, place);
  if (second != kNobody) {
    meet(t, hero, second);
    t.tell(play(first, second, game));
    t.tell(deed(kWatch, hero, t.chance(50) ? first : second));
  }
  if (t.chance(60)) t.shows(hero, t.facts.moods_of(hero) & (mood(kLonely) | mood(kShy)));
  t.paragraph();
  t.tell(deed(kWatch, first, hero));
  if (t.chance(50)) {
    t.say(first, hero, says(kGreet), says(kJoinUs));
  } else {
    t.say(first, hero, says(kJoinUs));
  }
  if (t.chance(25)) {
    t.say(hero, first, says(kNo));
    t.say(first, hero, meant(Mode::kPropose, play(first, hero, game)));
  }
  t.say(hero, first, says(kYes));
  t.tell(play(hero, first, game));
  if (t.chance(60)) {
    const auto next = game_at(t, place);
    t.later();
    t.tell(play(hero, second == kNobody ? first : second, next));
  }
  t.tell(both(deed_word(kFeel, hero, t.feeling(kJoy)), first));
  if (t.chance(60)) {
    const uint8_t treat = t.thing(kFruit | kSweet | kBaked, kHeavy | kPlural);
    t.tell(deed_with(kHas, first, treat));
    t.tell(deed_with(kShare, first, hero, treat));
    thank(t, hero, first);
  }
  t.tell(both(deed(kFriends, hero), first));
  close_story(t, hero, first);
}

void lesson(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kTrees | kSoil | kWater | kSchool | kBarn);
  open_story(t, hero, place);
  const auto skill = t.choose(
      skills(), [&](const Doing& d) { return (d.tags & t.setting) != 0; }, "skill");
  t.hope(deed_word(kLearn, hero, skill));
  const Event failure = deed_word(kFail, hero, skill);
  t.tell(failure);
  if (t.chance(60))
    t.feels(hero, kLetDown, failure);
  else
    t.shows(hero, kLowMoods | mood(kLetDown));
  t.paragraph();
  const uint8_t teacher = t.chance(50) ? t.kin_of(hero) : t.grown_up(place);
  meet(t, hero, teacher);
  confide(t, hero, teacher, failure);
  if (t.chance(50))
    t.say(teacher, hero, meant(Mode::kOffer, {.pred = kTeach, .a = teacher, .b = hero, .w = skill}));
  else
    t.say(hero, teacher, meant(Mode::kBid, {.pred = kTeach, .a = teacher, .b = hero, .w = skill})), t.say(teacher, hero, says(kYes));
  t.tell({.pred = kTeach, .a = teacher, .b = hero, .w = skill});
  t.tell(deed_word(kPractice, hero, skill));
  if (t.chance(50)) t.tell(failure), t.say(teacher, hero, says(kCheerUp));
  const int days = 1 + static_cast<int>(t.pick(2));
  for (int i = 0; i < days; ++i) {
    t.next_day();
    t.tell(deed_word(kPractice, hero, skill));
  }
  t.paragraph();
  t.finally();
  t.tell(deed_word(kLearn, hero, skill));
  t.feels(hero, t.chance(70) ? kPride : kJoy, deed_word(kLearn, hero, skill));
  t.say(teacher, hero, says(kPraise));
  if (t.chance(60)) thank(t, hero, teacher);
  close_story(t, hero, teacher);
}

void race(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kYard | kTrees | kSoil | kSand | kHigh, kIndoors);
  open_story(t, hero, place);
  const uint8_t other = t.friend_of(hero);
  meet(t, hero, other);
  const uint8_t goal = t.site(kTrees | kWater | kYard | kHigh | kSoil, kIndoors);
  const Event run = both(deed_at(kRace, hero, goal), other);
  t.say(other, hero, meant(Mode::kPropose, both(deed_at(kRace, other, goal), hero)));
  t.say(hero, other, says(t.chance(50) ? kYes : kGoodIdea));
  t.tell(run);
  const bool wins = t.chance(50);
  const uint8_t winner = wins ? hero : other, loser = wins ? other : hero;
  const Event victory = deed(kWin, winner);
  t.tell(victory);
  t.feels(winner, t.chance(60) ? kPride : kJoy, victory);
  t.tell(deed_word(kFeel, loser, t.feeling(kTired)));
  t.paragraph();
  if (t.chance(50)) {
    t.say(loser, winner, says(kPraise));
    if (t.chance(60)) {
      t.say(winner, loser, meant(Mode::kPropose, both(deed_at(kRace, winner, place), loser)));
      if (t.chance(50)) t.say(loser, winner, says(kYes)), t.tell(both(deed_at(kRace, winner, place), loser)), t.tell(deed(kWin, loser));
    }
  } else {
    const uint8_t prize = t.thing(kFruit | kSweet | kGem, kHeavy | kPlural);
    t.tell(deed_spot(kFind, winner, prize, t.spot(goal)));
    t.tell(t.facts.thing(prize).tags & kFood ? deed_with(kShare, winner, loser, prize) : deed_with(kGive, winner, loser, prize));
    thank(t, loser, winner);
  }
  if (t.chance(60)) t.tell(play(hero, other, game_at(t, t.person(hero).at)));
  t.tell(both(deed_word(kFeel, winner, t.feeling(kTired)), loser));
  close_story(t, hero, other);
}

void ill_friend(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t home = t.home();
  open_story(t, hero, home);
  const uint8_t patient = family(t, hero);
  meet(t, hero, patient);
  const Event ill = deed(kIll, patient);
  t.tell(ill);
  t.feels(patient, t.chance(50) ? kSad : kTired, ill);
  if (t.chance(60)) t.say(hero, patient, says(kCheerUp));
  const uint8_t cure = t.chance(60) ? t.thing(kDrink | kFruit, kHeavy | kPlural) : t.thing_called("medicine");
  t.paragraph();
  t.tell(deed_with(kNeed, hero, cure));
  if (t.chance(60)) t.hope(deed(kHelp, hero, patient));
  obtain(t, hero, cure, 1);
  t.paragraph();
  travel(t, hero, home);
  const Event giving = deed_with(kGive, hero, patient, cure);
  t.tell(giving);
  if (t.facts.thing(cure).tags & (kFood | kDrink)) t.tell(deed_with(kEat, patient, cure));
  thank(t, patient, hero);
  t.tell(deed(kSleep, patient));
  if (t.chance(50)) t.tell(deed(kWait, hero));
  t.next_day();
  t.tell(deed(kWake, patient));
  t.tell(deed(kWell, patient));
  t.feels(patient, t.chance(50) ? kJoy : kRelief);
  if (t.chance(60)) t.tell(play(hero, patient, game_at(t, home)));
  close_story(t, hero, patient);
}

// An animal cannot get free.
void rescue(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kTrees | kSoil | kWater | kRocks | kYard, kIndoors);
  open_story(t, hero, place);
  const bool known = t.chance(35) && !t.animals();
  uint8_t animal = kNobody;
  if (known) {
    animal = t.pet_of(hero);
    t.tell(deed(kKin, hero, animal));
  } else {
    t.suddenly();
    t.tell(deed_word(kHear, hero,
                     t.choose(
                         noises(), [](const Phrase& p) { return (p.tags & 1) != 0; }, "noise")));
    if (t.chance(50)) t.feels(hero, kCurious);
    animal = t.animal(0, kBig);
  }
  t.tell(deed(kMeet, hero, animal));
  const Event stuck{.pred = kStuck, .a = animal, .s = t.spot(place)};
  t.tell(stuck);
  t.tell(deed_word(kFeel, animal, t.feeling(kAfraid)));
  if (t.chance(60)) t.fail(deed(kFree, hero, animal));
  t.paragraph();
  Event freeing = deed(kFree, hero, animal);
  if (t.chance(70)) {
    const uint8_t tool = t.thing_called(t.one_of<std::string_view>({"rope", "ladder", "stick", "blanket", "basket", "net"}));
    t.tell(deed_with(kNeed, hero, tool));
    if (t.chance(50)) t.tell(deed(kIdea, hero));
    obtain(t, hero, tool, 1);
    travel(t, hero, place);
    freeing.u = tool;
  } else {
    const uint8_t helper = t.chance(50) ? t.kin_of(hero) : t.friend_of(hero);
    meet(t, hero, helper);
    t.say(hero, helper, meant(Mode::kBid, deed(kHelp, helper, hero)));
    t.say(helper, hero, says(kYes));
    t.tell(deed(kHelp, helper, hero));
  }
  t.finally();
  t.tell(freeing);
  t.paragraph();
  t.feels(hero, t.chance(50) ? kPride : kJoy, freeing);
  t.tell(deed_word(kPrank, animal,
                   t.choose(
                       pranks(), [](const Doing& d) { return d.tags == 0; }, "prank")));
  if (t.chance(60)) {
    const Tags diet = species()[t.person(animal).species].diet;
    const uint8_t food = t.thing_where(
        [&](const Thing& x) { return (x.tags & diet) && (x.tags & (kFood | kNature | kSeed)) && !(x.tags & (kHeavy | kPlural)); }, true);
    t.tell(deed_with(kHas, hero, food));
    t.tell(deed_with(kGive, hero, animal, food));
    t.tell(deed_with(kEat, animal, food));
  }
  close_story(t, hero, animal);
}

// Too heavy for one.
void heavy_thing(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kSoil | kYard | kBarn | kSand | kTrees);
  open_story(t, hero, place);
  const uint8_t load = t.thing(kHeavy, kMass);
  t.tell({.pred = kLies, .t = load, .s = t.spot(place)});
  if (t.chance(60)) t.want(deed_with(kMove, hero, load));
  const Event pull = deed_with(kPull, hero, load);
  t.tell(pull);
  if (t.chance(60)) t.feels(hero, t.chance(50) ? kTired : kLetDown, pull);
  const int helpers = 1 + static_cast<int>(t.pick(3));
  uint8_t last = kNobody;
  t.paragraph();
  for (int i = 0; i < helpers; ++i) {
    const uint8_t helper = i == 0 || t.chance(50) ? t.child() : t.kin_of(hero);
    meet(t, hero, helper);
    t.say(hero, helper, says_of(kTooHeavy, load), meant(Mode::kBid, deed(kHelp, helper, hero)));
    t.say(helper, hero, says(kYes));
    if (t.chance(60)) t.say(hero, helper, says(kPullNow));
    last = helper;
    if (i + 1 < helpers) t.tell(both(pull, helper));
  }
  t.finally();
  const Event moved = both(deed_with(kMove, hero, load), last);
  t.tell(moved);
  t.paragraph();
  t.tell(both(deed_word(kFeel, hero, t.feeling(kPride)), last));
  thank(t, last, hero);
  close_story(t, hero, last);
}

// A good turn comes back.
void good_turn(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t place = t.site(kTrees | kSoil | kWater | kYard, kIndoors);
  open_story(t, hero, place);
  const uint8_t item = t.thing(kToy | kClothes | kGem | kBook, kHeavy | kPlural);
  own(t, hero, item);
  const uint8_t animal = t.animals() ? t.child() : t.animal(0, kBig | kPet);
  meet(t, hero, animal);
  const Event hungry = deed_word(kFeel, animal, t.feeling(kHungry));
  t.tell(hungry);
  const Tags diet = species()[t.person(animal).species].diet;
  const uint8_t food =
      t.thing_where([&](const Thing& x) { return (x.tags & diet) && (x.tags & (kFood | kNature | kSeed)) && !(x.tags & (kHeavy | kPlural)); }, true);
  t.tell(deed_with(kHas, hero, food));
  t.tell(deed_with(kGive, hero, animal, food));
  t.tell(deed_with(kEat, animal, food));
  if (t.animals()) thank(t, animal, hero);
  t.paragraph();
  const Event loss = deed_with(t.facts.sky & (kWind | kStorm) ? kBlow : kLose, hero, item);
  t.later();
  t.tell(loss);
  t.feels(hero, t.chance(50) ? kSad : kWorried, loss);
  if (t.chance(60)) t.tell(deed_with(kLookFor, hero, item));
  t.suddenly();
  const Spot where = t.spot(place);
  t.tell(deed_spot(kFind, animal, item, where));
  t.tell(deed_with(kGiveBack, animal, hero, item));
  t.shows(hero, kGladMoods);
  if (t.chance(60)) t.tell(deed(kThank, hero, animal));
  if (t.chance(50)) t.tell(both(deed(kFriends, hero), animal));
  close_story(t, hero, animal);
}

// Nobody has time to play, until the work is shared.
void busy_friend(Teller& t) {
  const uint8_t hero = t.child();
  const uint8_t start = t.site(kHomely | kYard | kTrees | kSoil);
  open_story(t, hero, start);
  t.tell(deed_word(kFeel, hero, t.feeling(kBored)));
  const uint8_t place = t.site(kBarn | kShop | kYard | kSoil | kWater, kDark);
  const auto game = game_at(t, place);
  travel(t, hero, place);
  const uint8_t other = t.chance(40) ? t.kin_of(hero) : t.friend_of(hero);
  meet(t, hero, other);
  greet(t, hero, other);
  t.say(hero, other, meant(Mode::kPropose, play(hero, other, game)));
  t.say(other, hero, says(kNo));
  const auto chore = t.choose(
      chores(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(place)) != 0; }, "chore");
  t.say(other, hero, meant(Mode::kPlan, deed_word(kChore, other, chore)));
  t.feels(hero, kLetDown);
  t.paragraph();
  t.tell(deed(kIdea, hero));
  t.say(hero, other, meant(Mode::kOffer, deed(kHelp, hero, other)));
  if (t.chance(60)) t.say(other, hero, says(kYes));
  t.tell(both(deed_word(kChore, hero, chore), other));
  const Event help = deed(kHelp, hero, other);
  t.tell(help);
  thank(t, other, hero);
  t.paragraph();
  t.later();
  t.tell(play(hero, other, game));
  t.tell(both(deed_word(kFeel, hero, t.feeling(kJoy)), other));
  close_story(t, hero, other);
}

constexpr Plot kPlots[] = {
    {"birthday gift", birthday_gift, kAnywhere, 12},
    {"quarrel", quarrel},
    {"confession", confession, kPeopled},
    {"fear", fear},
    {"newcomer", newcomer},
    {"lesson", lesson},
    {"race", race, kAnywhere, 7},
    {"ill friend", ill_friend},
    {"rescue", rescue, kAnywhere, 12},
    {"heavy thing", heavy_thing, kAnywhere, 8},
    {"good turn", good_turn},
    {"busy friend", busy_friend, kAnywhere, 8},
};

}  // namespace

std::span<const Plot> plots_of_people() { return kPlots; }

}  // namespace gimbal::world
