// The teller's voice: which shape a thought takes, what a sentence begins with, and whom a plot meets.
#include "data/world/teller.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal::world {
namespace {

constexpr std::string_view kSoon[] = {"soon",       "before long",    "after a while", "a little later", "then",
                                      "after that", "a moment later", "by and by",     "in no time",     "now"};
constexpr std::string_view kAtOnce[] = {"just then", "at that moment", "suddenly", "all at once"};
constexpr std::string_view kAtLast[] = {"at last", "finally", "in the end"};

uint16_t moment_named(std::string_view text) {
  for (size_t i = 0; i < moments().size(); ++i)
    if (moments()[i].text == text) return static_cast<uint16_t>(i);
  GIMBAL_ASSERT(false, "no moment is called ", text);
}

bool can_open_with_moment(Shape shape) {
  return shape == Shape::kOne || shape == Shape::kBoth || shape == Shape::kTwo || shape == Shape::kThree || shape == Shape::kWhile ||
         shape == Shape::kAnd || shape == Shape::kBut || shape == Shape::kWant || shape == Shape::kPlan;
}

bool journey(Pred pred) {
  return (pred >= Pred::kGo && pred <= Pred::kPass && pred != Pred::kMeet) || pred < Pred::kGo || pred == Pred::kRace || pred == Pred::kFriends ||
         pred == Pred::kMoral;
}

}  // namespace

// Telling.

void Teller::write(Message m) {
  if (moment_ != kNoWord && can_open_with_moment(m.shape) && m.moment == kNoWord) {
    m.moment = moment_;
    moment_ = kNoWord;
  }
  before_ = {facts, discourse_, story.text.size(), story.events.size(), words_, facts.people_count, facts.item_count, facts.site_count, paragraph_};
  ++discourse_.sentence;
  if (paragraph_)
    story.text += "\n\n";
  else if (!story.text.empty())
    story.text += ' ';
  paragraph_ = false;
  const auto begin = static_cast<uint32_t>(story.text.size());
  if (!realizer_.write(m, story.text)) {
    const bool free = m.moment == kNoWord || (moments()[m.moment].tags == 0 && moments()[m.moment].more == 0);
    GIMBAL_ASSERT(free, "a moment has no sentence of shape ", static_cast<int>(m.shape));
    m.moment = kNoWord;
    m.place = kNobody;
    const bool written = realizer_.write(m, story.text);
    GIMBAL_ASSERT(written, "no sentence of shape ", static_cast<int>(m.shape), " about predicate ", static_cast<int>(m.events[0].pred));
  }
  const char* wrong = apply_sentence(facts, m.shape, m.events, m.count, m.moment, m.place);
  GIMBAL_ASSERT(!wrong, "the story contradicts itself (", wrong, "): ", story.text);
  last_ = m;
  if (m.speaker != kNobody) discourse_.talk_seen = discourse_.sentence;
  const auto end = static_cast<uint32_t>(story.text.size());
  story.sentences.push_back({begin, end, static_cast<uint32_t>(story.events.size()), static_cast<uint32_t>(m.count), m.shape, m.moment, m.place});
  story.events.insert(story.events.end(), m.events, m.events + m.count);
  for (int i = 0; i < m.count; ++i)
    if (m.events[i].pred == Pred::kFeel) felt_[m.events[i].a] = story.sentences.size();
  words_ += 1 + static_cast<int>(std::count(story.text.begin() + begin, story.text.end(), ' '));
}

void Teller::adorn(Message& m) {
  const Event& e = m.events[0];
  const uint8_t here = e.a == kNobody ? kNobody : facts.people[e.a].at;
  if ((m.shape == Shape::kOne || m.shape == Shape::kTwo) && moment_ == kNoWord && here < kMaxSites && !journey(e.pred) && e.p == kNobody &&
      e.pred != Pred::kFeel && story.sentences.size() >= placed_ + 7 && chance(16)) {
    m.place = here;
    placed_ = story.sentences.size();
  }
  if (moment_ == kNoWord && m.moment == kNoWord && m.place == kNobody && can_open_with_moment(m.shape) && e.pred > Pred::kTime &&
      e.pred != Pred::kNotThere && e.pred != Pred::kMoral && e.pred != Pred::kFriends && story.sentences.size() > 4 && chance(8))
    m.moment = moment_named(kSoon[pick(std::size(kSoon))]);
}

