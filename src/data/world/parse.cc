// A chart parser over the tries: each symbol is derived once at each position.
#include "data/world/parse.h"

#include <algorithm>
#include <array>

namespace gimbal::world {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || c == '-'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool stop(char c) { return c == '.' || c == '!' || c == '?'; }

/// Ids of the small words, looked up once.
struct Words {
  uint16_t a, an, some, the, his, her, its, their, my, your, our, and_, of, named, called, girl, boy, woman, man, home, own, the_, two, friends, both,
      them, I, me, you, we, us;
  std::array<uint16_t, 4> subject, object, owner, self;
  std::array<std::array<uint16_t, 4>, 3> spoken;
  std::array<uint16_t, 5> sides;
  std::array<uint16_t, 4> at;
  uint16_t to, into, up, down, out;
  Words() {
    const Grammar& g = Grammar::get();
    const auto id = [&](std::string_view s) { return g.word_id(s); };
    a = id("a"), an = id("an"), some = id("some"), the = id("the"), his = id("his"), her = id("her"), its = id("its"), their = id("their"),
    my = id("my"), your = id("your"), our = id("our");
    and_ = id("and"), of = id("of"), named = id("named"), called = id("called"), girl = id("girl"), boy = id("boy"), woman = id("woman"),
    man = id("man"), home = id("home"), own = id("'s");
    two = id("two"), friends = id("friends"), both = id("both"), them = id("them"), I = id("I"), me = id("me"), you = id("you"), we = id("we"),
    us = id("us");
    to = id("to"), into = id("into"), up = id("up"), down = id("down"), out = id("out");
    subject = {id("he"), id("she"), id("it"), id("they")};
    object = {id("him"), id("her"), id("it"), id("them")};
    owner = {his, her, its, their};
    self = {id("himself"), id("herself"), id("itself"), id("themselves")};
    spoken = {{{I, me, my, id("myself")}, {you, you, your, id("yourself")}, {we, us, our, id("ourselves")}}};
    sides = {id("under"), id("behind"), id("in"), id("on"), id("beside")};
    at = {id("at"), id("in"), id("on"), id("by")};
  }
};
const Words& small() {
  static const Words words;
  return words;
}

constexpr uint32_t kNo = ~0u;

// After a quotation with a stop of its own, does the sentence go on? "Stop!" cried Mia. "Stop!" Mia said. But: "Stop!" Mia ran.
bool goes_on(std::string_view rest) {
  size_t at = 0;
  const auto next_word = [&] {
    while (at < rest.size() && rest[at] == ' ') ++at;
    const size_t begin = at;
    while (at < rest.size() && letter(rest[at])) ++at;
    return rest.substr(begin, at - begin);
  };
  const std::string_view first = next_word();
  if (first.empty()) return false;
  if (!upper(first[0])) return true;
  constexpr std::string_view kSaid[] = {"said", "asked", "called", "shouted", "exclaimed"};
  const std::string_view verb = next_word();
  if (std::find(std::begin(kSaid), std::end(kSaid), verb) == std::end(kSaid)) return false;
  next_word();
  return at < rest.size() && rest[at] == '.';
}

}  // namespace

std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  bool quoted = false;
  const auto cut = [&](size_t end) {
    while (begin < end && (text[begin] == ' ' || text[begin] == '\n')) ++begin;
    if (begin < end) out.push_back(text.substr(begin, end - begin));
    begin = end;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      quoted = false;
      cut(i);
    } else if (c == '"') {
      quoted = !quoted;
      if (!quoted && i > 0 && stop(text[i - 1]) && !goes_on(text.substr(i + 1))) cut(i + 1);
    } else if (stop(c) && !quoted) {
      cut(i + 1);
    }
  }
  cut(text.size());
  return out;
}

