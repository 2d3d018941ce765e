// Scenes, journeys, counting and what people do to one another; deeds with things are in deeds_things.cc.
#include "data/world/deeds.h"

namespace gimbal::world {
namespace {

using enum Mood;

constexpr uint16_t kHomeNoun = 0;  // places()[0] is home

bool lives_with(const Facts& f, uint8_t who, uint8_t host) {
  if (host == kNobody || who == host) return true;
  const Person& p = f.people[who];
  return p.kin_of == host &&
         (p.kin == kNobody || kin()[p.kin].text == "brother" || kin()[p.kin].text == "sister" || (kin()[p.kin].more != 0 && p.kin < 7));
}

bool may_enter(const Facts& f, uint8_t who, uint8_t site) { return f.sites[site].noun != kHomeNoun || lives_with(f, who, f.home_of); }

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
    default:
      return "is no journey";
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
    case Pred::kThank:
      return f.people[a].owes & bit(b) ? nullptr : "has nothing to thank for";
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
    default:
      return nullptr;  // hug, refuse, agree, watch, tell
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
    case Pred::kTallyNow:
      return tally == e.n ? nullptr : "has a different number";
    case Pred::kTallyFind:
      f.stir(e.a, mood(kJoy));
      return change_tally(f, e.a, e.n);
    case Pred::kTallyLose:
      f.stir(e.a, mood(kSad));
      return change_tally(f, e.a, -e.n);
    default:
      return change_tally(f, e.a, -e.n);
  }
}

// Which piece of this file or of deeds_things.cc knows about a predicate.
enum class Sort : uint8_t { kOwn, kThing, kMaking, kExchange, kCount, kTreatment };

Sort sort_of(Pred pred) {
  const auto between = [&](Pred first, Pred last) { return pred >= first && pred <= last; };
  if (pred == Pred::kCook || pred == Pred::kBuild) return Sort::kMaking;
  if (between(Pred::kGive, Pred::kBuy) || pred == Pred::kSnatch || pred == Pred::kShow || pred == Pred::kShare) return Sort::kExchange;
  if (between(Pred::kTally, Pred::kTallyNow)) return Sort::kCount;
  if (pred == Pred::kTallyGive || pred == Pred::kMeet || pred == Pred::kCatch || between(Pred::kThank, Pred::kWatch) || pred == Pred::kTeach ||
      pred == Pred::kFree)
    return Sort::kTreatment;
  if (pred == Pred::kLookIn) return Sort::kOwn;
  if (between(Pred::kHas, Pred::kLooks) || between(Pred::kNeed, Pred::kMove) || pred == Pred::kKnowNot) return Sort::kThing;
  return Sort::kOwn;
}

// Deeds that two people can do as one subject.
bool takes_two(Pred pred) {
  switch (sort_of(pred)) {
    case Sort::kOwn:
    case Sort::kMaking:
      return true;
    case Sort::kThing:
      return pred == Pred::kMend || pred == Pred::kPull || pred == Pred::kMove || pred == Pred::kLookFor || pred == Pred::kHolding;
    default:
      return false;
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
    case Pred::kHobby:
      return p.hobby == kNoWord || p.hobby == e.w ? nullptr : "likes something else";
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
    case Pred::kCome:
      return travel(*this, e, who);
    case Pred::kPass:
      if (obstacle == kNoWord || p.at != kRoad) return "nothing is in the way";
      return obstacles()[obstacle].more >> e.w & 1 ? nullptr : "that is no way past it";
    case Pred::kHideAway:
      if (!furnished(p.at, e.s)) return "there is no such thing there";
      p.hidden = e.s;
      return nullptr;
    case Pred::kWait:
      stir(who, mood(kBored));
      return nullptr;
    case Pred::kRest:
      return p.at == kRoad || p.at == kNobody || (here & rests()[e.w].tags) ? nullptr : "one cannot do that there";
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
    case Pred::kVoice:
      return p.species == e.w ? nullptr : "makes another sound";
    case Pred::kHear:
      stir(who, mood(kCurious) | mood(kAfraid) | mood(kSurprised) | mood(kPuzzled));
      return nullptr;
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
      constexpr Tags kOwnCause =
          mood(kHungry) | mood(kBored) | mood(kLonely) | mood(kTired) | mood(kCold) | mood(kCalm) | mood(kCurious) | mood(kShy);
      if (!(moods & (moods_of(who) | kOwnCause))) return "has no reason to feel so";
      if ((moods & mood(kCold)) && !(p.may_feel & mood(kCold)) && (sky & kSunny) && hour < kEvening && settings != kMountain) return "it is too warm";
      if ((moods & mood(kCalm)) && (moods_of(who) & kTroubledMoods)) return "has no reason to feel so";
      p.may_feel |= moods;
      p.feeling = static_cast<uint8_t>(__builtin_ctz(moods));
      return nullptr;
    }
    case Pred::kStill:
      return p.feeling != kNobody && (feelings()[e.w].tags >> p.feeling & 1) ? nullptr : "no longer feels so";
    case Pred::kExpress:
      return expressions()[e.w].tags & moods_of(who) ? nullptr : "has no reason to do so";
    case Pred::kIdea:
      stir(who, mood(kHopeful) | mood(kEager));
      return nullptr;
    case Pred::kWin:
      if (!happened({.pred = Pred::kRace, .a = who})) return "ran no race";
      stir(who, mood(kJoy) | mood(kPride));
      return nullptr;
    default:
      return nullptr;
  }
}