bool Teller::merge(const Event& e) {
  const Event& first = last_.events[0];
  const auto plain = [](Pred pred) {
    return pred >= Pred::kGo && pred != Pred::kNotThere && pred != Pred::kMoral && pred != Pred::kFriends && pred != Pred::kBlocked &&
           pred != Pred::kWeatherTurn;
  };
  if (story.sentences.empty() || paragraph_ || moment_ != kNoWord || last_.shape != Shape::kOne || last_.place != kNobody || !plain(e.pred) ||
      !plain(first.pred) || is_talk(first.pred))
    return false;
  if (first.pred == Pred::kSetOff && e.pred == Pred::kArrive) return false;
  if (before_.people != facts.people_count || before_.items != facts.item_count || before_.sites != facts.site_count) return false;
  for (const Event* x : {&first, &e})
    if (x->b != kNobody && !before_.facts.people[x->b].introduced) return false;
  const bool same =
      first.a == e.a && first.a2 == e.a2 && e.a != kNobody && realizer_.has_verb(first, Form::kIng) && realizer_.has_verb(e, Form::kIng);
  const bool echoes = !same && e.a != kNobody && (e.pred == Pred::kFeel || e.pred == Pred::kExpress) && (first.b == e.a || first.a == kNobody);
  if (!chance(same ? 38 : echoes ? 60 : 14)) return false;
  const auto inward = [](Pred pred) {
    return pred == Pred::kFeel || pred == Pred::kNeed || pred == Pred::kExpress || pred == Pred::kThinkOf || pred == Pred::kIdea ||
           pred == Pred::kWait;
  };
  Shape shape = inward(first.pred) || inward(e.pred) ? Shape::kBoth : Shape::kTwo;
  if (!same) shape = !echoes ? Shape::kAnd : chance(60) ? Shape::kWhen : Shape::kSo;
  if (!can_open_with_moment(shape) && last_.moment != kNoWord) shape = Shape::kAnd;
  const Message m{.shape = shape, .events = {first, e}, .count = 2, .moment = last_.moment};
  facts = before_.facts;
  discourse_ = before_.discourse;
  story.text.resize(before_.text);
  story.events.resize(before_.events);
  story.sentences.pop_back();
  words_ = before_.words;
  paragraph_ = before_.paragraph;
  write(m);
  return true;
}

// Looks back at something that the same person did a while ago: "Mia, who had lost her kite, ..."
bool Teller::recall(const Event& e) {
  if (e.a == kNobody || e.a2 != kNobody || e.pred < Pred::kGo || moment_ != kNoWord || !chance(7)) return false;
  for (size_t back = 4; back < 14 && back < facts.log.size(); ++back) {
    const Event& past = facts.log[facts.log.size() - back];
    const bool worth_telling = past.pred == Pred::kLose || past.pred == Pred::kFind || past.pred == Pred::kBreak || past.pred == Pred::kMend ||
                               past.pred == Pred::kPick || past.pred == Pred::kGive || past.pred == Pred::kBuy || past.pred == Pred::kCook ||
                               past.pred == Pred::kBuild || past.pred == Pred::kHelp || past.pred == Pred::kPlant || past.pred == Pred::kLearn ||
                               past.pred == Pred::kWin || past.pred == Pred::kTrade;
    if ((past.pred == Pred::kLose || past.pred == Pred::kBreak) && (e.pred == Pred::kExpress || e.pred == Pred::kFeel)) continue;
    if (past.mode != Mode::kNow || !worth_telling || past.a != e.a || past.a2 != kNobody) continue;
    if (!realizer_.has_verb(past, Form::kPart) || !realizer_.has_verb(e, Form::kPast)) return false;
    who_had(past, e);
    return true;
  }
  return false;
}

// Travelers are seen with what they carry.
bool Teller::carry_along(const Event& e) {
  if ((e.pred != Pred::kGo && e.pred != Pred::kReturn && e.pred != Pred::kSetOff) || e.a2 != kNobody || !realizer_.has_verb(e, Form::kPast) ||
      !chance(14))
    return false;
  for (uint8_t i = 0; i < facts.item_count; ++i)
    if (facts.items[i].introduced && facts.holds(e.a, i) && !(facts.thing(i).tags & kHeavy)) {
      holding(i, e);
      return true;
    }
  return false;
}

