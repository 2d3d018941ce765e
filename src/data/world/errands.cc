// The pieces.
#include "data/world/errands.h"

namespace gimbal::world {

using enum Pred;
using enum Mood;

namespace {

Tags likely_sky(Teller& t) {
  switch (t.setting) {
    case kDesert:
      return t.one_of({kSunny, kSunny, kWind});
    case kMountain:
      return t.one_of({kSunny, kSnow, kSnow, kFog, kWind, kCloudy});
    case kSea:
      return t.one_of({kSunny, kWind, kWind, kFog, kStorm, kCloudy, kRain});
    case kJungle:
      return t.one_of({kSunny, kSunny, kRain, kFog, kStorm});
    default:
      return t.one_of({kSunny, kSunny, kSunny, kCloudy, kWind, kRain, kFog, kSnow});
  }
}

Event air(Teller& t) {
  const Tags sky = likely_sky(t);
  const auto w = t.choose(
      skies(), [&](const Phrase& s) { return s.tags == sky; }, "sky");
  return {.pred = kWeather, .w = w, .n = static_cast<uint8_t>(t.chance(65) ? 1 : t.chance(50) ? 3 : 2)};
}

uint16_t hobby(Teller& t) {
  return t.choose(
      hobbies(), [&](const Doing& d) { return (d.tags & t.setting) != 0; }, "hobby");
}

}  // namespace

void open_story(Teller& t, uint8_t hero, uint8_t place) {
  const Event there = deed_at(kAt, hero, place);
  const bool in_the_midst = t.chance(28);
  if (in_the_midst) {
    if (t.chance(60)) {
      const Event day = air(t);
      if (t.chance(50))
        t.tell(day), t.maybe_scene(20), t.tell(there);
      else
        t.tell(day, there);
    } else {
      t.moment(t.one_of<std::string_view>({"one morning", "one afternoon", "one day", "early one morning"}));
      t.tell(there);
    }
  } else {
    if (t.chance(45)) t.moment("once");
    t.tell(deed(kThereWas, hero));
  }
  const auto home = t.choose(
      dwellings(), [&](const Phrase& d) { return d.tags == t.setting; }, "dwelling");
  if (t.person(hero).traits[0] == kNobody && t.chance(35)) {
    const Event is = deed_word(kTrait, hero, t.common(traits().size()));
    if (t.chance(50))
      t.tell(deed_word(kDwell, hero, home), is);
    else
      t.tell(is);
  } else if (t.chance(50)) {
    t.tell(deed_word(kDwell, hero, home));
  }
  if (t.chance(45)) t.likes(hero, hobby(t));
  if (!in_the_midst) {
    if (t.chance(72)) {
      const Event day = air(t);
      if (t.chance(60))
        t.tell(day), t.maybe_scene(20), t.tell(there);
      else
        t.tell(day, there);
    } else {
      t.moment(t.one_of<std::string_view>({"one morning", "one afternoon", "one day", "early one morning"}));
      t.tell(there);
    }
  }
  t.maybe_scene(35);
}

void own(Teller& t, uint8_t who, uint8_t item) {
  t.tell(deed_with(kHas, who, item));
  uint8_t look = kNobody;
  const Tags tags = t.facts.thing(item).tags;
  if (t.chance(25)) {
    for (int tries = 0; tries < 20 && look == kNobody; ++tries) {
      const auto i = t.common(adjectives().size());
      const Adjective& a = adjectives()[i];
      if ((a.things & tags) && a.family != Family::kMaterial && a.text != "favorite" && a.text != "new" &&
          t.facts.items[item].adjectives[static_cast<size_t>(a.family)] == kNobody && t.facts.thing(item).name.find(a.text) == std::string_view::npos)
        look = static_cast<uint8_t>(i);
    }
    if (look != kNobody) t.tell({.pred = kLooks, .t = item, .w = look});
  } else if (usable(t, item) && t.chance(35)) {
    use(t, who, item);
  }
}

bool usable(const Teller& t, uint8_t item) { return t.facts.thing(item).use != Use::kIdle; }

void use(Teller& t, uint8_t who, uint8_t item) {
  if (usable(t, item)) t.tell({.pred = kUse, .a = who, .t = item, .w = static_cast<uint16_t>(t.facts.thing(item).use)});
}

void meet(Teller& t, uint8_t who, uint8_t other) {
  t.tell(deed(kMeet, who, other));
  if (t.person(other).traits[0] == kNobody && t.chance(18)) t.tell(deed_word(kTrait, other, t.common(traits().size())));
}

void greet(Teller& t, uint8_t a, uint8_t b) {
  if (t.chance(45)) return;
  t.say(a, b, says(kGreet));
  if (t.chance(55)) t.say(b, a, says(kGreet));
}

void travel(Teller& t, uint8_t who, uint8_t to, uint8_t with) {
  if (t.at(who, to)) return;
  const auto together = [&](Event e) { return both(e, with); };
  if (to == t.home() || t.chance(62)) {
    const bool been = t.person(who).been >> to & 1 && (with == kNobody || (t.person(with).been >> to & 1));
    t.tell(together(deed_at(been && t.chance(70) ? kReturn : kGo, who, to)));
    t.maybe_scene(25);
    return;
  }
  t.tell(together(deed_at(kSetOff, who, to)));
  if (t.chance(70)) {
    const auto obstacle = t.choose(
        obstacles(), [&](const Phrase& o) { return (o.tags & t.facts.settings & t.setting) != 0; }, "obstacle");
    const Tags ways = obstacles()[obstacle].more;
    const auto way = t.choose(
        ways_past(), [&](const Doing& d) { return (ways >> (&d - ways_past().data()) & 1) != 0; }, "way");
    const Event blocked{.pred = kBlocked, .w = obstacle}, pass = together(deed_word(kPass, who, way));
    if (t.chance(40)) t.suddenly();
    if (t.chance(45))
      t.but(blocked, pass);
    else
      t.tell(blocked), t.tell(pass);
  }
  if (t.chance(35)) t.finally();
  t.tell(together(deed_at(kArrive, who, to)));
  t.maybe_scene(30);
}

void search(Teller& t, uint8_t who, uint8_t item, Spot where, int wrong_spots) {
  const uint8_t site = t.person(who).at;
  std::vector<Spot> tried = {where};
  if (t.chance(60)) t.tell(deed_with(kLookFor, who, item));
  for (int i = 0; i < wrong_spots; ++i) {
    const Spot s = t.spot(site);
    bool again = false;
    for (const Spot& x : tried) again |= x == s;
    if (again) continue;
    tried.push_back(s);
    const Event look{.pred = kLookIn, .a = who, .s = s}, nothing{.pred = kNotThere, .t = item};
    if (t.chance(70))
      t.but(look, nothing);
    else
      t.tell(look), t.tell(nothing);
  }
  if (wrong_spots > 0 && t.chance(50))
    t.finally();
  else if (t.chance(25))
    t.suddenly();
  t.tell(deed_spot(kFind, who, item, where));
}

void thank(Teller& t, uint8_t who, uint8_t whom) {
  if (!(t.person(who).owes >> whom & 1) || !t.near(who, whom)) return;
  if (t.chance(45)) {
    t.tell(deed(kThank, who, whom));
    return;
  }
  t.say(who, whom, says(kThanks));
  if (t.chance(45)) t.say(whom, who, says(kWelcome));
}

namespace {

bool grows(const Thing& thing) { return (thing.tags & (kNature | kFruit | kVegetable | kSeed)) && !(thing.tags & kHeavy); }

Tags where_it_grows(const Thing& thing) {
  if (thing.name == "seashell" || thing.name == "starfish" || thing.name == "driftwood") return kSand;
  if (thing.tags & (kFruit | kVegetable | kSeed)) return kTrees | kSoil;
  return kTrees | kSoil;
}

// Works for the owner, who then hands the thing over.
void earn(Teller& t, uint8_t who, uint8_t owner) {
  const Tags here = t.facts.place_tags(t.person(who).at);
  const auto chore = t.choose(
      chores(), [&](const Doing& d) { return (d.tags & here) != 0; }, "chore");
  const Event work = deed_word(kChore, who, chore);
  t.say(owner, who, meant(Mode::kBid, work));
  t.say(who, owner, says(kYes));
  if (t.chance(40))
    t.tell(work, deed(kHelp, who, owner));
  else
    t.tell(work);
  if (t.chance(35)) t.say(owner, who, says(kPraise));
}

void ask_around(Teller& t, uint8_t who, uint8_t item, int depth) {
  const uint8_t place = t.site(kShop | kBarn | kHall | kHomely | kSoil | kYard | kSchool | kWater);
  travel(t, who, place);
  const uint8_t owner = t.grown_up(place);
  meet(t, who, owner);
  greet(t, who, owner);
  if (t.chance(30))
    t.say(who, owner, says_of(kINeed, item), says_of(kDoYouHave, item));
  else
    t.say(who, owner, says_of(kDoYouHave, item));
  if (depth > 0 && t.chance(22)) {
    t.say(owner, who, says(kNo));
    if (t.chance(50)) t.feels(who, kLetDown);
    return obtain(t, who, item, depth - 1);
  }
  t.say(owner, who, says_of(kIHave, item));
  const uint32_t bargain = t.pick(depth > 0 ? 10 : 6);
  if (bargain >= 6) {
    const uint8_t price = t.thing(kFood | kDrink | kTool | kNature, kHeavy | kPlural, true);
    t.say(owner, who, {.pred = kWantsFor, .t = item, .u = price});
    obtain(t, who, price, depth - 1);
    travel(t, who, place);
    t.tell({.pred = kTrade, .a = who, .b = owner, .t = price, .u = item});
    return;
  }
  if (bargain >= 4)
    earn(t, who, owner);
  else if (t.chance(50))
    t.say(owner, who, says_of(kTakeIt, item));
  t.tell(deed_with(kGive, owner, who, item));
  thank(t, who, owner);
}

void find_somewhere(Teller& t, uint8_t who, uint8_t item) {
  const Thing& noun = t.facts.thing(item);
  if (grows(noun) && t.chance(80)) {
    const uint8_t place = t.site(where_it_grows(noun), kIndoors);
    travel(t, who, place);
    t.tell(deed_with(kPick, who, item));
    return;
  }
  const uint8_t place = t.site(kBarn | kHomely | kYard | kShop | kRocks | kTrees | kSand);
  travel(t, who, place);
  search(t, who, item, t.spot(place), static_cast<int>(t.pick(3)));
}

}  // namespace

void obtain(Teller& t, uint8_t who, uint8_t item, int depth) {
  if (t.facts.holds(who, item)) return;
  if (grows(t.facts.thing(item)) ? t.chance(65) : t.chance(28))
    find_somewhere(t, who, item);
  else
    ask_around(t, who, item, depth);
}

void mend(Teller& t, uint8_t who, uint8_t item, int depth) {
  const Cure cure = cure_for(t.facts.thing(item).harm);
  const auto w = static_cast<uint16_t>(cure);
  if (!t.animals() && t.chance(40)) {
    const uint8_t mender = t.mender(cure);
    travel(t, who, t.site(jobs()[t.person(mender).job].places & ~kAnywhere));
    meet(t, who, mender);
    greet(t, who, mender);
    const Event fix{.pred = kMend, .a = mender, .t = item};
    t.say(who, mender, says_of(kIsBroken, item), meant(Mode::kBid, fix));
    t.say(mender, who, says(kYes));
    Event mended = fix;
    if (t.chance(50)) mended.w = w;
    t.tell(mended);
    thank(t, who, mender);
    return;
  }
  const auto tools = cure_tools(cure);
  std::string_view name;
  for (int tries = 0; tries < 8 && name.empty(); ++tries) {
    const auto candidate = tools[t.pick(tools.size())];
    if (!t.animals() || (things()[thing_named(candidate)].tags & kWild)) name = candidate;
  }
  if (name.empty()) throw Stuck{"tool"};
  const uint8_t tool = t.thing_called(name);
  if (t.facts.items[tool].introduced) throw Stuck{"tool"};
  t.tell(deed_with(kNeed, who, tool));
  obtain(t, who, tool, depth);
  if (t.chance(40)) t.later();
  t.tell({.pred = kMend, .a = who, .t = item, .u = tool, .w = w});
}

void confide(Teller& t, uint8_t sad, uint8_t other, const Event& cause) {
  const Tags trouble = t.facts.moods_of(sad) & kTroubledMoods;
  if (!trouble) return;
  t.say(other, sad, says(kWhatIsWrong));
  const auto word = t.choose(
      feelings(), [&](const Phrase& f) { return (f.tags & trouble) != 0; }, "feeling");
  const Event past = meant(Mode::kHad, cause);
  if (t.chance(50))
    t.say(sad, other, {.pred = kIAm, .w = word}, past);
  else
    t.say(sad, other, past);
  if (t.chance(60))
    t.say(other, sad, says(kCheerUp));
  else
    t.tell(deed(t.chance(60) ? kComfort : kHug, other, sad));
}

void close_story(Teller& t, uint8_t hero, uint8_t other) {
  const Tags glad = t.facts.moods_of(hero) & kGladMoods;
  const bool here = other != kNobody && t.near(hero, other);
  if (glad && !t.just_felt(hero) && t.chance(65)) {
    const auto w = t.choose(
        feelings(), [&](const Phrase& f) { return (f.tags & glad) != 0; }, "feeling");
    if (here && (t.facts.moods_of(other) & feelings()[w].tags) && t.chance(50))
      t.tell(both(deed_word(kFeel, hero, w), other));
    else
      t.tell(deed_word(kFeel, hero, w));
  } else if (glad) {
    t.shows(hero, glad);
  }
  if (here && t.chance(30)) t.tell(deed(kHug, hero, other));
  if (here && !t.person(other).kin_of && t.chance(25)) t.tell(both(deed(kFriends, hero), other));
  const int end = static_cast<int>(t.pick(10));
  if (end < 5 && t.facts.themes) {
    const auto moral = t.choose(
        morals(), [&](const Phrase& m) { return (m.tags & t.facts.themes) != 0; }, "moral");
    if (t.chance(35)) t.finally();
    t.tell(deed_word(kMoral, hero, moral));
    if (t.chance(60)) return;
  }
  if (end > 2 && t.person(hero).at < kMaxSites && !t.person(hero).ill) {
    const uint8_t home = t.home();
    t.toward_evening();
    if (!t.at(hero, home) && t.facts.home_of == hero)
      t.tell(deed_at(kGo, hero, home));
    else
      t.tell(deed_word(kRest, hero,
                       t.choose(
                           rests(), [&](const Doing& d) { return (d.tags & t.facts.place_tags(t.person(hero).at)) != 0; }, "rest")));
    t.maybe_scene(50);
    if (t.chance(50)) {
      if (t.facts.hour < kNight && t.facts.hour >= kEvening && t.chance(50)) t.moment("that night");
      t.tell(deed(kSleep, hero));
    } else if (here && t.chance(50)) {
      t.tell({.pred = kThinkOf, .a = hero, .b = other});
    }
  }
}

}  // namespace gimbal::world
