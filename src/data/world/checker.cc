// From trees to events: references are resolved in the order of the text, then the events are held against the facts.
#include "data/world/checker.h"

#include "data/world/discourse.h"
#include "data/world/parse.h"
#include "data/world/reader_rules.h"

namespace gimbal::world {
namespace {

// Stand for people who are known only when the sentence ends: its subject, who speaks, who is spoken to.
constexpr uint8_t kSubjectLater = 250, kSpeaker = 251, kHearer = 252;

bool is_verb(Symbol symbol) { return symbol >= Symbol::kVerbPast && symbol <= Symbol::kVerbPart; }
bool is_speech(Symbol symbol) { return symbol == Symbol::kSay || symbol == Symbol::kAsk || symbol == Symbol::kCry; }

}  // namespace

struct Checker::Reader {
  const Grammar& g = Grammar::get();
  Parser parser;
  Facts facts, before;
  Discourse talk, talk_before;
  const char* reason = "";
  bool grammatical = true;

  // The sentence in hand.
  struct Scope {
    uint8_t a = kNobody, a2 = kNobody;
    bool known = false, spoken = false;
    char person = 3;
  };
  struct Ownership {  // "my kite" or "her kite" where she comes later
    uint8_t item, owner;
    Gender gender;
  };
  struct Manner {
    uint16_t adverb;
    uint8_t who;
    const Event* deed;  ///< null for the manner of speaking
  };
  struct Agreement {
    uint8_t value;
    Scope scope;
  };
  Event events[4];
  int count = 0;
  uint16_t moment = kNoWord;
  uint8_t place = kNobody, hearer = kNobody, vocative = kNobody;
  std::vector<Ownership> ownerships;
  std::vector<Manner> manners;
  std::vector<Agreement> agreements;

  bool no(const char* why) {
    reason = why;
    return false;
  }
  bool bad_grammar() {
    grammatical = false;
    return no("that is not grammatical");
  }

  uint8_t named(uint16_t name) const {
    for (uint8_t i = 0; i < facts.people_count; ++i) {
      const Person& p = facts.people[i];
      if (p.introduced && p.name != kNoWord && p.name + (p.species == kNoWord ? 0 : 1000) == name) return i;
    }
    return kNobody;
  }

  // Whose: a person, kSpeaker or kHearer, kSubjectLater where the subject is still to come, kNobody when unclear.
  uint8_t owner_of(const Ref& ref, const Scope& scope) {
    switch (ref.det) {
      case Det::kNamed: {
        const uint8_t who = named(ref.owner);
        if (who != kNobody) talk.mention_person(who);
        return who;
      }
      case Det::kMy:
        return scope.spoken ? kSpeaker : kNobody;
      case Det::kYour:
        return scope.spoken ? kHearer : kNobody;
      case Det::kHis:
      case Det::kHer:
      case Det::kIts: {
        if (scope.spoken) return kNobody;
        const auto gender = static_cast<Gender>(static_cast<int>(ref.det) - static_cast<int>(Det::kHis));
        if (scope.a == kSubjectLater) return kSubjectLater;
        if (scope.a != kNobody && scope.a2 == kNobody && facts.people[scope.a].gender == gender) return scope.a;
        const Referent r = talk.resolve(facts, gender);
        return r.kind == Referent::kPerson ? r.index : kNobody;
      }
      default:
        return kNobody;
    }
  }

  uint8_t only(auto fits) const {
    uint8_t found = kNobody;
    for (uint8_t i = 0; i < facts.people_count; ++i)
      if (facts.people[i].introduced && fits(facts.people[i])) {
        if (found != kNobody) return kNobody;
        found = i;
      }
    return found;
  }