void Teller::tell(Event e) {
  if (merge(e) || recall(e) || carry_along(e)) return;
  Message m{.shape = Shape::kOne};
  m.events[0] = e;
  adorn(m);
  write(m);
}

void Teller::tell(Event first, Event second) {
  if (first.a != second.a || first.a2 != second.a2 || first.a == kNobody || !realizer_.has_verb(first, Form::kPast))
    return join(Shape::kAnd, first, second);
  if (chance(28)) {
    tell(first);
    return tell(second);
  }
  if (!realizer_.has_verb(second, Form::kPast)) {
    tell(first);
    return tell(second);
  }
  const bool lasting = first.pred < Pred::kGo || second.pred < Pred::kGo;
  const bool free_forms = realizer_.has_verb(first, Form::kPart) && realizer_.has_verb(second, Form::kIng);
  Message m{.shape = lasting || !free_forms ? Shape::kBoth : Shape::kTwo};
  m.events[0] = first;
  m.events[1] = second;
  m.count = 2;
  adorn(m);
  write(m);
}

void Teller::tell(Event first, Event second, Event third) {
  if (!realizer_.has_verb(first, Form::kIng) || !realizer_.has_verb(second, Form::kPast) || !realizer_.has_verb(third, Form::kPast) || chance(35)) {
    tell(first, second);
    return tell(third);
  }
  Message m{.shape = Shape::kThree};
  m.events[0] = first;
  m.events[1] = second;
  m.events[2] = third;
  m.count = 3;
  adorn(m);
  write(m);
}

void Teller::holding(uint8_t item, Event e) {
  Message m{.shape = Shape::kWhile};
  m.events[0] = deed_with(Pred::kHolding, e.a, item);
  m.events[0].a2 = e.a2;
  m.events[1] = e;
  m.count = 2;
  if (e.a2 != kNobody || !realizer_.has_verb(e, Form::kPast)) return tell(e);
  adorn(m);
  write(m);
}

void Teller::join(Shape shape, Event first, Event second) {
  if (!realizer_.has_clause(first, false) || !realizer_.has_clause(second, false)) {
    tell(first);
    return tell(second);
  }
  Message m{.shape = shape};
  m.events[0] = first;
  m.events[1] = second;
  m.count = 2;
  adorn(m);
  write(m);
}

void Teller::because(Event effect, Event cause) {
  Message m{.shape = Shape::kBecause};
  m.events[0] = effect;
  m.events[1] = meant(Mode::kHad, cause);
  m.count = 2;
  write(m);
}

void Teller::who_had(Event past, Event now) {
  if (!realizer_.has_verb(past, Form::kPart) || !realizer_.has_verb(now, Form::kPast)) return tell(now);
  Message m{.shape = Shape::kWho};
  m.events[0] = now;
  m.events[1] = meant(Mode::kHad, past);
  m.count = 2;
  write(m);
}

void Teller::mode(Shape shape, Mode mode, Event e) {
  Message m{.shape = shape};
  m.events[0] = meant(mode, e);
  adorn(m);
  write(m);
}

namespace {

Shape speech_shape(Symbol first, bool reply, bool bare) {
  const Shape plain = first == Symbol::kSay ? Shape::kSay1 : first == Symbol::kAsk ? Shape::kAsk1 : Shape::kCry1;
  const int base = static_cast<int>(plain) - static_cast<int>(Shape::kSay1);
  if (bare) return static_cast<Shape>(static_cast<int>(Shape::kBareSay) + base);
  return reply ? static_cast<Shape>(static_cast<int>(Shape::kReplySay) + base) : plain;
}

Shape speech_shape(Symbol first, Symbol second) {
  const auto is = [&](Symbol a, Symbol b) { return first == a && second == b; };
  if (is(Symbol::kSay, Symbol::kSay)) return Shape::kSaySay;
  if (is(Symbol::kSay, Symbol::kAsk)) return Shape::kSayAsk;
  if (is(Symbol::kCry, Symbol::kSay)) return Shape::kCrySay;
  if (is(Symbol::kCry, Symbol::kAsk)) return Shape::kCryAsk;
  if (is(Symbol::kCry, Symbol::kCry)) return Shape::kCryCry;
  if (is(Symbol::kAsk, Symbol::kSay)) return Shape::kAskSay;
  if (is(Symbol::kAsk, Symbol::kAsk)) return Shape::kAskAsk;
  return Shape::kShapes;
}

}  // namespace

