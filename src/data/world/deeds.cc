// What each deed takes for granted and what it changes.
#include "data/world/facts.h"

namespace gimbal::world {
namespace {

using enum Mood;

constexpr uint16_t kHomeNoun = 0;  // places()[0] is home

uint8_t bit(uint8_t who) { return static_cast<uint8_t>(1u << who); }

bool lives_with(const Facts& f, uint8_t who, uint8_t host) {
  if (host == kNobody || who == host) return true;
  const Person& p = f.people[who];
  return p.kin_of == host && (p.kin == kNobody || kin()[p.kin].text == "brother" || kin()[p.kin].text == "sister" || (kin()[p.kin].more != 0 && p.kin < 7));
}

bool may_enter(const Facts& f, uint8_t who, uint8_t site) { return f.sites[site].noun != kHomeNoun || lives_with(f, who, f.home_of); }

// Within reach of somebody: held, lying in the same place, or in something open that is within reach.
bool in_reach(const Facts& f, uint8_t who, uint8_t item, int depth = 0) {
  const Item& it = f.items[item];
  if (it.where == Where::kHeld) return it.holder == who;
  if (it.where == Where::kLying || it.where == Where::kGrowing) return it.holder == f.people[who].at;
  return it.where == Where::kInside && depth < 2 && f.items[it.holder].open && in_reach(f, who, it.holder, depth + 1);
}

const char* move_to(Facts& f, uint8_t who, uint8_t to, uint8_t with = kNobody) {
  Person& p = f.people[who];
  if (p.stuck) return "is stuck";
  if (p.ill) return "is ill in bed";
  if (!may_enter(f, who, to) && (with == kNobody || !may_enter(f, with, to))) return "does not live there";
  p.hidden = {};
  if (p.plan.pred == Pred::kGo && p.plan.p != to) return "meant to go elsewhere";
  if (p.plan.p == to) p.plan = {};
  if (p.at == to) return "is there already";
  return nullptr;
}

void stand(Facts& f, uint8_t who, uint8_t site) {
  f.people[who].at = site;
  f.people[who].dest = kNobody;
  f.people[who].been |= static_cast<uint16_t>(1u << site);
  f.scene = site;
}

void spoil(Facts& f, uint8_t item, uint8_t by) {
  const uint8_t owner = f.items[item].owner;
  f.stir(owner, mood(kSad) | (by != owner && by != kNobody ? mood(kAngry) : 0));
  if (by == kNobody || by == owner || owner == kNobody) return;
  f.stir(by, mood(kGuilty) | mood(kWorried));
  f.people[by].wronged |= bit(owner);
}

void oblige(Facts& f, uint8_t debtor, uint8_t helper) {
  if (debtor != kNobody && debtor != helper) f.people[debtor].owes |= bit(helper);
}

const char* change_tally(Facts& f, uint8_t who, int by) {
  int16_t& tally = f.people[who].tally;
  if (tally < 0) return "has not been counted";
  if (tally + by < 0) return "does not have so many";
  tally = static_cast<int16_t>(tally + by);
  return nullptr;
}

// Where `needed` names in or out of doors, that must hold besides one of the other qualities.
bool suits(Tags place, Tags needed) {
  const Tags doors = needed & (kIndoors | kOutdoors), rest = needed & ~(kIndoors | kOutdoors);
  return (doors == 0 || (place & doors)) && (rest == 0 || (place & rest));
}

// Journeys.
const char* travel(Facts& f, const Event& e, uint8_t who) {
  Person& p = f.people[who];
  switch (e.pred) {
    case Pred::kAt:
      if (p.at != kNobody && p.at != e.p) return "is somewhere else";
      if (p.at == kNobody) stand(f, who, e.p);
      if (f.home_of == kNobody) f.home_of = who;
      f.scene = e.p;
      return nullptr;
    case Pred::kReturn:
      if (!(p.been >> e.p & 1)) return "was never there";
      [[fallthrough]];
    case Pred::kCarry:
    case Pred::kGo:
      if (e.pred == Pred::kCarry && !f.holds(e.a, e.t)) return "does not have it";
      if (p.at == kRoad && p.dest != e.p) return "is on the way elsewhere";
      if (p.at == kRoad && f.obstacle != kNoWord) return "the way is still blocked";
      if (const char* wrong = move_to(f, who, e.p, who == e.a ? e.a2 : e.a)) return wrong;
      stand(f, who, e.p);
      return nullptr;
    case Pred::kSetOff:
      if (p.at == kRoad) return "has set off already";
      if (const char* wrong = move_to(f, who, e.p, who == e.a ? e.a2 : e.a)) return wrong;
      p.at = kRoad;
      p.dest = e.p;
      f.stir(who, mood(kTired));
      return nullptr;
    case Pred::kArrive:
      if (p.at != kRoad || p.dest != e.p) return "was not on the way there";
      if (f.obstacle != kNoWord) return "the way is still blocked";
      stand(f, who, e.p);
      return nullptr;
    case Pred::kFollow:
    case Pred::kCome: {
      const uint8_t to = f.people[e.b].at;
      if (to == kNobody) return "nobody knows where that is";
      if (p.at == to && to != kRoad) return "is there already";
      if (p.stuck || p.ill) return "cannot go anywhere";
      if (to == kRoad) {
        p.at = kRoad;
        p.dest = f.people[e.b].dest;
      } else {
        stand(f, who, to);
      }
      return nullptr;
    }
    default: return "is no journey";
  }
}

const char* handle(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const Thing& noun = f.thing(e.t);
  const uint8_t a = e.a;
  switch (e.pred) {
    case Pred::kHas:
      if (it.where != Where::kUnknown && !f.holds(a, e.t)) return "somebody else has it";
      f.give_to(e.t, a);
      if (it.owner == kNobody) it.owner = a;
      return it.owner == a ? nullptr : "it belongs to another";
    case Pred::kHolding: return f.holds(a, e.t) ? nullptr : "does not have it";
    case Pred::kBelongs:
      if (it.owner == kNobody) it.owner = a;
      return it.owner == a ? nullptr : "it belongs to another";
    case Pred::kLies: {
      const uint8_t site = e.p != kNobody ? e.p : f.scene;
      if (site >= kMaxSites) return "nobody knows where that is";
      if (e.s && !f.furnished(site, e.s)) return "there is no such thing there";
      if (it.where == Where::kLying ? it.holder != site || (e.s && it.spot && it.spot != e.s) : it.where != Where::kUnknown && it.where != Where::kLost) return "it is elsewhere";
      f.lay(e.t, site, e.s);
      f.scene = site;
      return nullptr;
    }
    case Pred::kLooks: {
      const Adjective& adjective = adjectives()[e.w];
      uint8_t& known = it.adjectives[static_cast<size_t>(adjective.family)];
      if (known != kNobody && known != e.w) return "looks different";
      if (!(adjective.things & noun.tags)) return "cannot look like that";
      known = static_cast<uint8_t>(e.w);
      return nullptr;
    }
    case Pred::kNeed:
      if (f.holds(a, e.t)) return "has it already";
      f.people[a].want = {.pred = Pred::kHolding, .mode = Mode::kWant, .a = a, .t = e.t};
      return nullptr;
    case Pred::kTake:
      if (f.holds(a, e.t)) return "has it already";
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (e.s && it.spot && e.s != it.spot) return "it is elsewhere";
      f.give_to(e.t, a);
      return nullptr;
    case Pred::kPick: {
      const uint8_t at = f.people[a].at;
      if (it.where == Where::kLying && it.holder != at) return "it is elsewhere";
      if (it.where != Where::kUnknown && it.where != Where::kLying) return "it does not grow there";
      if (at >= kMaxSites || !(f.place_tags(at) & (kTrees | kSoil | kWater | kSand | kRocks))) return "nothing grows there";
      f.give_to(e.t, a);
      it.owner = a;
      return nullptr;
    }
    case Pred::kLose:
    case Pred::kBlow:
      if (!f.holds(a, e.t)) return "does not have it";
      if (e.pred == Pred::kBlow && f.sky != 0 && !(f.sky & (kWind | kStorm))) return "there is no wind";
      it.where = Where::kLost;
      f.stir(it.owner, mood(kSad) | mood(kWorried));
      if (it.owner != a) spoil(f, e.t, a);
      return nullptr;
    case Pred::kMiss:
      if (it.owner != a && !f.holds(a, e.t)) return "it belongs to another";
      if (it.where == Where::kHeld && it.holder != a) return "somebody else has it";
      if (it.where != Where::kLying) it.where = Where::kLost;
      f.stir(a, mood(kSad) | mood(kWorried) | mood(kPuzzled));
      return nullptr;
    case Pred::kLeave:
      if (!f.holds(a, e.t)) return "does not have it";
      if (f.people[a].at >= kMaxSites) return "is nowhere";
      if (e.s && !f.furnished(f.people[a].at, e.s)) return "there is no such thing there";
      f.lay(e.t, f.people[a].at, e.s);
      return nullptr;
    case Pred::kHide:
    case Pred::kPut:
      if (!f.holds(a, e.t)) return "does not have it";
      if (!f.furnished(f.people[a].at, e.s)) return "there is no such thing there";
      f.lay(e.t, f.people[a].at, e.s);
      return nullptr;
    case Pred::kLookFor:
      if (it.where == Where::kHeld && it.holder == a) return "has it already";
      if (it.where == Where::kGone) return "it is gone";
      f.themes |= theme(kSearching);
      return nullptr;
    case Pred::kKnowNot: return it.where == Where::kHeld && it.holder == a ? "has it already" : nullptr;
    case Pred::kSee:
    case Pred::kFind: {
      if (it.where == Where::kHeld || it.where == Where::kGone || it.where == Where::kGrowing) return "it cannot be there";
      const uint8_t at = f.people[a].at;
      if (it.where == Where::kLying && it.holder != at) return "it is elsewhere";
      if (it.where == Where::kLying && it.spot && e.s && it.spot != e.s) return "it is elsewhere";
      if (it.where == Where::kInside && !in_reach(f, a, e.t)) return "it is elsewhere";
      if (at == kNobody || (e.s && !f.furnished(at, e.s))) return "there is no such thing there";
      if (e.pred == Pred::kSee) {
        if (at != kRoad && it.where != Where::kInside) f.lay(e.t, at, e.s ? e.s : it.spot);
        f.stir(a, mood(kCurious) | mood(kSurprised));
        return nullptr;
      }
      f.give_to(e.t, a);
      f.stir(a, mood(kJoy) | (it.owner == kNobody ? mood(kCurious) | mood(kSurprised) : mood(kRelief)));
      it.found = true;
      f.last_found = e.t;
      return nullptr;
    }
    case Pred::kNotThere:
      if (!f.looked_in) return "nobody looked anywhere";
      return it.where == Where::kLying && it.holder == f.scene && it.spot == f.looked_in ? "it is there" : nullptr;
    case Pred::kUse:
      if (!f.holds(a, e.t)) return "does not have it";
      if (it.broken) return "it is broken";
      if (e.w != kNoWord && e.w != static_cast<uint16_t>(noun.use)) return "that is not what it is for";
      f.stir(a, mood(kJoy));
      return nullptr;
    case Pred::kBreak:
      if (it.broken) return "it is broken already";
      if (noun.harm == Break::kSound) return "it cannot break";
      if (e.w != kNoWord && e.w != static_cast<uint16_t>(noun.harm)) return "it does not break like that";
      if (a != kNobody && !in_reach(f, a, e.t) && !(it.where == Where::kHeld && f.together(a, it.holder))) return "it is not there";
      it.broken = true;
      spoil(f, e.t, a != kNobody ? a : it.where == Where::kHeld ? it.holder : kNobody);
      return nullptr;
    case Pred::kMend: {
      if (!it.broken) return "it is not broken";
      const Cure cure = cure_for(noun.harm);
      if (e.w != kNoWord && e.w != static_cast<uint16_t>(cure)) return "it cannot be mended like that";
      if (e.u != kNobody) {
        if (!f.holds(a, e.u) && !(e.a2 != kNobody && f.holds(e.a2, e.u))) return "does not have the tool";
        bool serves = false;
        for (const auto tool : cure_tools(cure)) serves |= f.thing(e.u).name == tool;
        if (!serves) return "that is the wrong tool";
      }
      it.broken = false;
      f.stir(it.owner, mood(kJoy) | mood(kRelief) | (it.owner != a ? mood(kGrateful) : mood(kPride)));
      if (it.owner != a) f.stir(a, mood(kPride) | mood(kFond));
      oblige(f, it.owner, a);
      if (it.where == Where::kHeld) oblige(f, it.holder, a);
      f.themes |= theme(kMending);
      return nullptr;
    }
    case Pred::kLocked:
      if (!(noun.tags & kLockable)) return "it has no lock";
      if (it.open) return "it is open";
      it.locked = true;
      return nullptr;
    case Pred::kOpen:
      if (!(noun.tags & (kVessel | kLockable))) return "it does not open";
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (it.open) return "it is open already";
      if (e.u != kNobody && (!f.holds(a, e.u) || f.thing(e.u).name != "key")) return "does not have the key";
      if (it.locked && e.u == kNobody) return "it is locked";
      it.open = true;
      it.locked = false;
      f.stir(a, mood(kCurious));
      f.themes |= theme(kCuriosity);
      return nullptr;
    case Pred::kInside:
      if (!it.open) return "it is closed";
      if (f.items[e.u].where != Where::kUnknown) return "it is elsewhere";
      f.items[e.u].where = Where::kInside;
      f.items[e.u].holder = e.t;
      return nullptr;
    case Pred::kEat:
      if (!(noun.tags & (kFood | kDrink | kNature | kSeed))) return "nobody eats that";
      if (!in_reach(f, a, e.t)) return "it is not there";
      it.where = Where::kGone;
      f.soothe(a, mood(kHungry));
      f.stir(a, mood(kJoy));
      return nullptr;
    case Pred::kPaint:
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (adjectives()[e.w].family != Family::kColor) return "that is no color";
      it.adjectives[1] = static_cast<uint8_t>(e.w);
      f.stir(a, mood(kPride));
      return nullptr;
    case Pred::kPlant:
      if (!f.holds(a, e.t)) return "does not have it";
      if (!(noun.tags & kSeed)) return "it does not grow";
      if (!(f.place_tags(f.people[a].at) & kSoil)) return "nothing grows there";
      it.where = Where::kGrowing;
      it.holder = f.people[a].at;
      it.owner = a;
      it.found = false;
      f.stir(a, mood(kHopeful) | mood(kEager));
      return nullptr;
    case Pred::kSprinkle: return it.where == Where::kGrowing && it.holder == f.people[a].at ? nullptr : "nothing is planted there";
    case Pred::kGrow:
      if (it.where != Where::kGrowing) return "it was never planted";
      if (f.day == 0) return "nothing grows in a day";
      f.lay(e.u, it.holder, {});
      f.items[e.u].owner = it.owner;
      it.where = Where::kGone;
      f.stir(it.owner, mood(kJoy) | mood(kPride) | mood(kSurprised));
      f.themes |= theme(kPatience);
      return nullptr;
    case Pred::kDirty:
      if (it.dirty) return "it is dirty already";
      it.dirty = true;
      f.stir(it.owner, mood(kSad));
      return nullptr;
    case Pred::kWash:
      if (!it.dirty) return "it is clean";
      if (!in_reach(f, a, e.t)) return "it is not there";
      it.dirty = false;
      f.stir(it.owner, mood(kJoy) | mood(kRelief));
      oblige(f, it.owner, a);
      return nullptr;
    case Pred::kPull:
      if (!(noun.tags & kHeavy)) return "it is light";
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (it.pulls < 3) ++it.pulls;
      f.stir(a, mood(kLetDown) | mood(kTired));
      return nullptr;
    case Pred::kMove:
      if (!(noun.tags & kHeavy) || it.pulls == 0) return "nobody tried before";
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (e.a2 == kNobody) return "it is too heavy for one";
      for (const uint8_t who : {a, e.a2}) f.stir(who, mood(kJoy) | mood(kPride));
      f.themes |= theme(kTogether);
      return nullptr;
    default: return "is no handling";
  }
}

const char* make(Facts& f, const Event& e) {
  for (const uint8_t part : {e.u, e.v})
    if (part != kNobody && !f.holds(e.a, part) && (e.a2 == kNobody || !f.holds(e.a2, part))) return "does not have what it takes";
  if (e.pred == Pred::kCook && !(f.place_tags(f.people[e.a].at) & (kHomely | kShop | kHall))) return "there is no stove";
  if (f.items[e.t].where != Where::kUnknown) return "it is there already";
  for (const uint8_t part : {e.u, e.v})
    if (part != kNobody) f.items[part].where = Where::kGone;
  f.give_to(e.t, e.a);
  f.items[e.t].owner = e.a;
  for (const uint8_t who : {e.a, e.a2}) f.stir(who, mood(kPride) | mood(kJoy));
  if (e.a2 != kNobody) f.themes |= theme(kTogether);
  return nullptr;
}

// Things that pass between two people.
const char* exchange(Facts& f, const Event& e) {
  if (!f.together(e.a, e.b)) return "they are not in the same place";
  Item& it = f.items[e.t];
  const uint8_t a = e.a, b = e.b;
  if (e.pred == Pred::kSnatch) {
    if (!f.holds(b, e.t)) return "does not have it";
    f.give_to(e.t, a);
    f.people[a].wronged |= bit(b);
    f.stir(b, mood(kAngry) | mood(kSad) | mood(kSurprised));
    return nullptr;
  }
  if (e.pred == Pred::kBuy) {
    if (!f.holds(a, e.u) || !(f.thing(e.u).tags & kMoney)) return "has no money";
    if (it.where != Where::kUnknown && !f.holds(b, e.t)) return "does not have it to sell";
    f.give_to(e.t, a);
    it.owner = a;
    f.give_to(e.u, b);
    f.items[e.u].owner = b;
    f.stir(a, mood(kJoy));
    return nullptr;
  }
  if (!f.holds(a, e.t)) return "does not have it";
  switch (e.pred) {
    case Pred::kGive:
      if (it.owner == a || it.owner == kNobody) it.owner = b;
      f.give_to(e.t, b);
      f.stir(b, mood(kJoy) | mood(kGrateful) | mood(kSurprised));
      f.stir(a, mood(kFond) | mood(kJoy));
      f.themes |= theme(kGiving);
      oblige(f, b, a);
      return nullptr;
    case Pred::kLend:
      if (it.owner != a) return "it belongs to another";
      f.give_to(e.t, b);
      f.stir(b, mood(kJoy) | mood(kGrateful));
      f.themes |= theme(kSharing);
      oblige(f, b, a);
      return nullptr;
    case Pred::kGiveBack:
      if (it.owner != b) return "it belongs to another";
      f.give_to(e.t, b);
      f.stir(b, mood(kJoy) | mood(kGrateful) | mood(kRelief));
      f.stir(a, mood(kPride) | mood(kRelief));
      f.themes |= theme(kReturning);
      oblige(f, b, a);
      return nullptr;
    case Pred::kTrade:
      if (!f.holds(b, e.u)) return "has nothing to trade";
      it.owner = b;
      f.items[e.u].owner = a;
      f.give_to(e.t, b);
      f.give_to(e.u, a);
      f.stir(a, mood(kJoy));
      f.stir(b, mood(kJoy));
      return nullptr;
    case Pred::kShow: return nullptr;
    case Pred::kShare:
      if (!(f.thing(e.t).tags & (kFood | kDrink))) return "nobody eats that";
      it.where = Where::kGone;
      f.soothe(a, mood(kHungry));
      f.soothe(b, mood(kHungry));
      f.stir(a, mood(kJoy) | mood(kFond));
      f.stir(b, mood(kJoy) | mood(kGrateful));
      f.themes |= theme(kSharing);
      oblige(f, b, a);
      return nullptr;
    default: return "is no exchange";
  }
}

// What one does to another.
const char* treat(Facts& f, const Event& e) {
  const uint8_t a = e.a, b = e.b;
  Person& other = f.people[b];
  if (a == b) return "that is the same person";
  if (e.pred == Pred::kMeet) {
    const uint8_t at = f.people[a].at;
    if (at == kNobody || (other.at != kNobody && other.at != at)) return "they are not in the same place";
    other.at = at;
    other.dest = f.people[a].dest;
    if (at != kRoad) other.been |= static_cast<uint16_t>(1u << at);
    return nullptr;
  }
  if (!f.together(a, b)) return "they are not in the same place";
  switch (e.pred) {
    case Pred::kCatch:
      if (!other.hidden || other.hidden != e.s) return "is not hiding there";
      other.hidden = {};
      f.stir(a, mood(kJoy));
      f.stir(b, mood(kSurprised));
      return nullptr;
    case Pred::kThank: return f.people[a].owes & bit(b) ? nullptr : "has nothing to thank for";
    case Pred::kSorry:
      if (!(f.people[a].wronged & bit(b))) return "has nothing to be sorry for";
      other.sorry_from |= bit(a);
      f.themes |= theme(kHonesty);
      return nullptr;
    case Pred::kForgive:
      if (!(f.people[a].sorry_from & bit(b))) return "nobody said sorry";
      other.wronged &= static_cast<uint8_t>(~bit(a));
      f.soothe(b, mood(kGuilty));
      f.stir(b, mood(kRelief) | mood(kGrateful));
      f.soothe(a, mood(kAngry));
      f.themes |= theme(kForgiving);
      return nullptr;
    case Pred::kHelp:
      f.stir(b, mood(kGrateful) | mood(kJoy));
      f.stir(a, mood(kFond) | mood(kPride));
      f.themes |= theme(kHelping);
      oblige(f, b, a);
      return nullptr;
    case Pred::kComfort:
      if (!(f.moods_of(b) & kTroubledMoods)) return "needs no comfort";
      f.stir(b, mood(kGrateful) | mood(kHopeful));
      f.themes |= theme(kHelping);
      oblige(f, b, a);
      return nullptr;
    case Pred::kTeach:
      if (other.skill != kNoWord && other.skill != e.w) return "was learning something else";
      other.skill = e.w;
      if (other.skill_step < 2) other.skill_step = 2;
      f.stir(b, mood(kHopeful) | mood(kGrateful));
      oblige(f, b, a);
      f.themes |= theme(kHelping);
      return nullptr;
    case Pred::kFree:
      if (!other.stuck) return "is not stuck";
      if (e.u != kNobody && !f.holds(a, e.u)) return "does not have it";
      other.stuck = false;
      f.soothe(b, mood(kAfraid));
      f.stir(b, mood(kJoy) | mood(kGrateful) | mood(kRelief));
      f.stir(a, mood(kPride) | mood(kJoy));
      if (other.kin_of != kNobody) {
        f.stir(other.kin_of, mood(kJoy) | mood(kRelief) | mood(kGrateful));
        oblige(f, other.kin_of, a);
      }
      f.themes |= theme(kHelping) | theme(kAnimals);
      oblige(f, b, a);
      return nullptr;
    case Pred::kTallyGive:
      if (const char* wrong = change_tally(f, a, -e.n)) return wrong;
      if (const char* wrong = change_tally(f, b, e.n)) return wrong;
      f.stir(b, mood(kJoy) | mood(kGrateful));
      f.stir(a, mood(kFond));
      f.themes |= theme(kSharing);
      oblige(f, b, a);
      return f.counted == e.w ? nullptr : "something else was counted";
    default: return nullptr;  // hug, refuse, agree, watch, tell
  }
}

const char* count(Facts& f, const Event& e) {
  if (f.counted == kNoWord) f.counted = e.w;
  if (f.counted != e.w) return "something else was counted";
  int16_t& tally = f.people[e.a].tally;
  switch (e.pred) {
    case Pred::kTally:
      if (tally >= 0 && tally != e.n) return "has a different number";
      tally = e.n;
      return nullptr;
    case Pred::kTallyNow: return tally == e.n ? nullptr : "has a different number";
    case Pred::kTallyFind:
      f.stir(e.a, mood(kJoy));
      return change_tally(f, e.a, e.n);
    case Pred::kTallyLose:
      f.stir(e.a, mood(kSad));
      return change_tally(f, e.a, -e.n);
    default: return change_tally(f, e.a, -e.n);
  }
}

}  // namespace

bool scene_fits(const Facts& f, uint16_t i) {
  const Phrase& line = scenes()[i];
  if ((f.hour && !(line.tags & f.hour)) || (f.sky && !(line.tags & f.sky))) return false;
  return f.scene == kNobody || suits(f.place_tags(f.scene), line.more);
}

const char* Facts::do_deed_alone(const Event& e, uint8_t who) {
  Person& p = people[who];
  const Tags here = place_tags(p.at);
  switch (e.pred) {
    case Pred::kThereWas:
      if (home_of == kNobody) home_of = who;
      return nullptr;
    case Pred::kDwell:
      settings &= dwellings()[e.w].tags;
      return settings ? nullptr : "that is another country";
    case Pred::kTrait: {
      const Phrase& trait = traits()[e.w];
      for (auto& known : p.traits) {
        if (known == e.w) return nullptr;
        if (known == kNobody) {
          known = static_cast<uint8_t>(e.w);
          return nullptr;
        }
        if (traits()[known].tags == trait.tags && traits()[known].more != trait.more) return "is not like that";
      }
      return "has enough traits";
    }
    case Pred::kHobby: return p.hobby == kNoWord || p.hobby == e.w ? nullptr : "likes something else";
    case Pred::kBirthday:
      if (birthday != kNobody && birthday != who) return "it is another's birthday";
      birthday = who;
      stir(who, mood(kEager) | mood(kJoy));
      return nullptr;
    case Pred::kAt:
    case Pred::kGo:
    case Pred::kSetOff:
    case Pred::kArrive:
    case Pred::kReturn:
    case Pred::kCarry:
    case Pred::kFollow:
    case Pred::kCome: return travel(*this, e, who);
    case Pred::kPass:
      if (obstacle == kNoWord || p.at != kRoad) return "nothing is in the way";
      return obstacles()[obstacle].more >> e.w & 1 ? nullptr : "that is no way past it";
    case Pred::kHideAway:
      if (!furnished(p.at, e.s)) return "there is no such thing there";
      p.hidden = e.s;
      return nullptr;
    case Pred::kWait: stir(who, mood(kBored)); return nullptr;
    case Pred::kRest: return p.at == kRoad || p.at == kNobody || (here & rests()[e.w].tags) ? nullptr : "one cannot do that there";
    case Pred::kLookIn:
      if (!furnished(p.at, e.s)) return "there is no such thing there";
      looked_in = e.s;
      themes |= theme(kSearching);
      return nullptr;
    case Pred::kFail:
    case Pred::kPractice:
    case Pred::kLearn:
      if (p.skill != kNoWord && p.skill != e.w) return "was learning something else";
      if (e.pred == Pred::kLearn && p.skill_step < 2) return "never practiced";
      if (e.pred == Pred::kFail && p.skill_step == 3) return "can do it already";
      p.skill = e.w;
      if (e.pred == Pred::kFail) {
        p.skill_step = 1;
        stir(who, mood(kLetDown) | mood(kSad));
      } else if (e.pred == Pred::kPractice) {
        p.skill_step = 2;
        stir(who, mood(kTired) | mood(kHopeful));
      } else {
        p.skill_step = 3;
        stir(who, mood(kPride) | mood(kJoy));
        themes |= theme(kPracticing);
      }
      return nullptr;
    case Pred::kFear:
      if (p.fear != kNoWord && p.fear != e.w) return "fears something else";
      p.fear = e.w;
      stir(who, mood(kAfraid) | mood(kNervous));
      return nullptr;
    case Pred::kFace:
      if (p.fear == kNoWord) return "is afraid of nothing";
      soothe(who, mood(kAfraid));
      stir(who, mood(kBrave) | mood(kPride));
      themes |= theme(kCourage);
      return nullptr;
    case Pred::kStuck:
      if (p.stuck) return "is stuck already";
      if (e.s && !furnished(p.at, e.s)) return "there is no such thing there";
      p.stuck = true;
      stir(who, mood(kAfraid) | mood(kSad));
      if (p.kin_of != kNobody) stir(p.kin_of, mood(kWorried) | mood(kAfraid));
      return nullptr;
    case Pred::kIll:
      if (p.ill) return "is ill already";
      p.ill = true;
      stir(who, mood(kSad) | mood(kTired));
      return nullptr;
    case Pred::kWell:
      if (!p.ill) return "is not ill";
      p.ill = false;
      stir(who, mood(kJoy) | mood(kRelief));
      return nullptr;
    case Pred::kSleep:
      if (p.asleep) return "is asleep already";
      if (hour != 0 && hour < kEvening && !(moods_of(who) & mood(kTired)) && !p.ill) return "is not tired";
      p.asleep = true;
      return nullptr;
    case Pred::kWake:
      if (!p.asleep) return "is awake already";
      p.asleep = false;
      soothe(who, mood(kTired));
      return nullptr;
    case Pred::kPrank: {
      if (p.species == kNoWord) return "is no animal";
      const Tags gift = pranks()[e.w].tags;
      return gift == 0 || (gift & gimbal::world::species()[p.species].gifts) ? nullptr : "cannot do that";
    }
    case Pred::kVoice: return p.species == e.w ? nullptr : "makes another sound";
    case Pred::kHear: stir(who, mood(kCurious) | mood(kAfraid) | mood(kSurprised) | mood(kPuzzled)); return nullptr;
    case Pred::kChore:
      if (!(here & chores()[e.w].tags)) return "there is no such work there";
      stir(who, mood(kTired) | mood(kPride));
      return nullptr;
    case Pred::kPlay: {
      const Tags game = games()[e.w].tags;
      if (!(here & game)) return "one cannot play that there";
      stir(who, mood(kJoy));
      soothe(who, mood(kLonely) | mood(kBored) | mood(kShy));
      return nullptr;
    }
    case Pred::kFeel: {
      const Tags moods = feelings()[e.w].tags;
      constexpr Tags kOwnCause = mood(kHungry) | mood(kBored) | mood(kLonely) | mood(kTired) | mood(kCold) | mood(kCalm) | mood(kCurious) | mood(kShy);
      if (!(moods & (moods_of(who) | kOwnCause))) return "has no reason to feel so";
      if ((moods & mood(kCold)) && !(p.may_feel & mood(kCold)) && (sky & kSunny) && hour < kEvening && settings != kMountain) return "it is too warm";
      if ((moods & mood(kCalm)) && (moods_of(who) & kTroubledMoods)) return "has no reason to feel so";
      p.may_feel |= moods;
      p.feeling = static_cast<uint8_t>(__builtin_ctz(moods));
      return nullptr;
    }
    case Pred::kStill: return p.feeling != kNobody && (feelings()[e.w].tags >> p.feeling & 1) ? nullptr : "no longer feels so";
    case Pred::kExpress: return expressions()[e.w].tags & moods_of(who) ? nullptr : "has no reason to do so";
    case Pred::kIdea: stir(who, mood(kHopeful) | mood(kEager)); return nullptr;
    case Pred::kWin:
      if (!happened({.pred = Pred::kRace, .a = who})) return "ran no race";
      stir(who, mood(kJoy) | mood(kPride));
      return nullptr;
    default: return nullptr;
  }
}

const char* Facts::do_deed(const Event& e) {
  const char* wrong = nullptr;
  switch (e.pred) {
    case Pred::kWeather:
      if ((sky && sky != skies()[e.w].tags) || (hour && hour != hours()[e.n - 1].tags)) return "the weather is different";
      sky = skies()[e.w].tags;
      hour = hours()[e.n - 1].tags;
      return nullptr;
    case Pred::kWeatherTurn:
      if (sky == turns()[e.w].tags) return "the weather is so already";
      sky = turns()[e.w].tags;
      return nullptr;
    case Pred::kTime: {
      const Phrase& moment = moments()[e.w];
      if ((moment.more & kOnce) && (hour || day)) return "the story has begun already";
      if (moment.more & kNextDay) {
        ++day;
        hour = 0;
        sky = 0;
      }
      if (moment.tags && hour && moment.tags < hour) return "that hour has passed";
      if (moment.tags) hour = moment.tags;
      return nullptr;
    }
    case Pred::kMood: return scene_fits(*this, e.w) ? nullptr : "it is not like that then and there";
    case Pred::kBlocked: {
      if (obstacle != kNoWord) return "the way is blocked already";
      bool traveler = false;
      for (int i = 0; i < people_count; ++i) traveler |= people[i].at == kRoad;
      if (!traveler) return "nobody is on the way";
      obstacle = e.w;
      return obstacles()[e.w].tags & settings ? nullptr : "there is no such thing there";
    }
    case Pred::kMoral: return morals()[e.w].tags & themes ? nullptr : "the story does not show that";
    case Pred::kKin: return people[e.b].kin_of == e.a ? nullptr : "is no kin";
    case Pred::kQuarrel:
      if (!together(e.a, e.a2)) return "they are not in the same place";
      people[e.a].wronged |= bit(e.a2);
      people[e.a2].wronged |= bit(e.a);
      for (const uint8_t who : {e.a, e.a2}) stir(who, mood(kAngry) | mood(kSad));
      return nullptr;
    case Pred::kRace:
      if (!together(e.a, e.a2)) return "they are not in the same place";
      for (const uint8_t who : {e.a, e.a2}) {
        if ((wrong = move_to(*this, who, e.p))) return wrong;
        stand(*this, who, e.p);
        stir(who, mood(kTired) | mood(kEager));
      }
      return nullptr;
    case Pred::kFriends:
      if (!together(e.a, e.a2)) return "they are not in the same place";
      for (const uint8_t who : {e.a, e.a2}) {
        stir(who, mood(kFond) | mood(kJoy));
        soothe(who, mood(kLonely));
      }
      themes |= theme(kTogether);
      return nullptr;
    case Pred::kThinkOf:
    case Pred::kTell: return e.pred == Pred::kTell && !together(e.a, e.b) ? "they are not in the same place" : nullptr;
    default: break;
  }
  if ((e.pred >= Pred::kHas && e.pred <= Pred::kLooks) || (e.pred >= Pred::kNeed && e.pred <= Pred::kPick) || (e.pred >= Pred::kLose && e.pred <= Pred::kLookFor) ||
      (e.pred >= Pred::kNotThere && e.pred <= Pred::kPut) || (e.pred >= Pred::kUse && e.pred <= Pred::kEat) || (e.pred >= Pred::kPaint && e.pred <= Pred::kMove) ||
      e.pred == Pred::kKnowNot) {
    wrong = handle(*this, e);
  } else if (e.pred == Pred::kCook || e.pred == Pred::kBuild) {
    wrong = make(*this, e);
  } else if ((e.pred >= Pred::kGive && e.pred <= Pred::kBuy) || e.pred == Pred::kSnatch || e.pred == Pred::kShow || e.pred == Pred::kShare) {
    wrong = exchange(*this, e);
  } else if (e.pred >= Pred::kTally && e.pred <= Pred::kTallyNow) {
    wrong = count(*this, e);
  } else if (e.pred == Pred::kTallyGive || e.pred == Pred::kMeet || e.pred == Pred::kCatch || (e.pred >= Pred::kThank && e.pred <= Pred::kWatch) || e.pred == Pred::kTeach || e.pred == Pred::kFree) {
    wrong = treat(*this, e);
  } else {
    if (e.a != kNobody && e.a2 != kNobody && e.pred == Pred::kPlay && !together(e.a, e.a2)) return "they are not in the same place";
    for (const uint8_t who : {e.a, e.a2})
      if (who != kNobody && !wrong) wrong = do_deed_alone(e, who);
    if (!wrong && e.pred == Pred::kPass) obstacle = kNoWord;
  }
  if (wrong) return wrong;
  if (e.a != kNobody && people[e.a].at < kMaxSites) scene = people[e.a].at;
  for (int i = 0; i < people_count; ++i) {
    Person& p = people[i];
    if (p.want.pred == Pred::kPreds) continue;
    const bool has_it = p.want.pred == Pred::kHolding && holds(static_cast<uint8_t>(i), p.want.t);
    if (has_it || matches(e, p.want)) {
      p.want = {};
      stir(static_cast<uint8_t>(i), mood(kJoy));
    }
  }
  return nullptr;
}

}  // namespace gimbal::world