  bool person(const Ref& ref, Np np, const Scope& scope, uint8_t& a, uint8_t* a2) {
    const auto found = [&](uint8_t who) {
      if (who == kNobody) return no("nobody knows who that is");
      talk.mention_person(who);
      a = who;
      return true;
    };
    switch (ref.kind) {
      case Ref::kName:
        return found(named(ref.x));
      case Ref::kSpecies:
        return found(only([&](const Person& p) { return p.species == ref.x; }));
      case Ref::kJob:
        return found(only([&](const Person& p) { return p.job == ref.x; }));
      case Ref::kKin:
      case Ref::kPet: {
        const uint8_t owner = owner_of(ref, scope);
        if (owner >= kMaxPeople) return no("nobody knows whose kin that is");
        return found(only(
            [&](const Person& p) { return p.kin_of == owner && (ref.kind == Ref::kKin ? p.kin == ref.x : p.kin == kNobody && p.species == ref.x); }));
      }
      case Ref::kPair: {
        if (!a2) return bad_grammar();
        const auto being = [&](uint16_t name, uint16_t species) {
          return name != kNoWord ? named(name) : only([&](const Person& p) { return p.species == species; });
        };
        const uint8_t x = being(ref.x, ref.species), y = being(ref.y, ref.kin);
        if (x == kNobody || y == kNobody || x == y) return no("nobody knows who they are");
        a = x;
        *a2 = y;
        talk.mention_pair(x, y);
        return true;
      }
      case Ref::kPronoun: {
        if (scope.spoken) return bad_grammar();
        const Referent r =
            np == Np::kSubject || scope.a >= kMaxPeople ? talk.resolve(facts, ref.gender) : talk.resolve(facts, ref.gender, scope.a, scope.a2);
        if (r.kind == Referent::kPair && a2) {
          a = talk.pair_a;
          *a2 = talk.pair_b;
          talk.mention_pair(a, *a2);
          return true;
        }
        return found(r.kind == Referent::kPerson ? r.index : kNobody);
      }
      case Ref::kI:
      case Ref::kYou:
      case Ref::kWe:
        if (!scope.spoken) return bad_grammar();
        a = ref.kind == Ref::kYou ? kHearer : kSpeaker;
        if (ref.kind == Ref::kWe) {
          if (!a2) return bad_grammar();
          *a2 = kHearer;
        }
        return true;
      default:
        return bad_grammar();
    }
  }

  bool new_person(const Ref& ref, Pred pred, const Scope& scope, uint8_t& who) {
    Person p;
    p.introduced = true;
    p.grown = ref.grown || ref.job != kNoWord || (ref.kin != kNoWord && kin()[ref.kin].more != 0);
    p.species = ref.species;
    p.job = ref.job;
    const bool related = ref.kin != kNoWord || (ref.species != kNoWord && (ref.det != Det::kA || pred == Pred::kKin));
    if (related) {
      p.kin_of = ref.det == Det::kA ? scope.a : owner_of(ref, scope);
      if (p.kin_of >= kMaxPeople) return no("nobody knows whose kin that is");
      if (ref.kin != kNoWord) {
        p.kin = static_cast<uint8_t>(ref.kin);
        p.species = facts.people[p.kin_of].species;  // a fox's brother is a fox
      }
    }
    if (ref.x != kNoWord) {
      if ((ref.x >= 1000) != (p.species != kNoWord)) return no("that is no name for such a being");
      if (named(ref.x) != kNobody) return no("is known already");
      p.name = ref.x >= 1000 ? static_cast<uint16_t>(ref.x - 1000) : ref.x;
      p.gender = ref.x >= 1000 ? animal_names()[p.name].gender : names()[p.name].gender;
    }
    const int sex = p.gender == Gender::kHe ? 0 : p.gender == Gender::kShe ? 1 : 2;
    if (ref.sex >= 0 && ref.sex != sex) return no("the name is of the other gender");
    if (ref.job != kNoWord && !(jobs()[ref.job].gender >> sex & 1)) return no("the name is of the other gender");
    if (ref.trait != kNoWord) p.traits[0] = static_cast<uint8_t>(ref.trait);
    if (ref.kin != kNoWord && !(kin()[ref.kin].tags >> sex & 1)) return no("the name is of the other gender");
    if (p.species != kNoWord && p.name == kNoWord && only([&](const Person& x) { return x.species == p.species; }) != kNobody)
      return no("is known already");
    who = facts.add_person(p);
    if (who == kNobody) return no("there are too many people");
    talk.mention_person(who);
    return true;
  }