const char* Facts::do_deed(const Event& e) {
  const char* wrong = nullptr;
  if (e.a2 != kNobody && !takes_two(e.pred)) return "one does that alone";
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
    case Pred::kMood:
      return scene_fits(*this, e.w) ? nullptr : "it is not like that then and there";
    case Pred::kBlocked: {
      if (obstacle != kNoWord) return "the way is blocked already";
      bool traveler = false;
      for (int i = 0; i < people_count; ++i) traveler |= people[i].at == kRoad;
      if (!traveler) return "nobody is on the way";
      obstacle = e.w;
      return obstacles()[e.w].tags & settings ? nullptr : "there is no such thing there";
    }
    case Pred::kMoral:
      return morals()[e.w].tags & themes ? nullptr : "the story does not show that";
    case Pred::kKin:
      return people[e.b].kin_of == e.a ? nullptr : "is no kin";
    case Pred::kQuarrel:
      if (e.a2 == kNobody) return "that takes two";
      if (!together(e.a, e.a2)) return "they are not in the same place";
      people[e.a].wronged |= bit(e.a2);
      people[e.a2].wronged |= bit(e.a);
      for (const uint8_t who : {e.a, e.a2}) stir(who, mood(kAngry) | mood(kSad));
      return nullptr;
    case Pred::kRace:
      if (e.a2 == kNobody) return "that takes two";
      if (!together(e.a, e.a2)) return "they are not in the same place";
      for (const uint8_t who : {e.a, e.a2}) {
        if ((wrong = move_to(*this, who, e.p))) return wrong;
        stand(*this, who, e.p);
        stir(who, mood(kTired) | mood(kEager));
      }
      return nullptr;
    case Pred::kFriends:
      if (e.a2 == kNobody) return "that takes two";
      if (!together(e.a, e.a2)) return "they are not in the same place";
      for (const uint8_t who : {e.a, e.a2}) {
        stir(who, mood(kFond) | mood(kJoy));
        soothe(who, mood(kLonely));
      }
      themes |= theme(kTogether);
      return nullptr;
    case Pred::kThinkOf:
    case Pred::kTell:
      return e.pred == Pred::kTell && !together(e.a, e.b) ? "they are not in the same place" : nullptr;
    default:
      break;
  }
  switch (sort_of(e.pred)) {
    case Sort::kThing:
      wrong = handle(*this, e);
      break;
    case Sort::kMaking:
      wrong = make(*this, e);
      break;
    case Sort::kExchange:
      wrong = exchange(*this, e);
      break;
    case Sort::kCount:
      wrong = count(*this, e);
      break;
    case Sort::kTreatment:
      wrong = treat(*this, e);
      break;
    case Sort::kOwn:
      if (e.pred == Pred::kPlay && e.a2 != kNobody && !together(e.a, e.a2)) return "they are not in the same place";
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