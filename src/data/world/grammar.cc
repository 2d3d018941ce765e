// Compiles the tables of patterns into rows, variants and tries.
#include "data/world/grammar.h"

#include <algorithm>

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::world {
namespace {

using Sequence = std::vector<Elem>;

struct ListSlot {
  std::string_view name;
  Symbol symbol;
  Roles role;
};
constexpr ListSlot kListSlots[] = {
    {"adv", Symbol::kAdverb, 0},         {"feeling", Symbol::kFeeling, kRoleW},
    {"trait", Symbol::kTrait, kRoleW},   {"dwelling", Symbol::kDwelling, kRoleW},
    {"noise", Symbol::kNoise, kRoleW},   {"obstacle", Symbol::kObstacle, kRoleW},
    {"fear", Symbol::kFear, kRoleW},     {"sky", Symbol::kSky, kRoleW},
    {"hour", Symbol::kHour, kRoleN},     {"moral", Symbol::kMoral, kRoleW},
    {"moment", Symbol::kMoment, 0},      {"looks", Symbol::kAdjective, kRoleW},
    {"skill", Symbol::kSkill, kRoleW},   {"skilling", Symbol::kSkilling, kRoleW},
    {"number", Symbol::kNumber, kRoleN}, {"counted", Symbol::kCounter, kRoleW},
};

struct SubSlot {
  std::string_view name;
  Symbol symbol;
  Mode mode;
};
constexpr SubSlot kSubSlots[] = {
    {"cl", Symbol::kClause, Mode::kNow},
    {"had", Symbol::kClauseHad, Mode::kHad},
    {"vp", Symbol::kVerbPast, Mode::kNow},
    {"ving", Symbol::kVerbIng, Mode::kNow},
    {"part", Symbol::kVerbPart, Mode::kHad},
    {"having", Symbol::kVerbPart, Mode::kNow},
    {"want", Symbol::kVerbBase, Mode::kWant},
    {"hope", Symbol::kVerbBase, Mode::kHope},
    {"plan", Symbol::kVerbBase, Mode::kPlan},
    {"try", Symbol::kVerbBase, Mode::kTry},
    {"like", Symbol::kVerbBase, Mode::kLike},
    {"liking", Symbol::kVerbIng, Mode::kLike},
    {"vow", Symbol::kVerbBase, Mode::kVow},
    {"bid", Symbol::kVerbBase, Mode::kBid},
    {"propose", Symbol::kVerbBase, Mode::kPropose},
    {"offer", Symbol::kVerbBase, Mode::kOffer},
    {"proposing", Symbol::kVerbIng, Mode::kPropose},
    {"forbid", Symbol::kVerbBase, Mode::kForbid},
    {"said", Symbol::kClause, Mode::kHad},
    {"say", Symbol::kSay, Mode::kNow},
    {"ask", Symbol::kAsk, Mode::kNow},
    {"cry", Symbol::kCry, Mode::kNow},
};

Roles role_of(char c) {
  switch (c) {
    case 'A':
      return kRoleA;
    case 'B':
      return kRoleB;
    case 'T':
      return kRoleT;
    case 'U':
      return kRoleU;
    case 'V':
      return kRoleV;
    case 'P':
      return kRoleP;
    case 'S':
      return kRoleS;
    default:
      return 0;
  }
}

bool is_person(char c) { return c == 'A' || c == 'B'; }

}  // namespace

class Compiler {
 public:
  explicit Compiler(Grammar& g) : g_(g) {
    g_.nodes_.resize(1);
    g_.edges_.resize(1 << 19);
    for (auto& root : g_.roots_) root = new_node();
    g_.verbs_.push_back({"was", "be", "being", "been"});
    word("");  // id 0 is no word
  }

  void run() {
    for (size_t i = 0; i < names().size(); ++i) name(names()[i].text, static_cast<uint16_t>(i));
    for (size_t i = 0; i < animal_names().size(); ++i) name(animal_names()[i].text, static_cast<uint16_t>(1000 + i));
    lists();
    for (const auto& row : verb_rows()) add(Kind::kVerbRow, row.key, row.pattern, row.w);
    for (const auto& row : more_verb_rows()) add(Kind::kVerbRow, row.key, row.pattern, row.w);
    for (const auto& row : clause_rows()) add(Kind::kClauseRow, row.key, row.pattern, row.w);
    doings();
    for (const auto& row : talk_rows()) add(Kind::kTalkRow, row.key < 0 ? 240 - row.key : row.key, row.pattern, row.w);
    for (const auto& row : sentence_rows()) add(Kind::kSentenceRow, row.key, row.pattern, row.w);
    for (size_t i = 0; i < scenes().size(); ++i) add(Kind::kSentenceRow, static_cast<int>(Shape::kScene), scenes()[i].text, static_cast<uint16_t>(i));
    for (const char* function_word :
         {"a",      "an",       "some",      "the",     "his",  "her",   "its",    "their", "my",  "your",    "our",     "he",     "she",
          "it",     "they",     "him",       "them",    "me",   "I",     "you",    "we",    "us",  "himself", "herself", "itself", "themselves",
          "myself", "yourself", "ourselves", "and",     "of",   "named", "called", "girl",  "boy", "woman",   "man",     "home",   "'s",
          "\"",     "two",      "both",      "friends", "at",   "in",    "on",     "by",    "to",  "into",    "up",      "down",   "out",
          "under",  "behind",   "beside",    "was",     "were", "had",   "has",    "have",  "is",  "are",     "do",      "does"})
      word(function_word);
  }

 private:
  uint16_t word(std::string_view text) {
    const auto it = g_.ids_.find(text);
    if (it != g_.ids_.end()) return it->second;
    GIMBAL_ASSERT(g_.words_.size() < kNoWord, "too many words");
    const auto id = static_cast<uint16_t>(g_.words_.size());
    g_.words_.emplace_back(text);
    g_.ids_.emplace(std::string(text), id);
    return id;
  }

  void name(std::string_view text, uint16_t index) {
    const uint16_t id = word(text);
    if (g_.name_of_.size() <= id) g_.name_of_.resize(id + 1u, kNoWord);
    GIMBAL_ASSERT(g_.name_of_[id] == kNoWord, "two beings are named ", text);
    g_.name_of_[id] = index;
  }

  uint16_t verb(std::string_view base) {
    if (base == "be") return 0;
    for (size_t i = 1; i < g_.verbs_.size(); ++i)
      if (g_.verbs_[i][1] == base) return static_cast<uint16_t>(i);
    std::array<std::string, kForms> forms;
    for (int f = 0; f < kForms; ++f) word(forms[static_cast<size_t>(f)] = inflect(base, static_cast<Form>(f)));
    g_.verbs_.push_back(forms);
    return static_cast<uint16_t>(g_.verbs_.size() - 1);
  }

  uint32_t new_node() {
    g_.nodes_.emplace_back();
    return static_cast<uint32_t>(g_.nodes_.size() - 1);
  }

  // Words.
  void words_into(std::string_view text, Sequence& out) {
    size_t i = 0;
    const auto plain = [](char c) { return c == '\'' || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (i < text.size()) {
      if (text[i] == ' ') {
        ++i;
        continue;
      }
      size_t end = i + 1;
      if (text.substr(i, 2) == "<<" || text.substr(i, 2) == ">>") {
        out.push_back({.kind = Elem::kWord, .word = word("\"")});
        i += 2;
        continue;
      }
      if (plain(text[i]))
        while (end < text.size() && plain(text[end]) && text.substr(end, 2) != "'s") ++end;
      out.push_back({.kind = Elem::kWord, .word = word(text.substr(i, end - i))});
      i = end;
    }
  }

  Elem slot(std::string_view name) {
    Elem e{.kind = Elem::kNp};
    if (name == "hearer") return {.kind = Elem::kHearer};
    for (const auto& [text, agree] : {std::pair{"his", Agree::kHis},
                                      {"him", Agree::kHim},
                                      {"himself", Agree::kHimself},
                                      {"he", Agree::kHe},
                                      {"it", Agree::kIt},
                                      {"they", Agree::kThey}})
      if (name == text) return {.kind = Elem::kAgree, .agree = agree};
    for (const auto& list : kListSlots)
      if (name == list.name) return {.kind = Elem::kList, .symbol = list.symbol, .role = list.role};
    const size_t colon = name.find(':');
    if (colon != std::string_view::npos) {
      std::string_view kind = name.substr(0, colon);
      e.kind = Elem::kSub;
      e.index = static_cast<uint8_t>(name[colon + 1] - '0');
      if (kind.size() > 2 && kind[1] == '.') {
        e.subject = kind[0];
        kind = kind.substr(2);
      }
      for (const auto& sub : kSubSlots)
        if (kind == sub.name) {
          e.symbol = sub.symbol;
          e.mode = sub.mode;
          return e;
        }
      GIMBAL_ASSERT(false, "no such slot: ", name);
    }
    if (name.ends_with('!')) {
      e.plain = true;
      name.remove_suffix(1);
    }
    const bool object = name.ends_with('*');
    if (object) name.remove_suffix(1);
    char lead = name[0], last = name.back();
    if (name == "@") {
      e.np = Np::kPlaceAt;
      return e;
    }
    if (name.ends_with("'s")) {
      e.np = Np::kOwner;
      last = name[0];
    } else if (lead == '+') {
      e.np = is_person(last) ? Np::kNewPerson : Np::kNewThing;
    } else if (lead == '@') {
      e.np = Np::kPlaceAt;
    } else if (lead == '>') {
      e.np = Np::kPlaceTo;
    } else if (last == 'P') {
      e.np = Np::kPlace;
    } else if (last == 'S') {
      e.np = Np::kSpot;
    } else {
      e.np = last == 'A' && !object ? Np::kSubject : last == 'A' ? Np::kObject : last == 'B' ? Np::kObject : Np::kThing;
    }
    e.role = role_of(last);
    GIMBAL_ASSERT(e.role != 0, "no such slot: ", name);
    return e;
  }

  // A thing before a finite verb is a subject: they, not them.
  void mark_subjects(Sequence& s) {
    const auto finite = [&](const Elem& e) {
      if (e.kind == Elem::kVerb || e.kind == Elem::kBe || e.kind == Elem::kFixed) return true;
      return e.kind == Elem::kWord && (g_.words_[e.word] == "did" || g_.words_[e.word] == "must" || g_.words_[e.word] == "can");
    };
    for (size_t i = 0; i + 1 < s.size(); ++i)
      if (s[i].kind == Elem::kNp && finite(s[i + 1])) {
        if (s[i].np == Np::kThing) s[i].np = Np::kThingSubject;
        if (s[i].np == Np::kNewThing) s[i].plain = true;
      }
  }

  // All sequences that a pattern stands for.
  std::vector<Sequence> expand(std::string_view pattern) {
    std::vector<Sequence> out(1);
    const auto append_all = [&](const std::vector<Sequence>& tails) {
      std::vector<Sequence> longer;
      for (const auto& head : out)
        for (const auto& tail : tails) {
          longer.push_back(head);
          longer.back().insert(longer.back().end(), tail.begin(), tail.end());
        }
      out = std::move(longer);
    };
    for (size_t i = 0; i < pattern.size();) {
      const char c = pattern[i];
      if (c == '{' || c == '[' || c == '(') {
        const char close = c == '{' ? '}' : c == '[' ? ']' : ')';
        const size_t end = pattern.find(close, i);
        GIMBAL_ASSERT(end != std::string_view::npos, "unclosed ", c, " in ", pattern);
        const std::string_view inside = pattern.substr(i + 1, end - i - 1);
        std::vector<Sequence> tails;
        if (c == '{') {
          tails.push_back({slot(inside)});
        } else {
          for (size_t from = 0; from <= inside.size();) {
            const size_t bar = std::min(inside.find('|', from), inside.size());
            const std::string_view choice = inside.substr(from, bar - from);
            if (c == '(') {
              for (auto& s : expand(choice)) tails.push_back(std::move(s));
            } else if (choice == "is" || choice == "has" || choice == "do" || choice == "was") {
              tails.push_back({{.kind = Elem::kFixed,
                                .word = static_cast<uint16_t>(choice == "is"    ? 0
                                                              : choice == "has" ? 1
                                                              : choice == "do"  ? 2
                                                                                : 3)}});
            } else {
              const uint16_t v = verb(choice);
              tails.push_back({{.kind = v == 0 ? Elem::kBe : Elem::kVerb, .word = v}});
            }
            from = bar + 1;
          }
        }
        append_all(tails);
        i = end + 1;
        continue;
      }
      const size_t end = std::min(pattern.find_first_of("{[(", i), pattern.size());
      Sequence plain;
      words_into(pattern.substr(i, end - i), plain);
      append_all({plain});
      i = end;
    }
    return out;
  }

  // Tries.
  uint32_t step_or_add(uint32_t node, uint16_t id) {
    const uint64_t key = static_cast<uint64_t>(node) << 16 | id;
    const size_t mask = g_.edges_.size() - 1;
    for (size_t i = mix64(key) & mask;; i = (i + 1) & mask) {
      if (g_.edges_[i].key == key) return g_.edges_[i].to;
      if (g_.edges_[i].key != ~0ull) continue;
      GIMBAL_ASSERT(++g_.edge_count_ * 2 < g_.edges_.size(), "the trie's table is full");
      g_.edges_[i] = {key, new_node()};
      return g_.edges_[i].to;
    }
  }

  uint32_t slot_step(uint32_t node, const Elem& e) {
    for (uint32_t i = g_.nodes_[node].slots; i != Grammar::kEnd; i = g_.slot_edges_[i].next) {
      const auto& edge = g_.slot_edges_[i];
      if (edge.kind == e.kind && edge.symbol == e.symbol && edge.np == e.np && edge.agree == e.agree) return edge.to;
    }
    const uint32_t to = new_node();
    g_.slot_edges_.push_back({e.kind, e.symbol, e.np, e.agree, to, g_.nodes_[node].slots});
    g_.nodes_[node].slots = static_cast<uint32_t>(g_.slot_edges_.size() - 1);
    return to;
  }

  void insert(Symbol symbol, uint32_t variant, const Sequence& elems, Form form, bool had) {
    struct Path {
      uint32_t node;
      uint8_t number;
    };
    std::vector<Path> paths = {{g_.root(symbol), 0}};
    bool before_verb = had;
    for (const Elem& e : elems) {
      const bool lifted = had && e.kind == Elem::kSub;
      const bool verbal = e.kind == Elem::kVerb || e.kind == Elem::kBe || lifted;
      if (verbal && before_verb) {
        for (auto& path : paths) path.node = step_or_add(path.node, word("had"));
        before_verb = false;
      }
      const auto fork = [&](std::string_view one, std::string_view many) {
        std::vector<Path> both;
        for (const auto& path : paths) {
          both.push_back({step_or_add(path.node, word(one)), 1});
          both.push_back({step_or_add(path.node, word(many)), 2});
        }
        paths = both;
      };
      if (e.kind == Elem::kBe && form == Form::kPast && !had) {
        fork("was", "were");
      } else if (e.kind == Elem::kFixed) {
        fork(kFixedOne[e.word], kFixedMany[e.word]);
      } else {
        for (auto& path : paths) {
          if (e.kind == Elem::kWord)
            path.node = step_or_add(path.node, e.word);
          else if (verbal && !lifted)
            path.node = step_or_add(path.node, word(g_.verb(e.word, form)));
          else if (lifted)
            path.node = slot_step(path.node, {.kind = Elem::kSub, .symbol = Symbol::kVerbPart});
          else
            path.node = slot_step(path.node, e);
        }
      }
    }
    for (const auto& path : paths) {
      g_.accepts_.push_back({variant, path.number, g_.nodes_[path.node].accept});
      g_.nodes_[path.node].accept = static_cast<uint32_t>(g_.accepts_.size() - 1);
    }
  }

  void describe(Row& row, const Sequence& elems) {
    for (const Elem& e : elems) {
      row.mask |= e.role;
      if (e.np == Np::kNewPerson || e.np == Np::kNewThing) row.fresh |= e.role;
      if (e.kind == Elem::kList && e.symbol == Symbol::kMoment) row.has_moment = true;
      if (e.kind == Elem::kList && e.symbol == Symbol::kAdverb) row.has_adverb = true;
      if (e.kind == Elem::kNp && e.np == Np::kPlaceAt && e.role == 0) row.has_place = true;
      if (e.kind == Elem::kHearer || (row.kind == Kind::kSentenceRow && e.role == kRoleB)) row.names_hearer = true;
      if (e.kind == Elem::kSub && row.kind == Kind::kTalkRow) row.mode = e.mode;
    }
  }

  void add(Kind kind, int key, std::string_view pattern, uint16_t w, Symbol list = Symbol::kSymbols) {
    if (kind == Kind::kTalkRow) {
      list = pattern.back() == '?' ? Symbol::kAsk : pattern.back() == '!' ? Symbol::kCry : Symbol::kSay;
      pattern.remove_suffix(1);
    }
    const bool past_only = pattern.starts_with('~');
    if (past_only) pattern.remove_prefix(1);
    auto sequences = expand(pattern);
    for (auto& s : sequences) mark_subjects(s);
    const auto index = static_cast<uint32_t>(g_.rows_.size());
    Row row{.kind = kind,
            .symbol = list,
            .key = static_cast<uint8_t>(key),
            .w = w,
            .past_only = past_only,
            .first_variant = static_cast<uint32_t>(g_.variants_.size())};
    describe(row, sequences.front());
    if (w != kNoWord && kind != Kind::kListRow) row.mask |= kRoleW;
    for (const auto& elems : sequences) {
      const auto variant = static_cast<uint32_t>(g_.variants_.size());
      const auto begin = static_cast<uint32_t>(g_.elems_.size());
      g_.elems_.insert(g_.elems_.end(), elems.begin(), elems.end());
      g_.variants_.push_back({index, begin, static_cast<uint32_t>(g_.elems_.size())});
      switch (kind) {
        case Kind::kVerbRow:
          for (int f = 0; f < (past_only ? 1 : kForms); ++f)
            insert(static_cast<Symbol>(static_cast<int>(Symbol::kVerbPast) + f), variant, elems, static_cast<Form>(f), false);
          break;
        case Kind::kClauseRow:
          insert(Symbol::kClause, variant, elems, Form::kPast, false);
          if (!row.has_adverb && !past_only) insert(Symbol::kClauseHad, variant, elems, Form::kPart, true);
          break;
        case Kind::kTalkRow:
        case Kind::kListRow:
          insert(list, variant, elems, Form::kPast, false);
          break;
        case Kind::kSentenceRow:
          insert(Symbol::kSentence, variant, elems, Form::kPast, false);
          break;
      }
    }
    row.variants = static_cast<uint32_t>(g_.variants_.size()) - row.first_variant;
    g_.rows_.push_back(row);
    if (kind != Kind::kListRow) g_.by_key_[static_cast<size_t>(kind)][key].push_back(index);
  }

  void list(Symbol symbol, std::string_view text, size_t w) {
    auto& rows = g_.lists_[static_cast<size_t>(symbol)];
    if (rows.size() <= w) rows.resize(w + 1, Grammar::kEnd);
    rows[w] = static_cast<uint32_t>(g_.rows_.size());
    add(Kind::kListRow, 0, text, static_cast<uint16_t>(w), symbol);
  }

  template <class Table, class Text>
  void list_of(Symbol symbol, const Table& table, Text text) {
    for (size_t i = 0; i < table.size(); ++i) list(symbol, text(table[i]), i);
  }

  void lists() {
    const auto text = [](const auto& entry) { return entry.text; };
    const auto noun = [](const auto& entry) { return entry.name; };
    list_of(Symbol::kJob, jobs(), noun);
    list_of(Symbol::kSpecies, species(), noun);
    list_of(Symbol::kThing, things(), noun);
    list_of(Symbol::kPlace, places(), noun);
    list_of(Symbol::kFurniture, furniture(), noun);
    list_of(Symbol::kKinWord, kin(), text);
    list_of(Symbol::kAdjective, adjectives(), text);
    list_of(Symbol::kAdverb, adverbs(), text);
    list_of(Symbol::kFeeling, feelings(), text);
    list_of(Symbol::kTrait, traits(), text);
    list_of(Symbol::kDwelling, dwellings(), text);
    list_of(Symbol::kNoise, noises(), text);
    list_of(Symbol::kObstacle, obstacles(), text);
    list_of(Symbol::kFear, fears(), text);
    list_of(Symbol::kSky, skies(), text);
    list_of(Symbol::kHour, hours(), text);
    list_of(Symbol::kMoral, morals(), text);
    list_of(Symbol::kMoment, moments(), text);
    list_of(Symbol::kNumber, numbers(), text);
    for (size_t i = 0; i < counters().size(); ++i) {
      list(Symbol::kCounter, counters()[i].text, i);
      list(Symbol::kCounter, plural(counters()[i].text), i + kManyCounted);
    }
    for (size_t i = 0; i < skills().size(); ++i) {
      list(Symbol::kSkill, skill(i, Form::kBase), i);
      list(Symbol::kSkilling, skill(i, Form::kIng), i);
    }
    std::vector<std::string_view> measures;
    for (size_t i = 0; i < things().size(); ++i)
      if (!things()[i].measure.empty()) list(Symbol::kMeasure, things()[i].measure, i);
  }

  std::string skill(size_t i, Form form) {
    const std::string_view text = skills()[i].text;
    const size_t close = text.find(']');
    return inflect(text.substr(1, close - 1), form) + std::string(text.substr(close + 1));
  }

  void doings() {
    const auto each = [&](Pred pred, std::span<const Doing> table) {
      for (size_t i = 0; i < table.size(); ++i) add(Kind::kVerbRow, static_cast<int>(pred), table[i].text, static_cast<uint16_t>(i));
    };
    each(Pred::kHobby, hobbies());
    each(Pred::kChore, chores());
    each(Pred::kPlay, games());
    each(Pred::kExpress, expressions());
    each(Pred::kPass, ways_past());
    each(Pred::kRest, rests());
    each(Pred::kPrank, pranks());
    for (const auto& use : uses()) add(Kind::kVerbRow, static_cast<int>(Pred::kUse), use.text, static_cast<uint16_t>(use.tags));
    for (const auto& cure : cures()) add(Kind::kVerbRow, static_cast<int>(Pred::kMend), cure.text, static_cast<uint16_t>(cure.tags));
    for (const auto& harm : harms()) add(Kind::kClauseRow, static_cast<int>(Pred::kBreak), harm.text, static_cast<uint16_t>(harm.tags));
    for (size_t i = 0; i < turns().size(); ++i)
      add(Kind::kClauseRow, static_cast<int>(Pred::kWeatherTurn), turns()[i].text, static_cast<uint16_t>(i));
    for (size_t i = 0; i < species().size(); ++i)
      add(Kind::kVerbRow, static_cast<int>(Pred::kVoice), "[" + std::string(species()[i].voice) + "] (loudly|softly|twice|happily|)",
          static_cast<uint16_t>(i));
  }

  Grammar& g_;
};

int agrees_with(const Row& row, std::span<const Elem> elems, size_t i) {
  const auto thing_or_person = [](const Elem& e) {
    return (e.kind == Elem::kNp && e.np != Np::kOwner && e.np < Np::kPlace) || (e.kind == Elem::kAgree && e.agree >= Agree::kIt);
  };
  static const uint16_t there = Grammar::get().word_id("there");
  if (i > 0 && elems[i - 1].kind == Elem::kWord && elems[i - 1].word == there)  // there were two
    return i + 1 < elems.size() && thing_or_person(elems[i + 1]) ? static_cast<int>(i + 1) : kAlwaysSingular;
  for (size_t j = i; j-- > 0;)
    if (thing_or_person(elems[j])) return static_cast<int>(j);
  if (elems[i].kind == Elem::kFixed)  // where are they
    for (size_t j = i + 1; j < elems.size(); ++j)
      if (thing_or_person(elems[j])) return static_cast<int>(j);
  return row.kind == Kind::kVerbRow ? kAgreesWithSubject : kAlwaysSingular;
}

Grammar::Grammar() { Compiler(*this).run(); }

const Grammar& Grammar::get() {
  static const Grammar grammar;
  return grammar;
}

uint32_t Grammar::step(uint32_t node, uint16_t word) const {
  const uint64_t key = static_cast<uint64_t>(node) << 16 | word;
  const size_t mask = edges_.size() - 1;
  for (size_t i = mix64(key) & mask; edges_[i].key != ~0ull; i = (i + 1) & mask)
    if (edges_[i].key == key) return edges_[i].to;
  return 0;
}

Tags Grammar::manner(Pred pred) {
  switch (pred) {
    case Pred::kGo:
    case Pred::kSetOff:
    case Pred::kReturn:
    case Pred::kCarry:
    case Pred::kFollow:
    case Pred::kCome:
      return kMoving;
    case Pred::kTake:
    case Pred::kPut:
    case Pred::kHide:
    case Pred::kOpen:
    case Pred::kHolding:
      return kHandling;
    case Pred::kChore:
    case Pred::kMend:
    case Pred::kPractice:
    case Pred::kBuild:
    case Pred::kPaint:
      return kWorking;
    default:
      return 0;
  }
}

}  // namespace gimbal::world