  bool thing(const Ref& ref, const Scope& scope, uint8_t& item) {
    if (ref.kind == Ref::kPronoun) {
      if (scope.a == kSubjectLater) return bad_grammar();
      const Referent r = talk.resolve(facts, ref.gender);
      if (r.kind != Referent::kItem) return no("nobody knows what it is");
      item = r.index;
      talk.mention_item(item);
      return true;
    }
    item = kNobody;
    for (uint8_t i = 0; i < facts.item_count; ++i)
      if (facts.items[i].introduced && facts.items[i].noun == ref.x) item = i;
    if (item == kNobody) return no("nobody has heard of such a thing");
    Item& it = facts.items[item];
    for (const uint8_t adjective : ref.adjectives)
      if (adjective != kNobody && it.adjectives[static_cast<size_t>(adjectives()[adjective].family)] != adjective) return no("it looks different");
    if (ref.det != Det::kThe) {
      if (ref.det == Det::kTheir || ref.det == Det::kOur) return bad_grammar();
      const uint8_t owner = owner_of(ref, scope);
      if (owner == kNobody) return no("nobody knows whose it is");
      if (owner >= kMaxPeople)
        ownerships.push_back({item, owner, static_cast<Gender>(static_cast<int>(ref.det) - static_cast<int>(Det::kHis))});
      else if (it.owner != owner)
        return no("it belongs to another");
    }
    talk.mention_item(item);
    return true;
  }

  bool new_thing(const Ref& ref, uint8_t& item) {
    for (uint8_t i = 0; i < facts.item_count; ++i)
      if (facts.items[i].introduced && facts.items[i].noun == ref.x) return no("it is known already");
    Item it;
    it.introduced = true;
    it.noun = ref.x;
    int last_family = -1;
    for (const uint8_t a : ref.adjectives) {
      if (a == kNobody) break;
      const Adjective& adjective = adjectives()[a];
      if (!(adjective.things & things()[ref.x].tags)) return no("it cannot look like that");
      if (static_cast<int>(adjective.family) <= last_family) return bad_grammar();
      last_family = static_cast<int>(adjective.family);
      it.adjectives[static_cast<size_t>(adjective.family)] = a;
    }
    item = facts.add_item(it);
    if (item == kNobody) return no("there are too many things");
    talk.mention_item(item);
    return true;
  }

  bool site(uint16_t noun, uint8_t& out) {
    out = facts.site(noun);
    if (out == kNobody) return no("there are too many places");
    facts.settings &= places()[noun].tags & kAnywhere;
    return facts.settings ? true : no("there is no such place in this country");
  }

  bool slot(const Elem& e, const Ref& ref, Event& event, Scope& scope) {
    switch (e.np) {
      case Np::kSubject:
        event.a2 = kNobody;
        if (!person(ref, e.np, scope, event.a, &event.a2)) return false;
        scope.a = event.a;
        scope.a2 = event.a2;
        scope.known = true;
        return true;
      case Np::kObject:
      case Np::kOwner: {
        Scope around = scope;
        if (e.np == Np::kOwner) around.a = around.a2 = kNobody;
        if (e.role != kRoleA || e.np == Np::kOwner) return person(ref, e.np, around, e.role == kRoleA ? event.a : event.b, nullptr);
        if (!person(ref, e.np, around, event.a, &event.a2)) return false;
        scope.a = event.a;
        scope.a2 = event.a2;
        scope.known = true;
        return true;
      }
      case Np::kNewPerson: {
        uint8_t& who = e.role == kRoleA ? event.a : event.b;
        if (ref.kind != Ref::kNewPerson) return person(ref, Np::kObject, scope, who, nullptr);
        if (!new_person(ref, event.pred, scope, who)) return false;
        if (e.role == kRoleA) {
          scope.a = who;
          scope.known = true;
        }
        return true;
      }
      case Np::kThing:
      case Np::kThingSubject:
      case Np::kNewThing: {
        uint8_t& item = e.role == kRoleT ? event.t : e.role == kRoleU ? event.u : event.v;
        const uint8_t earlier = item;
        if (ref.kind == Ref::kNewThing ? !new_thing(ref, item) : !thing(ref, scope, item)) return false;
        if (earlier != kNobody && earlier != item) return no("that is another thing");
        return true;
      }
      case Np::kPlace:
      case Np::kPlaceAt:
      case Np::kPlaceTo:
        return site(ref.x, e.role == 0 ? place : event.p);
      case Np::kSpot:
        event.s = {static_cast<uint8_t>(ref.x), static_cast<uint8_t>(ref.y)};
        return true;
      case Np::kNps:
        break;
    }
    return false;
  }

