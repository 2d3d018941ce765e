// Realization: rows are chosen at random among those that say exactly the event's roles; references are chosen so that the
// reader's rule (Discourse) finds the same person or thing.
#include "data/world/realize.h"

#include "core/error.h"

namespace gimbal::world {
namespace {

Form form_of(Symbol symbol) { return static_cast<Form>(static_cast<int>(symbol) - static_cast<int>(Symbol::kVerbPast)); }
bool is_verb(Symbol symbol) { return symbol >= Symbol::kVerbPast && symbol <= Symbol::kVerbPart; }
bool is_speech(Symbol symbol) { return symbol == Symbol::kSay || symbol == Symbol::kAsk || symbol == Symbol::kCry; }

}  // namespace

// Output.

void Realizer::text(std::string_view s) {
  if (s == "\"") {
    if (!quote_open_ && !glue_) *out_ += ' ';
    *out_ += '"';
    quote_open_ = !quote_open_;
    glue_ = quote_open_;
    capital_ = quote_open_;
    return;
  }
  const char c = s[0];
  const bool stop = c == '.' || c == '!' || c == '?';
  if (stop || c == ',' || c == ';' || c == ':' || c == '\'') {
    *out_ += s;
    glue_ = false;
    if (stop) capital_ = true;
    return;
  }
  if (!glue_) *out_ += ' ';
  glue_ = false;
  const size_t at = out_->size();
  *out_ += s;
  if (capital_ && c >= 'a' && c <= 'z') (*out_)[at] = static_cast<char>(c - 'a' + 'A');
  capital_ = false;
}

void Realizer::word(uint16_t id) { text(g_.word(id)); }

void Realizer::list(Symbol symbol, uint16_t w) {
  const Row& row = g_.row(g_.list_row(symbol, w));
  for (const Elem& e : g_.elems(g_.variant(row.first_variant))) word(e.word);
}

// References.

bool Realizer::owner_word(uint8_t owner, const Scope& scope) {
  const Person& p = facts_.people[owner];
  if (quote_open_) {
    if (owner == message_->speaker) return text("my"), true;
    if (owner == message_->hearer && message_->hearer != kNobody) return text("your"), true;
    return false;
  }
  const bool single = scope.a != kNobody && scope.a2 == kNobody;
  bool clear = false;
  if (single && facts_.people[scope.a].gender == p.gender)
    clear = owner == scope.a;
  else if (scope.known || scope.a == kNobody) {
    const Referent r = discourse_.resolve(facts_, p.gender);
    clear = r.kind == Referent::kPerson && r.index == owner;
  }
  if (clear) text(kOwnerPronouns[static_cast<int>(p.gender)]);
  return clear;
}

void Realizer::person(Np np, uint8_t who, uint8_t who2, bool plain, const Scope& scope) {
  const Person& p = facts_.people[who];
  const auto own = [&] {
    if (np == Np::kOwner) text("'s");
  };
  if (quote_open_ && message_->speaker != kNobody) {
    const bool me = who == message_->speaker || who2 == message_->speaker;
    if (who2 != kNobody && me && (who == message_->hearer || who2 == message_->hearer))
      return text(np == Np::kSubject ? "we" : np == Np::kObject ? "us" : "our");
    if (who2 == kNobody && me) return text(np == Np::kSubject ? "I" : np == Np::kObject ? "me" : "my");
    if (who2 == kNobody && who == message_->hearer) return text(np == Np::kOwner ? "your" : "you");
  } else if (!plain && chance(discourse_.person_seen[who] == discourse_.sentence ? 96 : np == Np::kSubject ? 74 : 85)) {
    const bool subject = np == Np::kSubject;
    const Gender gender = who2 != kNobody ? Gender::kThey : p.gender;
    const Referent r = subject ? discourse_.resolve(facts_, gender) : discourse_.resolve(facts_, gender, scope.a, scope.a2);
    const bool same_pair = r.kind == Referent::kPair &&
                           ((discourse_.pair_a == who && discourse_.pair_b == who2) || (discourse_.pair_a == who2 && discourse_.pair_b == who));
    if ((who2 == kNobody && r.kind == Referent::kPerson && r.index == who) || (who2 != kNobody && same_pair)) {
      if (who2 != kNobody)
        discourse_.mention_pair(who, who2);
      else
        discourse_.mention_person(who);
      const auto& table = np == Np::kOwner ? kOwnerPronouns : subject ? kSubjectPronouns : kObjectPronouns;
      return text(table[static_cast<int>(gender)]);
    }
  }
  if (who2 != kNobody) {
    const Person& q = facts_.people[who2];
    const auto name_of = [&](const Person& x) { return x.species == kNoWord ? names()[x.name].text : animal_names()[x.name].text; };
    const auto spelled = [&](const Person& x) {
      if (x.name != kNoWord) return text(name_of(x));
      text("the");
      list(Symbol::kSpecies, x.species);
    };
    spelled(p);
    text("and");
    spelled(q);
    own();
    discourse_.mention_pair(who, who2);
    return;
  }
  discourse_.mention_person(who);
  const bool kin_clear = p.kin_of != kNobody && p.kin_of == scope.a && scope.a2 == kNobody && scope.known && !quote_open_;
  if (kin_clear && np != Np::kSubject && chance(30)) {
    int alike = 0;
    for (uint8_t i = 0; i < facts_.people_count; ++i) {
      const Person& x = facts_.people[i];
      alike += x.introduced && x.kin_of == p.kin_of && x.kin == p.kin && (x.kin != kNobody || x.species == p.species);
    }
    if (alike == 1) {
      owner_word(p.kin_of, scope);
      if (p.kin != kNobody)
        list(Symbol::kKinWord, p.kin);
      else
        list(Symbol::kSpecies, p.species);
      return own();
    }
  }
  if (p.name == kNoWord || (p.species != kNoWord && chance(18)) || (p.job != kNoWord && chance(35))) {
    int alike = 0;
    for (uint8_t i = 0; i < facts_.people_count; ++i) {
      const Person& x = facts_.people[i];
      alike += x.introduced && (p.species != kNoWord ? x.species == p.species : x.job == p.job);
    }
    if (alike <= 1 || p.name == kNoWord) {
      text("the");
      if (p.species != kNoWord)
        list(Symbol::kSpecies, p.species);
      else
        list(Symbol::kJob, p.job);
      return own();
    }
  }
  text(p.species == kNoWord ? names()[p.name].text : animal_names()[p.name].text);
  own();
}

void Realizer::new_person(uint8_t who, Pred pred, const Scope& scope) {
  Person& p = facts_.people[who];
  const auto name = [&] { text(p.species == kNoWord ? names()[p.name].text : animal_names()[p.name].text); };
  const auto class_word = [&] {
    if (p.kin != kNobody && pred == Pred::kKin)
      list(Symbol::kKinWord, p.kin);
    else if (p.species != kNoWord)
      list(Symbol::kSpecies, p.species);
    else if (p.job != kNoWord)
      list(Symbol::kJob, p.job);
    else
      text(p.gender == Gender::kShe ? (p.grown ? "woman" : "girl") : (p.grown ? "man" : "boy"));
  };
  if (p.kin_of != kNobody && pred != Pred::kKin) {
    if (!owner_word(p.kin_of, scope)) {
      const Person& host = facts_.people[p.kin_of];
      text(host.species == kNoWord ? names()[host.name].text : animal_names()[host.name].text);
      text("'s");
      discourse_.mention_person(p.kin_of);
    }
    p.traits[0] = kNobody;
    if (p.kin != kNobody)
      list(Symbol::kKinWord, p.kin);
    else
      list(Symbol::kSpecies, p.species);
    name();
  } else if (p.job != kNoWord && chance(50)) {
    p.traits[0] = kNobody;
    name();
    text("the");
    list(Symbol::kJob, p.job);
  } else {
    if (p.traits[0] != kNobody && (p.kin_of != kNobody || chance(45))) p.traits[0] = kNobody;
    std::string_view next;
    if (p.traits[0] != kNobody)
      next = traits()[p.traits[0]].text;
    else if (p.kin != kNobody)
      next = kin()[p.kin].text;
    else if (p.species != kNoWord)
      next = species()[p.species].name;
    else if (p.job != kNoWord)
      next = jobs()[p.job].name;
    else
      next = "girl";
    text(article(next));
    if (p.traits[0] != kNobody) list(Symbol::kTrait, p.traits[0]);
    class_word();
    if (p.name != kNoWord) {
      text(chance(60) ? "named" : "called");
      name();
    }
  }
  p.introduced = true;
  discourse_.mention_person(who);
}

void Realizer::adjectives_of(uint8_t item, int percent) {
  for (const uint8_t a : facts_.items[item].adjectives)
    if (a != kNobody && chance(percent)) list(Symbol::kAdjective, a);
}

void Realizer::thing(uint8_t item, Np np, bool plain, const Scope& scope) {
  const Item& it = facts_.items[item];
  const Gender gender = gender_of(facts_.thing(item));
  const bool open_subject = scope.a != kNobody && !scope.known && !quote_open_;
  if (!plain && !open_subject && chance(60)) {
    const Referent r = discourse_.resolve(facts_, gender);
    if (r.kind == Referent::kItem && r.index == item) {
      discourse_.mention_item(item);
      return text((np == Np::kThingSubject ? kSubjectPronouns : kObjectPronouns)[static_cast<int>(gender)]);
    }
  }
  if (it.owner != kNobody && facts_.people[it.owner].introduced &&
      (quote_open_ ? it.owner == message_->speaker || it.owner == message_->hearer : true) && chance(quote_open_ ? 80 : 38)) {
    if (!owner_word(it.owner, scope)) {
      if (facts_.people[it.owner].name != kNoWord && !quote_open_ && chance(40)) {
        discourse_.mention_person(it.owner);
        text(facts_.people[it.owner].species == kNoWord ? names()[facts_.people[it.owner].name].text
                                                        : animal_names()[facts_.people[it.owner].name].text);
        text("'s");
      } else {
        text("the");
      }
    }
  } else {
    text("the");
  }
  adjectives_of(item, 17);
  list(Symbol::kThing, it.noun);
  discourse_.mention_item(item);
}

void Realizer::new_thing(uint8_t item) {
  Item& it = facts_.items[item];
  const Thing& noun = facts_.thing(item);
  std::string_view first = noun.name;
  for (size_t i = it.adjectives.size(); i-- > 0;)
    if (it.adjectives[i] != kNobody) first = adjectives()[it.adjectives[i]].text;
  if (noun.tags & kPlural) {
    text("some");
  } else if (!noun.measure.empty() && chance(65)) {
    text(article(noun.measure));
    text(noun.measure);
    text("of");
  } else {
    text(noun.tags & kMass ? "some" : article(first));
  }
  adjectives_of(item, 100);
  list(Symbol::kThing, it.noun);
  it.introduced = true;
  discourse_.mention_item(item);
}

void Realizer::place(Np np, uint8_t site) {
  const Place& where = places()[facts_.sites[site].noun];
  if (where.to == To::kHome) {
    if (np == Np::kPlaceAt) text("at");
    return text("home");
  }
  if (np == Np::kPlaceAt) {
    constexpr std::string_view kAt[] = {"at", "in", "on", "by"};
    text(kAt[static_cast<int>(where.at)]);
  } else if (np == Np::kPlaceTo) {
    switch (where.to) {
      case To::kInto:
        text("into");
        break;
      case To::kUpTo:
        text("up");
        text("to");
        break;
      case To::kDownTo:
        text("down");
        text("to");
        break;
      case To::kOutTo:
        text("out");
        text("to");
        break;
      default:
        text("to");
    }
  }
  text("the");
  list(Symbol::kPlace, facts_.sites[site].noun);
}

void Realizer::agree(Agree agree, const Scope& scope) {
  if (quote_open_ && scope.person != 3) {
    constexpr std::string_view kFirst[] = {"I", "me", "my", "myself"}, kSecond[] = {"you", "you", "your", "yourself"},
                               kWe[] = {"we", "us", "our", "ourselves"};
    return text((scope.person == 1 ? kFirst : scope.person == 2 ? kSecond : kWe)[static_cast<int>(agree)]);
  }
  const uint8_t a = scope.a != kNobody ? scope.a : message_->events[0].a, a2 = scope.a != kNobody ? scope.a2 : message_->events[0].a2;
  const Gender gender = a2 != kNobody || a == kNobody ? Gender::kThey : facts_.people[a].gender;
  const std::string_view* tables[] = {kSubjectPronouns, kObjectPronouns, kOwnerPronouns, kSelfPronouns};
  text(tables[static_cast<int>(agree)][static_cast<int>(gender)]);
}

void Realizer::adverb(Pred pred, const Scope& scope) {
  const Tags manner = message_->speaker != kNobody && scope.a == message_->speaker ? kSpeaking : Grammar::manner(pred);
  const Tags moods = scope.a == kNobody ? 0 : facts_.moods_of(scope.a);
  const auto all = adverbs();
  for (;;) {
    const uint32_t i = skewed(rng_, all.size(), 2);
    if ((all[i].tags & manner) && (all[i].more == 0 || (all[i].more & moods))) return list(Symbol::kAdverb, static_cast<uint16_t>(i));
  }
}

// Rows.

uint32_t Realizer::choose(Kind kind, const Event& e, Roles leave_out, bool past) const {
  const Roles mask = roles(e) & static_cast<Roles>(~leave_out);
  Roles fresh = 0;
  for (const auto& [role, who] : {std::pair{kRoleA, e.a}, {kRoleB, e.b}})
    if (who != kNobody && !facts_.people[who].introduced) fresh |= role;
  for (const auto& [role, item] : {std::pair{kRoleT, e.t}, {kRoleU, e.u}, {kRoleV, e.v}})
    if (item != kNobody && !facts_.items[item].introduced) fresh |= role;
  fresh &= mask;
  uint32_t fit[96];
  uint32_t n = 0;
  for (const uint32_t i : g_.choices(kind, static_cast<int>(e.pred))) {
    const Row& row = g_.row(i);
    if ((row.fresh & kRoleA) && !(fresh & kRoleA)) continue;  // "there was a girl" brings her in once
    if (row.mask == mask && (row.fresh & fresh) == fresh && (row.w == kNoWord || row.w == e.w) &&
        (!row.past_only || (past && (kind == Kind::kVerbRow || !message_ || message_->place == kNobody))) && n < 96)
      fit[n++] = i;
  }
  return n == 0 ? Grammar::kEnd : fit[skewed(rng_, n, 2)];
}

bool Realizer::has_verb(const Event& e, Form form) const { return choose(Kind::kVerbRow, e, kRoleA, form == Form::kPast) != Grammar::kEnd; }
bool Realizer::has_clause(const Event& e, bool had) const {
  return (e.a != kNobody && facts_.people[e.a].introduced && has_verb(e, had ? Form::kPart : Form::kPast)) ||
         choose(Kind::kClauseRow, e, 0, !had) != Grammar::kEnd;
}

void Realizer::verb(const Event& e, Form form, Scope& scope) {
  const uint32_t r = choose(Kind::kVerbRow, e, kRoleA, form == Form::kPast);
  GIMBAL_ASSERT(r != Grammar::kEnd, "no verb says predicate ", static_cast<int>(e.pred), " with roles ", roles(e), " and word ", e.w);
  row(g_.row(r), &e, form, false, scope);
}

void Realizer::clause(const Event& e, bool had, Scope& outer) {
  Scope scope;
  const uint32_t own = choose(Kind::kClauseRow, e, 0, !had);
  const bool verbal = e.a != kNobody && facts_.people[e.a].introduced && has_verb(e, had ? Form::kPart : Form::kPast);
  GIMBAL_ASSERT(verbal || own != Grammar::kEnd, "no clause says predicate ", static_cast<int>(e.pred), " with roles ", roles(e), " and word ", e.w);
  if (own != Grammar::kEnd && (!verbal || chance(30))) {
    row(g_.row(own), &e, Form::kPast, had, scope);
    return;
  }
  (void)outer;
  person(Np::kSubject, e.a, e.a2, false, scope);
  scope = {.a = e.a, .a2 = e.a2, .known = true};
  if (quote_open_ && e.a == message_->speaker) scope.person = 1;
  if (had) text("had");
  const bool manner = !had && Grammar::manner(e.pred) != 0 && chance(16);
  const bool early = manner && chance(50);
  if (early) adverb(e.pred, scope);
  verb(e, had ? Form::kPart : Form::kPast, scope);
  if (manner && !early) adverb(e.pred, scope);
}

void Realizer::row(const Row& row, const Event* events, Form form, bool had, Scope& scope) {
  const Event& event = row.kind == Kind::kSentenceRow ? events[2] : events[0];
  const auto elems = g_.elems(g_.variant(row.first_variant + skewed(rng_, row.variants, 2)));
  bool before_verb = had;
  const bool plural_subject = scope.a2 != kNobody || scope.person == 4 || scope.person == 2;
  const auto many = [&](size_t at) {
    const int with = agrees_with(row, elems, at);
    if (with < 0) return with == kAgreesWithSubject && plural_subject;
    const Elem& e = elems[static_cast<size_t>(with)];
    const uint8_t item = e.kind == Elem::kAgree || e.role == kRoleT ? event.t : e.role == kRoleU ? event.u : e.role == kRoleV ? event.v : kNobody;
    return item != kNobody ? (facts_.thing(item).tags & kPlural) != 0 : e.role == kRoleA && event.a2 != kNobody;
  };
  for (size_t i = 0; i < elems.size(); ++i) {
    const Elem& e = elems[i];
    switch (e.kind) {
      case Elem::kWord:
        word(e.word);
        break;
      case Elem::kVerb:
      case Elem::kBe:
        if (before_verb) text("had");
        before_verb = false;
        if (e.kind == Elem::kBe && form == Form::kPast && !had)
          text(many(i) ? "were" : "was");
        else
          text(g_.verb(e.word, had ? Form::kPart : form));
        break;
      case Elem::kFixed:
        text((many(i) ? kFixedMany : kFixedOne)[e.word]);
        break;
      case Elem::kNp:
        switch (e.np) {
          case Np::kSubject:
            person(e.np, event.a, event.a2, e.plain, scope);
            scope.a = event.a;
            scope.a2 = event.a2;
            scope.known = true;
            break;
          case Np::kObject:
          case Np::kOwner: {
            const bool first = e.role == kRoleA;
            Scope around = scope;
            if (e.np == Np::kOwner) around.a = around.a2 = kNobody;
            const bool open_subject = scope.a != kNobody && !scope.known && !quote_open_;
            person(e.np, first ? event.a : event.b, first && e.np == Np::kObject ? event.a2 : kNobody, e.plain || open_subject, around);
            if (first && e.np == Np::kObject) scope = {.a = event.a, .a2 = event.a2, .known = true, .person = scope.person};
            break;
          }
          case Np::kNewPerson: {
            const uint8_t who = e.role == kRoleA ? event.a : event.b;
            if (facts_.people[who].introduced)
              person(Np::kObject, who, kNobody, e.plain, scope);
            else
              new_person(who, event.pred, scope);
            if (e.role == kRoleA) {
              scope.a = who;
              scope.known = true;
            }
            break;
          }
          case Np::kThing:
          case Np::kThingSubject:
          case Np::kNewThing: {
            const uint8_t item = e.role == kRoleT ? event.t : e.role == kRoleU ? event.u : event.v;
            const bool fresh = !facts_.items[item].introduced;
            if (e.np == Np::kNewThing && fresh)
              new_thing(item);
            else
              thing(item, e.np, e.plain, scope);
            break;
          }
          case Np::kPlace:
          case Np::kPlaceAt:
          case Np::kPlaceTo:
            place(e.np, e.role == 0 ? message_->place : event.p);
            break;
          case Np::kSpot: {
            constexpr std::string_view kSides[] = {"under", "behind", "in", "on", "beside"};
            text(kSides[event.s.side]);
            text("the");
            list(Symbol::kFurniture, event.s.furniture);
            break;
          }
          case Np::kNps:
            break;
        }
        break;
      case Elem::kList:
        if (e.symbol == Symbol::kAdverb)
          adverb(event.pred, scope);
        else if (e.symbol == Symbol::kMoment)
          list(e.symbol, message_->moment);
        else if (e.symbol == Symbol::kNumber || e.symbol == Symbol::kHour)
          list(e.symbol, static_cast<uint16_t>(event.n - 1));
        else if (e.symbol == Symbol::kCounter)
          list(e.symbol, static_cast<uint16_t>(event.w + (event.n == 1 ? 0 : kManyCounted)));
        else
          list(e.symbol, event.w);
        break;
      case Elem::kSub: {
        const Event& sub = events[e.index];
        if (is_speech(e.symbol)) {
          Scope speech;
          this->row(g_.row(talk_row_[e.index]), &events[e.index], Form::kPast, false, speech);
        } else if (is_verb(e.symbol)) {
          Scope inner = scope;
          if (e.subject != 0)
            inner = {.a = sub.a, .a2 = sub.a2, .known = true, .person = e.subject == 'i' ? '\1' : e.subject == 'y' ? '\2' : '\4'};
          else if (inner.a == kNobody)
            inner = {.a = message_->events[e.index].a, .a2 = message_->events[e.index].a2, .known = false};
          verb(sub, form_of(e.symbol), inner);
        } else {
          clause(sub, e.symbol == Symbol::kClauseHad, scope);
        }
        break;
      }
      case Elem::kAgree:
        if (e.agree >= Agree::kIt) {
          const auto number = static_cast<size_t>(gender_of(facts_.thing(event.t)));
          text((e.agree == Agree::kIt ? kObjectPronouns : kSubjectPronouns)[number]);
        } else {
          agree(e.agree, scope);
        }
        break;
      case Elem::kHearer:
        text(facts_.people[message_->hearer].species == kNoWord ? names()[facts_.people[message_->hearer].name].text
                                                                : animal_names()[facts_.people[message_->hearer].name].text);
        break;
    }
  }
}

Symbol Realizer::talk_kind(Event& e, int slot) {
  const int key = is_talk(e.pred) && e.mode == Mode::kNow ? static_cast<int>(e.pred) : 241 + static_cast<int>(e.mode);
  const Roles unknown = e.t != kNobody && !facts_.items[e.t].introduced ? kRoleT : e.u != kNobody && !facts_.items[e.u].introduced ? kRoleU : 0;
  uint32_t fit[96];
  uint32_t n = 0;
  for (const uint32_t i : g_.choices(Kind::kTalkRow, key)) {
    const Row& row = g_.row(i);
    if (key < 241) {
      if (row.mask != (roles(e) & ~(kRoleA | kRoleB)) || (row.w != kNoWord && row.w != e.w) || (row.fresh & unknown) != unknown) continue;
    } else {
      const Elem* sub = nullptr;
      for (const Elem& elem : g_.elems(g_.variant(row.first_variant)))
        if (elem.kind == Elem::kSub) sub = &elem;
      const bool we = (e.a == e.speaker && e.a2 == e.hearer) || (e.a == e.hearer && e.a2 == e.speaker);
      const char subject = e.a2 != kNobody ? (we ? 'w' : '\0') : e.a == e.speaker ? 'i' : e.a == e.hearer && e.a != kNobody ? 'y' : '\0';
      if (!sub || sub->subject != subject || (subject != 0 ? !has_verb(e, form_of(sub->symbol)) : !has_clause(e, false))) continue;
    }
    if (n < 96) fit[n++] = i;
  }
  if (n == 0) return Symbol::kSymbols;
  talk_row_[slot] = fit[skewed(rng_, n, 2)];
  return g_.row(talk_row_[slot]).symbol;
}

bool Realizer::write(const Message& m, std::string& out) {
  uint32_t fit[96];
  uint32_t n = 0;
  const bool named = m.hearer != kNobody && facts_.people[m.hearer].name != kNoWord;
  const bool manner = m.speaker != kNobody || (m.shape == Shape::kOne && Grammar::manner(m.events[0].pred));
  for (const uint32_t i : g_.choices(Kind::kSentenceRow, static_cast<int>(m.shape))) {
    const Row& row = g_.row(i);
    if (row.has_moment != (m.moment != kNoWord) || row.has_place != (m.place != kNobody)) continue;
    if (m.scene != kNoWord && row.w != m.scene) continue;
    if (row.has_adverb && !manner) continue;
    if (row.names_hearer != m.say_hearer) continue;
    if (row.names_hearer && !(row.mask & kRoleB) && !named) continue;
    if (n < 96) fit[n++] = i;
  }
  if (n == 0) return false;
  message_ = &m;
  out_ = &out;
  capital_ = glue_ = true;
  quote_open_ = false;
  Event events[3] = {m.events[0], m.events[1], m.events[2]};
  if (m.count < 3) {
    events[2] = {};
    events[2].a = m.speaker != kNobody ? m.speaker : m.events[0].a;
    events[2].a2 = m.speaker != kNobody ? kNobody : m.events[0].a2;
    events[2].b = m.hearer;
    if (m.shape == Shape::kOne) events[2].pred = m.events[0].pred;
  }
  Scope scope;
  row(g_.row(fit[skewed(rng_, n, 2)]), events, Form::kPast, false, scope);
  return true;
}

}  // namespace gimbal::world