void Teller::say(uint8_t speaker, uint8_t hearer, Event first) {
  first.speaker = speaker;
  first.hearer = hearer;
  const bool answering = discourse_.talk_seen == discourse_.sentence && facts.last_speaker == hearer && facts.last_hearer == speaker;
  Message m{.speaker = speaker, .hearer = hearer};
  const Symbol kind = realizer_.talk_kind(first, 0);
  GIMBAL_ASSERT(kind != Symbol::kSymbols, "nobody can say predicate ", static_cast<int>(first.pred), " in mode ", static_cast<int>(first.mode),
                " with roles ", roles(first));
  m.events[0] = first;
  const bool bare = answering && chance(22), reply = answering && !bare && chance(70);
  m.shape = speech_shape(kind, reply, bare);
  m.say_hearer = !bare && !reply && hearer != kNobody && (default_hearer(facts, speaker) != hearer || chance(20));
  write(m);
}

void Teller::say(uint8_t speaker, uint8_t hearer, Event first, Event second) {
  first.speaker = second.speaker = speaker;
  first.hearer = second.hearer = hearer;
  Message m{.speaker = speaker, .hearer = hearer};
  const Symbol a = realizer_.talk_kind(first, 0), b = realizer_.talk_kind(second, 1);
  m.shape = a == Symbol::kSymbols || b == Symbol::kSymbols ? Shape::kShapes : speech_shape(a, b);
  if (m.shape == Shape::kShapes || chance(30)) {
    say(speaker, hearer, first);
    return say(speaker, hearer, second);
  }
  m.events[0] = first;
  m.events[1] = second;
  m.count = 2;
  m.say_hearer = hearer != kNobody && (default_hearer(facts, speaker) != hearer || chance(20));
  write(m);
}

void Teller::scene() {
  uint16_t fit[128];
  size_t n = 0;
  for (size_t i = 0; i < scenes().size(); ++i) {
    if (std::find(scenes_told_.begin(), scenes_told_.end(), i) != scenes_told_.end()) continue;
    Facts& f = facts;
    if (!f.hour || !f.sky || f.scene == kNobody) return;
    if (scene_fits(f, static_cast<uint16_t>(i))) fit[n++] = static_cast<uint16_t>(i);
  }
  if (n == 0) return;
  Message m{.shape = Shape::kScene};
  m.scene = fit[skewed(rng_, n, 2)];
  m.events[0] = {.pred = Pred::kMood, .w = m.scene};
  scenes_told_.push_back(m.scene);
  write(m);
}

void Teller::moment(std::string_view text) { moment_ = moment_named(text); }
void Teller::suddenly() { moment_ = moment_named(kAtOnce[pick(std::size(kAtOnce))]); }
void Teller::finally() { moment_ = moment_named(kAtLast[pick(std::size(kAtLast))]); }
void Teller::later() { moment_ = moment_named(kSoon[pick(std::size(kSoon))]); }

void Teller::next_day() {
  moment_ = choose(
      moments(), [&](const Phrase& m) { return (m.more & kNextDay) != 0; }, "moment");
}

void Teller::toward_evening() {
  if (facts.hour >= kEvening) return later();
  moment_ = choose(
      moments(), [&](const Phrase& m) { return m.tags == kEvening && m.more == 0; }, "moment");
}

void Teller::feels(uint8_t who, Mood mood) { tell(deed_word(Pred::kFeel, who, feeling(mood))); }
void Teller::feels(uint8_t who, Mood mood, const Event& cause) { because(deed_word(Pred::kFeel, who, feeling(mood)), cause); }
void Teller::shows(uint8_t who, Tags moods) {
  const Tags has = facts.moods_of(who) & moods;
  tell(deed_word(Pred::kExpress, who,
                 choose(
                     expressions(), [&](const Doing& d) { return (d.tags & has) != 0; }, "expression")));
}

}  // namespace gimbal::world