  bool word(const Elem& e, uint16_t w, Event& event, const Scope& scope, bool sentence_level) {
    switch (e.symbol) {
      case Symbol::kAdverb: {
        manners.push_back({w, scope.a, sentence_level ? nullptr : &event});
        return true;
      }
      case Symbol::kMoment:
        moment = w;
        return true;
      case Symbol::kNumber:
      case Symbol::kHour:
        event.n = static_cast<uint8_t>(w + 1);
        return true;
      case Symbol::kCounter: {
        const bool one = w < kManyCounted;
        if (one != (event.n == 1)) return bad_grammar();
        event.w = one ? w : static_cast<uint16_t>(w - kManyCounted);
        return true;
      }
      default:
        event.w = w;
        return true;
    }
  }

  // `target` points at the event that this row fills, and at those of its sub-clauses.
  bool row(const Tree& tree, Event* target, Scope& scope) {
    const Variant& variant = g.variant(tree.variant);
    const Row& row = g.row(variant.row);
    const bool sentence_level = row.kind == Kind::kSentenceRow;
    Event& event = sentence_level ? events[3] : *target;
    if (row.kind == Kind::kVerbRow || (row.kind == Kind::kClauseRow && row.key != static_cast<uint8_t>(Pred::kPreds)) ||
        (row.kind == Kind::kTalkRow && row.key < 241))
      event.pred = static_cast<Pred>(row.key);
    if (row.w != kNoWord) event.w = row.w;
    uint32_t next = 0;
    const bool plural_subject = scope.a2 != kNobody || scope.person == 4 || scope.person == 2;
    const auto elems = g.elems(variant);
    for (size_t i = 0; i < elems.size(); ++i) {
      const Elem& e = elems[i];
      switch (e.kind) {
        case Elem::kWord:
        case Elem::kVerb:
        case Elem::kBe:
        case Elem::kFixed:
          break;
        case Elem::kNp:
          if (!slot(e, parser.ref(parser.child(tree, next++)), event, scope)) return false;
          break;
        case Elem::kList:
          if (!word(e, static_cast<uint16_t>(parser.child(tree, next++)), event, scope, sentence_level)) return false;
          break;
        case Elem::kSub: {
          const Tree& child = parser.tree(parser.child(tree, next++));
          Event& sub = row.kind == Kind::kSentenceRow ? events[e.index] : *target;
          if (sentence_level && e.index >= count) count = e.index + 1;
          if (e.mode != Mode::kNow) sub.mode = e.mode;
          if (is_speech(e.symbol)) {
            Scope speech{.spoken = true};
            if (!this->row(child, &sub, speech)) return false;
          } else if (is_verb(e.symbol)) {
            Scope inner = scope;
            if (e.subject != 0) {
              inner = {.a = e.subject == 'y' ? kHearer : kSpeaker,
                       .a2 = e.subject == 'w' ? kHearer : kNobody,
                       .known = true,
                       .spoken = true,
                       .person = e.subject == 'i'   ? '\1'
                                 : e.subject == 'y' ? '\2'
                                                    : '\4'};
            } else if (inner.a == kNobody) {
              inner.a = kSubjectLater;
            }
            sub.a = inner.a;
            sub.a2 = inner.a2;
            if (!this->row(child, &sub, inner)) return false;
          } else {
            Scope inner{.spoken = scope.spoken};
            if (!this->row(child, &sub, inner)) return false;
          }
          break;
        }
        case Elem::kAgree: {
          const auto value = static_cast<uint8_t>(parser.child(tree, next++));
          if (e.agree < Agree::kIt) {
            agreements.push_back({value, scope});
            break;
          }
          if (event.t == kNobody || value != static_cast<uint8_t>(gender_of(facts.thing(event.t)))) return bad_grammar();
          break;
        }
        case Elem::kHearer:
          vocative = named(static_cast<uint16_t>(parser.child(tree, next++)));
          if (vocative == kNobody) return no("nobody knows who that is");
          break;
      }
    }
    if (sentence_level) hearer = event.b;
    return tree.number == 0 || number_agrees(tree, row, elems, event, plural_subject) || bad_grammar();
  }

