// What happens to things: had, lost, found, broken, mended, made, grown, given, traded, stolen.
#include "data/world/deeds.h"

namespace gimbal::world {
namespace {

using enum Mood;

// Within reach of somebody: held, lying in the same place, or in something open that is within reach.
bool in_reach(const Facts& f, uint8_t who, uint8_t item, int depth = 0) {
  const Item& it = f.items[item];
  if (it.where == Where::kHeld) return it.holder == who;
  if (it.where == Where::kLying || it.where == Where::kGrowing) return it.holder == f.people[who].at;
  return it.where == Where::kInside && depth < 2 && f.items[it.holder].open && in_reach(f, who, it.holder, depth + 1);
}

// Harm to a thing grieves its owner, and whoever else did it is in the wrong.
void spoil(Facts& f, uint8_t item, uint8_t by) {
  const uint8_t owner = f.items[item].owner;
  f.stir(owner, mood(kSad) | (by != owner && by != kNobody ? mood(kAngry) : 0));
  if (by == kNobody || by == owner || owner == kNobody) return;
  f.stir(by, mood(kGuilty) | mood(kWorried));
  f.people[by].wronged |= bit(owner);
}

// Having, needing, taking.
const char* keep(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const Thing& noun = f.thing(e.t);
  const uint8_t a = e.a;
  switch (e.pred) {
    case Pred::kHas:
      if (it.where != Where::kUnknown && !f.holds(a, e.t)) return "somebody else has it";
      f.give_to(e.t, a);
      if (it.owner == kNobody) it.owner = a;
      return it.owner == a ? nullptr : "it belongs to another";
    case Pred::kHolding:
      return f.holds(a, e.t) ? nullptr : "does not have it";
    case Pred::kBelongs:
      if (it.owner == kNobody) it.owner = a;
      return it.owner == a ? nullptr : "it belongs to another";
    case Pred::kLies: {
      const uint8_t site = e.p != kNobody ? e.p : f.scene;
      if (site >= kMaxSites) return "nobody knows where that is";
      if (e.s && !f.furnished(site, e.s)) return "there is no such thing there";
      if (it.where == Where::kLying ? it.holder != site || (e.s && it.spot && it.spot != e.s)
                                    : it.where != Where::kUnknown && it.where != Where::kLost)
        return "it is elsewhere";
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
    default:
      return "is no such deed";
  }
}

// Things that are lost, left, hidden, looked for and found.
const char* lose_or_find(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const uint8_t a = e.a;
  switch (e.pred) {
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
    case Pred::kKnowNot:
      return it.where == Where::kHeld && it.holder == a ? "has it already" : nullptr;
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
    default:
      return "is no such deed";
  }
}

// What is done to a thing: used, broken, mended, soiled, painted, moved.
const char* work(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const Thing& noun = f.thing(e.t);
  const uint8_t a = e.a;
  switch (e.pred) {
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
    case Pred::kPaint:
      if (!in_reach(f, a, e.t)) return "it is not there";
      if (adjectives()[e.w].family != Family::kColor) return "that is no color";
      it.adjectives[1] = static_cast<uint8_t>(e.w);
      f.stir(a, mood(kPride));
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
    default:
      return "is no such deed";
  }
}

// Boxes and food.
const char* open_or_eat(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const Thing& noun = f.thing(e.t);
  const uint8_t a = e.a;
  switch (e.pred) {
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
    default:
      return "is no such deed";
  }
}

// From seed to plant.
const char* grow(Facts& f, const Event& e) {
  Item& it = f.items[e.t];
  const Thing& noun = f.thing(e.t);
  const uint8_t a = e.a;
  switch (e.pred) {
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
    case Pred::kSprinkle:
      return it.where == Where::kGrowing && it.holder == f.people[a].at ? nullptr : "nothing is planted there";
    case Pred::kGrow:
      if (it.where != Where::kGrowing) return "it was never planted";
      if (f.day == 0) return "nothing grows in a day";
      f.lay(e.u, it.holder, {});
      f.items[e.u].owner = it.owner;
      it.where = Where::kGone;
      f.stir(it.owner, mood(kJoy) | mood(kPride) | mood(kSurprised));
      f.themes |= theme(kPatience);
      return nullptr;
    default:
      return "is no such deed";
  }
}

}  // namespace

const char* handle(Facts& f, const Event& e) {
  switch (e.pred) {
    case Pred::kHas:
    case Pred::kHolding:
    case Pred::kBelongs:
    case Pred::kLies:
    case Pred::kLooks:
    case Pred::kNeed:
    case Pred::kTake:
    case Pred::kPick:
      return keep(f, e);
    case Pred::kUse:
    case Pred::kBreak:
    case Pred::kMend:
    case Pred::kDirty:
    case Pred::kWash:
    case Pred::kPaint:
    case Pred::kPull:
    case Pred::kMove:
      return work(f, e);
    case Pred::kLocked:
    case Pred::kOpen:
    case Pred::kInside:
    case Pred::kEat:
      return open_or_eat(f, e);
    case Pred::kPlant:
    case Pred::kSprinkle:
    case Pred::kGrow:
      return grow(f, e);
    default:
      return lose_or_find(f, e);
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
    case Pred::kShow:
      return nullptr;
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
    default:
      return "is no exchange";
  }
}

}  // namespace gimbal::world
