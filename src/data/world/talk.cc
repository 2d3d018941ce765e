// What each thing said takes for granted: one thanks for something, answers a question, comforts the sad.
#include "data/world/facts.h"

namespace gimbal::world {

using enum Mood;

const char* Facts::say(const Event& e) {
  const uint8_t me = e.speaker, you = e.hearer;
  const Pred reply_to = last_said;
  const bool answers = asked.pred != Pred::kPreds && asked.hearer == me && (you == kNobody || asked.speaker == you);
  const auto mine = [&](uint8_t who) { return static_cast<uint8_t>(1u << who); };
  last_speaker = me;
  last_hearer = you;
  last_said = e.pred;
  switch (e.pred) {
    case Pred::kThanks:
      return you != kNobody && (people[me].owes & mine(you)) ? nullptr : "has nothing to thank for";
    case Pred::kWelcome:
      return reply_to == Pred::kThanks ? nullptr : "nobody said thanks";
    case Pred::kApology:
      if (you == kNobody || !(people[me].wronged & mine(you))) return "has nothing to be sorry for";
      people[you].sorry_from |= mine(me);
      themes |= theme(kHonesty);
      return nullptr;
    case Pred::kPardon:
      if (you == kNobody || !(people[me].sorry_from & mine(you))) return "nobody said sorry";
      people[you].wronged &= static_cast<uint8_t>(~mine(me));
      soothe(you, mood(kGuilty));
      soothe(me, mood(kAngry));
      stir(you, mood(kRelief) | mood(kGrateful));
      themes |= theme(kForgiving);
      return nullptr;
    case Pred::kYes:
      if (!answers) return "nobody asked";
      stir(asked.speaker, mood(kHopeful) | mood(kJoy));
      asked = {};
      return nullptr;
    case Pred::kNo:
      if (!answers) return "nobody asked";
      stir(asked.speaker, mood(kLetDown) | mood(kSad));
      asked = {};
      return nullptr;
    case Pred::kGoodIdea:
      return reply_to == Pred::kComeWith || answers ? nullptr : "nobody had an idea";
    case Pred::kDontKnow:
      if (!answers || asked.pred != Pred::kWhereIs) return "nobody asked";
      asked = {};
      return nullptr;
    case Pred::kWhatIsWrong:
      asked = e;
      [[fallthrough]];
    case Pred::kCheerUp:
      if (you == kNobody || !(moods_of(you) & kTroubledMoods)) return "nothing is wrong";
      if (e.pred == Pred::kCheerUp) stir(you, mood(kHopeful) | mood(kGrateful));
      return nullptr;
    case Pred::kPraise:
      return you != kNobody && (moods_of(you) & (mood(kPride) | mood(kBrave) | mood(kFond))) ? nullptr : "did nothing great";
    case Pred::kOhNo:
      return moods_of(me) & (kTroubledMoods | mood(kSurprised)) ? nullptr : "nothing is wrong";
    case Pred::kHappyBirthday:
      return you != kNobody && you == birthday ? nullptr : "it is not the birthday";
    case Pred::kWhereIs:
      if (holds(me, e.t)) return "has it already";
      asked = e;
      themes |= theme(kAsking);
      return nullptr;
    case Pred::kItIs: {
      const uint8_t site = e.p != kNobody ? e.p : people[me].at;
      Item& it = items[e.t];
      if (it.where == Where::kHeld || it.where == Where::kGone) return "it is elsewhere";
      if (it.where == Where::kLying && (it.holder != site || (it.spot && e.s && it.spot != e.s))) return "it is elsewhere";
      if (e.s && site < kMaxSites && !furnished(site, e.s)) return "there is no such thing there";
      if (site < kMaxSites) lay(e.t, site, e.s ? e.s : it.spot);
      stir(you, mood(kHopeful));
      if (asked.pred == Pred::kWhereIs) asked = {};
      if (you != kNobody) people[you].owes |= mine(me);
      return nullptr;
    }
    case Pred::kFoundIt:
      return holds(me, e.t) && items[e.t].found ? nullptr : "did not find it";
    case Pred::kMayHave:
    case Pred::kDoYouHave:
      if (holds(me, e.t)) return "has it already";
      if (e.pred == Pred::kMayHave && items[e.t].where != Where::kUnknown && !(you != kNobody && holds(you, e.t))) return "cannot give it";
      asked = e;
      themes |= theme(kAsking);
      return nullptr;
    case Pred::kIHave:
      if (items[e.t].where == Where::kUnknown) {
        give_to(e.t, me);
        if (items[e.t].owner == kNobody) items[e.t].owner = me;
      }
      if (!holds(me, e.t)) return "does not have it";
      if (asked.hearer == me) asked = {};
      return nullptr;
    case Pred::kTakeIt:
      return holds(me, e.t) ? nullptr : "does not have it";
    case Pred::kWantsFor:
      if (!holds(me, e.t)) return "does not have it";
      if (holds(me, e.u)) return "has it already";
      people[me].want = {.pred = Pred::kHolding, .mode = Mode::kWant, .a = me, .t = e.u};
      return nullptr;
    case Pred::kIsBroken:
      return items[e.t].broken ? nullptr : "it is whole";
    case Pred::kIsYours:
      if (!holds(me, e.t)) return "does not have it";
      asked = e;
      return nullptr;
    case Pred::kMine:
      if (items[e.t].owner == kNobody && answers && asked.pred == Pred::kIsYours) items[e.t].owner = me;
      if (answers) asked = {};
      return items[e.t].owner == me ? nullptr : "it belongs to another";
    case Pred::kLookAt:
      return holds(me, e.t) ? nullptr : "does not have it";
    case Pred::kNice:
      return you != kNobody && holds(you, e.t) ? nullptr : "does not have it";
    case Pred::kTooHeavy:
      return (thing(e.t).tags & kHeavy) && items[e.t].pulls > 0 ? nullptr : "it is light";
    case Pred::kINeed:
      if (holds(me, e.t)) return "has it already";
      people[me].want = {.pred = Pred::kHolding, .mode = Mode::kWant, .a = me, .t = e.t};
      return nullptr;
    case Pred::kIAm:
      return do_deed_alone({.pred = Pred::kFeel, .a = me, .w = e.w}, me);
    case Pred::kIFear:
      return do_deed_alone({.pred = Pred::kFear, .a = me, .w = e.w}, me);
    case Pred::kJoinUs:
      asked = e;
      return nullptr;
    case Pred::kComeWith:
      if (people[me].at == e.p) return "is there already";
      asked = e;
      return nullptr;
    case Pred::kHaveCount:
      return counted == e.w && people[me].tally == e.n ? nullptr : "has a different number";
    default:
      return nullptr;
  }
}

}  // namespace gimbal::world