  bool number_agrees(const Tree& tree, const Row& row, std::span<const Elem> elems, const Event& event, bool plural_subject) const {
    size_t i = 0;
    while (elems[i].kind != Elem::kBe && elems[i].kind != Elem::kFixed) ++i;
    const int with = agrees_with(row, elems, i);
    bool many = with == kAgreesWithSubject && plural_subject;
    if (with >= 0) {
      const Elem& e = elems[static_cast<size_t>(with)];
      const uint8_t item = e.kind == Elem::kAgree || e.role == kRoleT ? event.t : e.role == kRoleU ? event.u : e.role == kRoleV ? event.v : kNobody;
      many = item != kNobody ? (facts.thing(item).tags & kPlural) != 0 : e.role == kRoleA && event.a2 != kNobody;
    }
    return (tree.number == 2) == many;
  }

  bool settle(const Row& row);
  bool read(uint32_t root);
  Checked judge(std::string_view sentence);
};

// After the walk: who speaks to whom, and everything that waited for it.
bool Checker::Reader::settle(const Row& top) {
  const auto shape = static_cast<Shape>(top.key);
  const bool speech = shape >= Shape::kSay1;
  uint8_t speaker = kNobody;
  if (speech) {
    const bool bare = shape >= Shape::kBareSay, reply = shape >= Shape::kReplySay && shape <= Shape::kReplyCry;
    speaker = events[3].a;
    if (bare) {
      if (talk.talk_seen < talk.sentence - 1) return no("nobody was talking");
      speaker = facts.last_hearer;
      hearer = facts.last_speaker;
    }
    if (speaker >= kMaxPeople) return no("nobody knows who says that");
    if (vocative != kNobody) hearer = vocative;
    if (hearer == kNobody) hearer = default_hearer(facts, speaker);
    if (reply && (talk.talk_seen < talk.sentence - 1 || facts.last_speaker == speaker)) return no("there is nothing to answer");
  }
  const uint8_t subject = events[3].a, subject2 = events[3].a2;
  const auto settle_one = [&](uint8_t& who) {
    if (who == kSubjectLater) who = subject;
    if (who == kSpeaker) who = speaker;
    if (who == kHearer) who = hearer;
  };
  for (int i = 0; i < count; ++i) {
    Event& e = events[i];
    const bool later = e.a == kSubjectLater;
    const bool addressed = e.a == kHearer || e.a2 == kHearer || e.b == kHearer;
    if (addressed && hearer == kNobody) return no("nobody knows who is spoken to");
    settle_one(e.a);
    settle_one(e.a2);
    settle_one(e.b);
    if (later) e.a2 = subject2;
    if (speech) {
      e.speaker = speaker;
      e.hearer = hearer;
    }
    if (e.a == e.b && e.a != kNobody) return no("that is the same person");
  }
  for (auto& o : ownerships) {
    const bool later = o.owner == kSubjectLater;
    settle_one(o.owner);
    if (o.owner >= kMaxPeople || facts.items[o.item].owner != o.owner || (later && (subject2 != kNobody || facts.people[o.owner].gender != o.gender)))
      return no("it belongs to another");
  }
  for (auto& a : agreements) {
    if (a.scope.spoken && a.scope.person != 3) {
      if (a.value != 4 + (a.scope.person == 1 ? 0 : a.scope.person == 2 ? 1 : 2)) return bad_grammar();
      continue;
    }
    if (a.scope.a == kSubjectLater || a.scope.a == kNobody) {
      a.scope.a = subject;
      a.scope.a2 = subject2;
    }
    const Gender gender = a.scope.a2 != kNobody || a.scope.a >= kMaxPeople ? Gender::kThey : facts.people[a.scope.a].gender;
    if (a.value != static_cast<uint8_t>(gender)) return bad_grammar();
  }
  for (auto& m : manners) {
    settle_one(m.who);
    if (m.who == kNobody) m.who = subject;
    const Phrase& adverb = adverbs()[m.adverb];
    if (!(adverb.tags & (m.deed ? Grammar::manner(m.deed->pred) : kSpeaking))) return bad_grammar();
    if (adverb.more && (m.who >= kMaxPeople || !(adverb.more & facts.moods_of(m.who)))) return no("does not feel like that");
  }
  return true;
}

bool Checker::Reader::read(uint32_t root) {
  const Tree& tree = parser.tree(root);
  for (Event& e : events) e = {};
  count = 0;
  moment = kNoWord;
  place = hearer = vocative = kNobody;
  ownerships.clear();
  manners.clear();
  agreements.clear();
  Scope scope;
  const Row& top = g.row(g.variant(tree.variant).row);
  if (!row(tree, events, scope)) return false;
  if (static_cast<Shape>(top.key) == Shape::kScene) {
    events[0] = {.pred = Pred::kMood, .w = top.w};
    count = 1;
  }
  if (!settle(top)) return false;
  reason = apply_sentence(facts, static_cast<Shape>(top.key), events, count, moment, place);
  if (reason) return false;
  if (static_cast<Shape>(top.key) >= Shape::kSay1) talk.talk_seen = talk.sentence;
  return true;
}

Checked Checker::Reader::judge(std::string_view sentence) {
  ++talk.sentence;
  const auto& readings = parser.parse(sentence);
  if (readings.empty()) return {sentence, Verdict::kUnparsed, "the grammar does not make such a sentence"};
  before = facts;
  talk_before = talk;
  bool sensible_english = false;
  const char* first_reason = nullptr;
  for (const uint32_t root : readings) {
    grammatical = true;
    if (read(root)) return {sentence, Verdict::kAccepted, ""};
    if (grammatical && !first_reason) first_reason = reason;
    sensible_english |= grammatical;
    facts = before;
    talk = talk_before;
  }
  return {sentence, sensible_english ? Verdict::kContradictory : Verdict::kUnparsed, sensible_english ? first_reason : "that is not grammatical"};
}

void Rates::add(const std::vector<Checked>& story) {
  for (const auto& s : story) {
    ++sentences;
    accepted += s.verdict == Verdict::kAccepted;
    contradictory += s.verdict == Verdict::kContradictory;
    unparsed += s.verdict == Verdict::kUnparsed;
  }
}

Checker::Checker() : reader_(std::make_unique<Reader>()) {}
Checker::~Checker() = default;

std::vector<Checked> Checker::check(std::string_view text) {
  reader_->facts = {};
  reader_->talk = {};
  std::vector<Checked> out;
  for (const auto sentence : sentences(text)) out.push_back(reader_->judge(sentence));
  return out;
}

const Facts& Checker::facts() const { return reader_->facts; }

}  // namespace gimbal::world
