// The bookkeeping of Facts: entries, recall of what happened, feelings and their causes, wants, plans and requests.
#include "data/world/facts.h"

#include "core/error.h"

namespace gimbal::world {

Roles roles(const Event& e) {
  Roles r = 0;
  if (e.a != kNobody) r |= kRoleA;
  if (e.b != kNobody) r |= kRoleB;
  if (e.t != kNobody) r |= kRoleT;
  if (e.u != kNobody) r |= kRoleU;
  if (e.v != kNobody) r |= kRoleV;
  if (e.p != kNobody) r |= kRoleP;
  if (e.s) r |= kRoleS;
  if (e.w != kNoWord) r |= kRoleW;
  if (e.n != 0) r |= kRoleN;
  return r;
}

bool matches(const Event& event, const Event& query) {
  const auto did = [&](uint8_t who) { return who == kNobody || event.a == who || event.a2 == who; };
  const auto same = [](auto asked, auto found, auto open) { return asked == open || asked == found; };
  return event.pred == query.pred && did(query.a) && did(query.a2) && same(query.b, event.b, kNobody) && same(query.t, event.t, kNobody) &&
         same(query.u, event.u, kNobody) && same(query.v, event.v, kNobody) && same(query.p, event.p, kNobody) && (!query.s || query.s == event.s) &&
         same(query.w, event.w, kNoWord) && (query.n == 0 || query.n == event.n);
}

uint8_t Facts::add_person(const Person& person) {
  if (people_count == kMaxPeople) return kNobody;
  people[people_count] = person;
  return people_count++;
}

uint8_t Facts::add_item(const Item& item) {
  if (item_count == kMaxItems) return kNobody;
  items[item_count] = item;
  return item_count++;
}

uint8_t Facts::site(uint16_t noun) {
  for (uint8_t i = 0; i < site_count; ++i)
    if (sites[i].noun == noun) return i;
  if (site_count == kMaxSites) return kNobody;
  sites[site_count].noun = noun;
  return site_count++;
}

bool Facts::happened(const Event& query) const {
  for (size_t i = log.size(); i-- > 0;)
    if (log[i].mode == Mode::kNow && matches(log[i], query)) return true;
  return false;
}

Tags Facts::moods_of(uint8_t who) const {
  const Person& person = people[who];
  return person.may_feel | (person.feeling == kNobody ? 0 : 1u << person.feeling);
}

bool Facts::furnished(uint8_t site, Spot spot) const {
  if (site >= kMaxSites) return false;
  const Furniture& piece = furniture()[spot.furniture];
  const Tags setting = piece.tags & kAnywhere;
  return (place_tags(site) & piece.tags & ~kAnywhere) != 0 && (setting == 0 || (setting & settings) != 0) &&
         piece.where.find(kSideLetters[spot.side]) != std::string_view::npos;
}

void Facts::stir(uint8_t who, Tags moods) {
  if (who == kNobody) return;
  for (uint8_t m = 0; m < static_cast<uint8_t>(Mood::kMoods); ++m)
    if (moods >> m & 1) causes.push_back({who, m, static_cast<uint16_t>(log.size() - 1)});
  Person& person = people[who];
  Tags ends = 0;
  if (moods & (kGladMoods & ~mood(Mood::kFond)))
    ends |= mood(Mood::kSad) | mood(Mood::kLetDown) | mood(Mood::kWorried) | mood(Mood::kBored) | mood(Mood::kNervous);
  if (moods & (kLowMoods | mood(Mood::kAngry) | mood(Mood::kWorried))) ends |= (kGladMoods & ~mood(Mood::kFond)) | mood(Mood::kCalm);
  person.may_feel = (person.may_feel & ~ends) | moods;
  if (person.feeling != kNobody && (ends >> person.feeling & 1)) person.feeling = kNobody;
}

void Facts::give_to(uint8_t item, uint8_t who) {
  items[item].where = Where::kHeld;
  items[item].holder = who;
  items[item].spot = {};
}

void Facts::lay(uint8_t item, uint8_t site, Spot spot) {
  items[item].where = Where::kLying;
  items[item].holder = site;
  items[item].spot = spot;
}

namespace {

// What must be true before anybody can want, plan or ask for this.
const char* sensible(const Facts& facts, const Event& e) {
  if (e.t != kNobody && facts.items[e.t].where == Where::kGone) return "the thing is gone";
  if (e.p != kNobody && (e.pred == Pred::kGo || e.pred == Pred::kReturn) && facts.people[e.a].at == e.p) return "is there already";
  switch (e.pred) {
    case Pred::kHolding:
    case Pred::kFind:
    case Pred::kLookFor:
    case Pred::kTake:
      if (facts.holds(e.a, e.t)) return "has it already";
      break;
    case Pred::kGive:
    case Pred::kGiveBack:
    case Pred::kLend:
    case Pred::kUse:
    case Pred::kHide:
      if (facts.items[e.t].where == Where::kHeld && !facts.holds(e.a, e.t) && e.mode != Mode::kWant && e.mode != Mode::kHope && e.mode != Mode::kVow)
        return "does not have it";
      break;
    case Pred::kMend:
      if (!facts.items[e.t].broken) return "it is not broken";
      break;
    default:
      break;
  }
  return nullptr;
}

}  // namespace

const char* Facts::apply(const Event& e) {
  if (e.mode != Mode::kHad && e.a != kNobody && people[e.a].asleep && e.pred != Pred::kWake && e.pred != Pred::kSleep) return "is asleep";
  if (e.speaker != kNobody) {
    const uint8_t here = people[e.speaker].at;
    if (people[e.speaker].asleep) return "talks in its sleep";
    if (e.hearer != kNobody && (here == kNobody || people[e.hearer].at != here)) return "is not there to hear it";
    if (e.hearer == e.speaker) return "talks to itself";
    if (people[e.speaker].at != kRoad) scene = people[e.speaker].at;
  }
  switch (e.mode) {
    case Mode::kNow: {
      log.push_back(e);
      if (is_talk(e.pred)) return say(e);
      if (const char* wrong = do_deed(e)) return wrong;
      break;
    }
    case Mode::kHad:
      if (!happened(e)) return "never happened";
      if (e.speaker != kNobody && !is_talk(last_said)) last_said = Pred::kPreds;
      break;
    case Mode::kWant:
    case Mode::kHope:
      if (const char* wrong = sensible(*this, e)) return wrong;
      people[e.a].want = e;
      if (e.a2 != kNobody) people[e.a2].want = e;
      log.push_back(e);
      break;
    case Mode::kPlan:
    case Mode::kVow:
      if (const char* wrong = sensible(*this, e)) return wrong;
      people[e.a].plan = e;
      if (e.a2 != kNobody) people[e.a2].plan = e;
      if (e.mode == Mode::kVow) themes |= theme(kPromise);
      log.push_back(e);
      break;
    case Mode::kTry:
      if (const char* wrong = sensible(*this, e)) return wrong;
      log.push_back(e);
      stir(e.a, mood(Mood::kLetDown));
      break;
    case Mode::kLike:
      if (people[e.a].hobby != kNoWord && people[e.a].hobby != e.w) return "likes something else";
      people[e.a].hobby = e.w;
      log.push_back(e);
      break;
    case Mode::kBid:
    case Mode::kPropose:
    case Mode::kOffer:
      if (const char* wrong = sensible(*this, e)) return wrong;
      asked = e;
      log.push_back(e);
      break;
    case Mode::kForbid:
      log.push_back(e);
      break;
  }
  if (e.speaker != kNobody) {
    last_speaker = e.speaker;
    last_hearer = e.hearer;
    last_said = e.pred;
  }
  return nullptr;
}

const char* Facts::apply_because(const Event& effect, const Event& cause) {
  if (const char* wrong = apply(cause)) return wrong;
  if ((effect.pred == Pred::kFeel || effect.pred == Pred::kExpress || effect.pred == Pred::kStill) && cause.mode == Mode::kHad) {
    const Tags moods = effect.pred == Pred::kExpress ? expressions()[effect.w].tags : feelings()[effect.w].tags;
    bool caused = false;
    for (const Cause& c : causes)
      if (c.who == effect.a && (moods >> c.mood & 1) && matches(log[c.event], cause)) caused = true;
    if (!caused) return "that is no reason to feel so";
  }
  return apply(effect);
}

}  // namespace gimbal::world