bool Parser::tokenize(std::string_view s) {
  tokens_.clear();
  texts_.clear();
  bool capital = true, quoted = false;
  for (size_t i = 0; i < s.size();) {
    if (s[i] == ' ') {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (letter(s[i]))
      while (end < s.size() && letter(s[end])) ++end;
    std::string_view text = s.substr(i, end - i);
    if (tokens_.size() + 2 > kMaxTokens) return false;
    if (!letter(text[0])) {
      tokens_.push_back({g_.word_id(text), kNoWord});
      texts_.push_back(text);
      if (text[0] == '"') {
        quoted = !quoted;
        capital = quoted;
      }
      if (stop(text[0])) capital = true;
      i = end;
      continue;
    }
    uint16_t id = g_.word_id(text);
    bool own = false;
    if (text.ends_with("'s") && id == kNoWord) {
      text.remove_suffix(2);
      id = g_.word_id(text);
      own = true;
    }
    Token token{id, kNoWord};
    if (capital) {
      if (!upper(text[0])) return false;
      scratch_.assign(text);
      scratch_[0] = static_cast<char>(scratch_[0] - 'A' + 'a');
      token.low = g_.word_id(scratch_);
      capital = false;
    }
    if (token.id == kNoWord && token.low == kNoWord) return false;
    tokens_.push_back(token);
    texts_.push_back(text);
    if (own) {
      tokens_.push_back({small().own, kNoWord});
      texts_.push_back("'s");
    }
    i = end;
  }
  return true;
}

void Parser::add(uint32_t& first, uint32_t value, uint32_t end) {
  derivations_.push_back({value, static_cast<uint16_t>(end), first});
  first = static_cast<uint32_t>(derivations_.size() - 1);
}

void Parser::add_ref(uint32_t& first, const Ref& ref, uint32_t end) {
  refs_.push_back(ref);
  add(first, static_cast<uint32_t>(refs_.size() - 1), end);
}

const std::vector<uint32_t>& Parser::parse(std::string_view sentence) {
  results_.clear();
  trees_.clear();
  children_.clear();
  stack_.clear();
  derivations_.clear();
  refs_.clear();
  ++stamp_;
  if (!tokenize(sentence)) return results_;
  const size_t width = tokens_.size() + 1;
  if (memo_.size() < width * static_cast<size_t>(Symbol::kSymbols)) memo_.resize((kMaxTokens + 2) * static_cast<size_t>(Symbol::kSymbols));
  if (np_memo_.size() < width * static_cast<size_t>(Np::kNps)) np_memo_.resize((kMaxTokens + 2) * static_cast<size_t>(Np::kNps));
  for (uint32_t d = derive(Symbol::kSentence, 0); d != kNo; d = derivations_[d].next)
    if (derivations_[d].end == tokens_.size()) results_.push_back(derivations_[d].value);
  // The plainest reading first: "I am sorry" is an apology before it is a report of a feeling.
  std::sort(results_.begin(), results_.end(), [&](uint32_t a, uint32_t b) { return parts(a) != parts(b) ? parts(a) < parts(b) : a < b; });
  return results_;
}

uint32_t Parser::parts(uint32_t tree) const {
  uint32_t n = 1, next = 0;
  for (const Elem& e : g_.elems(g_.variant(trees_[tree].variant))) {
    if (e.kind == Elem::kSub) n += parts(child(trees_[tree], next));
    next += e.kind >= Elem::kNp;
  }
  return n;
}

uint32_t Parser::derive(Symbol symbol, uint32_t pos) {
  Memo& memo = memo_[pos * static_cast<size_t>(Symbol::kSymbols) + static_cast<size_t>(symbol)];
  if (memo.stamp == stamp_) return memo.first;
  memo = {stamp_, kNo};
  uint32_t first = kNo;
  const size_t outer = frame_;
  frame_ = stack_.size();
  walk(g_.root(symbol), pos, symbol > Symbol::kCry, first);
  frame_ = outer;
  memo_[pos * static_cast<size_t>(Symbol::kSymbols) + static_cast<size_t>(symbol)].first = first;
  return first;
}

uint32_t Parser::agreement(Agree agree, uint32_t pos, uint32_t& value) const {
  const Words& w = small();
  if (agree == Agree::kIt || agree == Agree::kThey) {
    const auto& table = agree == Agree::kIt ? w.object : w.subject;
    for (uint32_t i = 2; i < 4; ++i)
      if (is(pos, table[i])) return value = i, 1;
    return 0;
  }
  const auto& table = agree == Agree::kHe ? w.subject : agree == Agree::kHim ? w.object : agree == Agree::kHis ? w.owner : w.self;
  for (uint32_t i = 0; i < 4; ++i)
    if (is(pos, table[i])) return value = i, 1;
  for (uint32_t i = 0; i < 3; ++i)
    if (is(pos, w.spoken[i][static_cast<size_t>(agree)])) return value = 4 + i, 1;
  return 0;
}

void Parser::walk(uint32_t node, uint32_t pos, bool list, uint32_t& first) {
  for (uint32_t i = g_.first_accept(node); i != kNo; i = g_.accept(i).next) {
    const Accept& accept = g_.accept(i);
    if (list) {
      add(first, g_.row(g_.variant(accept.variant).row).w, pos);
      continue;
    }
    trees_.push_back({accept.variant, accept.number, static_cast<uint16_t>(stack_.size() - frame_), static_cast<uint32_t>(children_.size())});
    children_.insert(children_.end(), stack_.begin() + static_cast<std::ptrdiff_t>(frame_), stack_.end());
    add(first, static_cast<uint32_t>(trees_.size() - 1), pos);
  }
  if (pos >= tokens_.size()) return;
  for (const uint16_t id : {tokens_[pos].id, tokens_[pos].low})
    if (id != kNoWord)
      if (const uint32_t next = g_.step(node, id)) walk(next, pos + 1, list, first);
  for (uint32_t i = g_.first_slot(node); i != kNo; i = g_.slot_edge(i).next) {
    const auto& edge = g_.slot_edge(i);
    const auto follow = [&](uint32_t value, uint32_t end) {
      stack_.push_back(value);
      walk(edge.to, end, list, first);
      stack_.pop_back();
    };
    uint32_t value = 0;
    switch (edge.kind) {
      case Elem::kAgree:
        if (agreement(edge.agree, pos, value)) follow(value, pos + 1);
        break;
      case Elem::kHearer:
        if (name(pos) != kNoWord) follow(name(pos), pos + 1);
        break;
      case Elem::kNp:
        for (uint32_t d = refer(edge.np, pos); d != kNo; d = derivations_[d].next) follow(derivations_[d].value, derivations_[d].end);
        break;
      default:
        for (uint32_t d = derive(edge.symbol, pos); d != kNo; d = derivations_[d].next) follow(derivations_[d].value, derivations_[d].end);
    }
  }
}

uint32_t Parser::refer(Np np, uint32_t pos) {
  Memo& memo = np_memo_[pos * static_cast<size_t>(Np::kNps) + static_cast<size_t>(np)];
  if (memo.stamp == stamp_) return memo.first;
  uint32_t first = kNo;
  switch (np) {
    case Np::kSubject:
    case Np::kObject:
    case Np::kOwner:
      people(np, pos, first);
      break;
    case Np::kNewPerson:
      newcomers(pos, first);
      people(Np::kObject, pos, first);
      break;
    case Np::kThing:
    case Np::kThingSubject:
      thing_refs(np, pos, first);
      break;
    case Np::kNewThing:
      new_things(pos, first);
      thing_refs(Np::kThing, pos, first);
      break;
    default:
      place_refs(np, pos, first);
  }
  np_memo_[pos * static_cast<size_t>(Np::kNps) + static_cast<size_t>(np)] = {stamp_, first};
  return first;
}

// "the", "her", "Mia's": the number of tokens, 0 when there is none.
uint32_t Parser::determiner(uint32_t pos, Ref& ref) const {
  const Words& w = small();
  const std::pair<uint16_t, Det> dets[] = {{w.the, Det::kThe},     {w.his, Det::kHis}, {w.her, Det::kHer},   {w.its, Det::kIts},
                                           {w.their, Det::kTheir}, {w.my, Det::kMy},   {w.your, Det::kYour}, {w.our, Det::kOur}};
  for (const auto& [word, det] : dets)
    if (is(pos, word)) return ref.det = det, 1;
  if (name(pos) != kNoWord && is(pos + 1, w.own)) {
    ref.det = Det::kNamed;
    ref.owner = name(pos);
    return 2;
  }
  return 0;
}

void Parser::people(Np np, uint32_t pos, uint32_t& first) {
  const Words& w = small();
  const auto done = [&](const Ref& ref, uint32_t end) {
    if (np != Np::kOwner)
      add_ref(first, ref, end);
    else if (is(end, w.own))
      add_ref(first, ref, end + 1);
  };
  const auto being = [&](uint32_t at, Ref& ref) -> uint32_t {  // a name, or "the fox"
    if (name(at) != kNoWord) return ref.x = name(at), at + 1;
    if (is(at, w.the))
      if (const uint32_t d = derive(Symbol::kSpecies, at + 1); d != kNo)
        return ref.species = static_cast<uint16_t>(derivations_[d].value), derivations_[d].end;
    return 0;
  };
  Ref one;
  if (const uint32_t end = being(pos, one)) {
    if (one.species != kNoWord) {
      one.kind = Ref::kSpecies;
      one.x = one.species;
    }
    done(one, end);
    Ref two;
    if (np != Np::kOwner && is(end, w.and_))
      if (const uint32_t end2 = being(end + 1, two)) {
        Ref pair{.kind = Ref::kPair, .x = one.species == kNoWord ? one.x : kNoWord, .y = two.species == kNoWord ? two.x : kNoWord};
        pair.species = one.species;
        pair.kin = two.species;  // the second animal's kind
        add_ref(first, pair, end2);
      }
  }
  const auto& table = np == Np::kSubject ? w.subject : np == Np::kObject ? w.object : w.owner;
  for (uint8_t i = 0; i < 4; ++i)
    if (is(pos, table[i])) add_ref(first, {.kind = Ref::kPronoun, .gender = static_cast<Gender>(i)}, pos + 1);
  const size_t grammatical_case = np == Np::kSubject ? 0 : np == Np::kObject ? 1 : 2;
  constexpr Ref::Kind kSpoken[] = {Ref::kI, Ref::kYou, Ref::kWe};
  for (size_t i = 0; i < 3; ++i)
    if (is(pos, w.spoken[i][grammatical_case])) add_ref(first, {.kind = kSpoken[i]}, pos + 1);
  if (is(pos, w.the))
    for (uint32_t d = derive(Symbol::kJob, pos + 1); d != kNo; d = derivations_[d].next)
      done({.kind = Ref::kJob, .x = static_cast<uint16_t>(derivations_[d].value)}, derivations_[d].end);
  Ref owned;
  if (const uint32_t n = determiner(pos, owned); n != 0 && owned.det != Det::kThe) {
    for (uint32_t d = derive(Symbol::kKinWord, pos + n); d != kNo; d = derivations_[d].next) {
      owned.kind = Ref::kKin;
      owned.x = static_cast<uint16_t>(derivations_[d].value);
      done(owned, derivations_[d].end);
    }
    for (uint32_t d = derive(Symbol::kSpecies, pos + n); d != kNo; d = derivations_[d].next) {
      owned.kind = Ref::kPet;
      owned.x = static_cast<uint16_t>(derivations_[d].value);
      done(owned, derivations_[d].end);
    }
  }
}

void Parser::newcomers(uint32_t pos, uint32_t& first) {
  const Words& w = small();
  if (name(pos) != kNoWord && is(pos + 1, w.the))  // Rosa the baker
    for (uint32_t d = derive(Symbol::kJob, pos + 2); d != kNo; d = derivations_[d].next) {
      Ref ref{.kind = Ref::kNewPerson, .det = Det::kThe, .x = name(pos)};
      ref.job = static_cast<uint16_t>(derivations_[d].value);
      add_ref(first, ref, derivations_[d].end);
    }
  Ref base;
  base.kind = Ref::kNewPerson;
  uint32_t at = pos;
  const bool article_a = is(pos, w.a), article_an = is(pos, w.an);
  if (article_a || article_an) {
    base.det = Det::kA;
    at = pos + 1;
    if (at >= tokens_.size() || article(texts_[at]) != (article_a ? "a" : "an")) return;
  } else if (const uint32_t n = determiner(pos, base); n != 0 && base.det != Det::kThe) {
    at = pos + n;
  } else {
    return;
  }
  const auto finish = [&](Ref ref, uint32_t end) {  // [named] Name
    if (ref.det == Det::kA) {
      if (is(end, w.named) || is(end, w.called)) {
        if (name(end + 1) == kNoWord) return;
        ref.x = name(end + 1);
        return add_ref(first, ref, end + 2);
      }
      if (ref.species != kNoWord && ref.kin == kNoWord) add_ref(first, ref, end);
      return;
    }
    if (name(end) == kNoWord || (ref.kin == kNoWord && ref.species == kNoWord)) return;
    ref.x = name(end);
    add_ref(first, ref, end + 1);
  };
  const auto classes = [&](Ref ref, uint32_t from) {
    const std::tuple<uint16_t, int8_t, bool> sorts[] = {{w.boy, 0, false}, {w.girl, 1, false}, {w.man, 0, true}, {w.woman, 1, true}};
    for (const auto& [word, sex, grown] : sorts)
      if (is(from, word)) {
        Ref r = ref;
        r.sex = sex;
        r.grown = grown;
        finish(r, from + 1);
      }
    const std::pair<Symbol, uint16_t Ref::*> kinds[] = {{Symbol::kSpecies, &Ref::species}, {Symbol::kJob, &Ref::job}, {Symbol::kKinWord, &Ref::kin}};
    for (const auto& [symbol, field] : kinds)
      for (uint32_t d = derive(symbol, from); d != kNo; d = derivations_[d].next) {
        Ref r = ref;
        r.*field = static_cast<uint16_t>(derivations_[d].value);
        finish(r, derivations_[d].end);
      }
  };
  classes(base, at);
  if (base.det == Det::kA)
    for (uint32_t d = derive(Symbol::kTrait, at); d != kNo; d = derivations_[d].next) {
      Ref r = base;
      r.trait = static_cast<uint16_t>(derivations_[d].value);
      classes(r, derivations_[d].end);
    }
}

void Parser::nouns(uint32_t pos, const Ref& base, uint32_t& first) {
  for (uint32_t d = derive(Symbol::kThing, pos); d != kNo; d = derivations_[d].next) {
    Ref ref = base;
    ref.x = static_cast<uint16_t>(derivations_[d].value);
    add_ref(first, ref, derivations_[d].end);
  }
  size_t n = 0;
  while (n < 4 && base.adjectives[n] != 255) ++n;
  if (n == 3) return;
  for (uint32_t d = derive(Symbol::kAdjective, pos); d != kNo; d = derivations_[d].next) {
    Ref ref = base;
    ref.adjectives[n] = static_cast<uint8_t>(derivations_[d].value);
    nouns(derivations_[d].end, ref, first);
  }
}

void Parser::thing_refs(Np np, uint32_t pos, uint32_t& first) {
  const Words& w = small();
  if (is(pos, w.object[2])) add_ref(first, {.kind = Ref::kPronoun, .gender = Gender::kIt}, pos + 1);
  if (is(pos, np == Np::kThingSubject ? w.subject[3] : w.them)) add_ref(first, {.kind = Ref::kPronoun, .gender = Gender::kThey}, pos + 1);
  Ref base;
  base.kind = Ref::kThing;
  if (const uint32_t n = determiner(pos, base)) nouns(pos + n, base, first);
}

void Parser::new_things(uint32_t pos, uint32_t& first) {
  const Words& w = small();
  Ref base;
  base.kind = Ref::kNewThing;
  base.det = Det::kA;
  const bool some = is(pos, w.some), a = is(pos, w.a), an = is(pos, w.an);
  if (!some && !a && !an) return;
  if (!some && (pos + 1 >= tokens_.size() || article(texts_[pos + 1]) != (a ? "a" : "an"))) return;
  const uint32_t before = first;
  nouns(pos + 1, base, first);
  // "some" goes with bread and boots, "a" with a single thing; other readings are no English
  uint32_t kept = before;
  std::vector<std::pair<uint32_t, uint32_t>> good;
  for (uint32_t d = first; d != before; d = derivations_[d].next) {
    const Tags tags = things()[refs_[derivations_[d].value].x].tags;
    if (((tags & (kMass | kPlural)) != 0) == some) good.emplace_back(derivations_[d].value, derivations_[d].end);
  }
  for (const auto& [value, end] : good) add(kept, value, end);
  first = kept;
  if (some) return;
  for (uint32_t d = derive(Symbol::kMeasure, pos + 1); d != kNo; d = derivations_[d].next) {
    const uint32_t end = derivations_[d].end;
    const std::string_view measure = things()[derivations_[d].value].measure;
    if (!is(end, w.of)) continue;
    uint32_t found = kNo;
    nouns(end + 1, base, found);
    for (uint32_t f = found; f != kNo; f = derivations_[f].next)
      if (const uint32_t ref = derivations_[f].value;
          things()[refs_[ref].x].measure == measure && things()[refs_[ref].x].name == things()[derivations_[d].value].name)
        add(first, ref, derivations_[f].end);
  }
}

void Parser::place_refs(Np np, uint32_t pos, uint32_t& first) {
  const Words& w = small();
  if (np == Np::kSpot) {
    for (uint16_t side = 0; side < 5; ++side)
      if (is(pos, w.sides[side]) && is(pos + 1, w.the))
        for (uint32_t d = derive(Symbol::kFurniture, pos + 2); d != kNo; d = derivations_[d].next)
          if (furniture()[derivations_[d].value].where.find(kSideLetters[side]) != std::string_view::npos)
            add_ref(first, {.kind = Ref::kSpot, .x = side, .y = static_cast<uint16_t>(derivations_[d].value)}, derivations_[d].end);
    return;
  }
  if (is(pos, w.home) && np != Np::kPlaceAt) add_ref(first, {.kind = Ref::kPlace, .x = 0}, pos + 1);
  if (np == Np::kPlaceAt && is(pos, w.at[0]) && is(pos + 1, w.home)) add_ref(first, {.kind = Ref::kPlace, .x = 0}, pos + 2);
  const auto named_place = [&](uint32_t from, auto fits) {
    if (!is(from, w.the)) return;
    for (uint32_t d = derive(Symbol::kPlace, from + 1); d != kNo; d = derivations_[d].next) {
      const auto noun = static_cast<uint16_t>(derivations_[d].value);
      if (noun != 0 && fits(places()[noun])) add_ref(first, {.kind = Ref::kPlace, .x = noun}, derivations_[d].end);
    }
  };
  if (np == Np::kPlace) return named_place(pos, [](const Place&) { return true; });
  if (np == Np::kPlaceAt) {
    for (size_t i = 0; i < 4; ++i)
      if (is(pos, w.at[i])) named_place(pos + 1, [&](const Place& p) { return static_cast<size_t>(p.at) == i; });
    return;
  }
  if (is(pos, w.to)) named_place(pos + 1, [](const Place& p) { return p.to == To::kTo; });
  if (is(pos, w.into)) named_place(pos + 1, [](const Place& p) { return p.to == To::kInto; });
  const std::pair<uint16_t, To> pairs[] = {{w.up, To::kUpTo}, {w.down, To::kDownTo}, {w.out, To::kOutTo}};
  for (const auto& [word, direction] : pairs)
    if (is(pos, word) && is(pos + 1, w.to)) named_place(pos + 2, [&, d = direction](const Place& p) { return p.to == d; });
}

}  // namespace gimbal::world
