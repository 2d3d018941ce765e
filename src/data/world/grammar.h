// The grammar: tables of patterns, compiled once into sentences to write and tries to read them back.
//
// A pattern is words with
//   [walk|run]        a verb, inflected by the form that the clause around it asks for; [be] also agrees in number
//   (big|small|)      a choice
//   ~                 at the beginning: only for what happens now, not for "had" or "wanted to"
//   {A} {T} {>P} ...  a slot: somebody, something, somewhere, a word of a list, or a smaller clause; {A*} is A as an object,
//                     ! forbids a pronoun, + brings in somebody or something new
//   << >>             quotation marks
// Realizer and parser walk the same compiled rows, so whatever is written can be read, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/world/event.h"
#include "data/world/verbs.h"

namespace gimbal::world {

/// What a trie reads: sentences, clauses, verb phrases by form, things said, and lists of words.
enum class Symbol : uint8_t {
  kSentence,
  kClause,
  kClauseHad,
  kVerbPast,
  kVerbBase,
  kVerbIng,
  kVerbPart,
  kSay,
  kAsk,
  kCry,
  kJob,
  kSpecies,
  kKinWord,
  kThing,
  kPlace,
  kFurniture,
  kAdjective,
  kAdverb,
  kFeeling,
  kTrait,
  kDwelling,
  kNoise,
  kObstacle,
  kFear,
  kSky,
  kHour,
  kMoral,
  kMoment,
  kCounter,
  kSkill,
  kSkilling,
  kNumber,
  kMeasure,
  kSymbols,
};

constexpr uint16_t kManyCounted = 100;  ///< added to a counted noun in the plural

/// How sentences are put together from clauses.
enum class Shape : uint8_t {
  kOne,
  kBoth,
  kTwo,
  kThree,
  kWhile,
  kAnd,
  kSo,
  kBut,
  kWhen,
  kBecause,
  kWho,
  kWant,
  kHope,
  kPlan,
  kTry,
  kLike,
  kScene,
  kSay1,
  kAsk1,
  kCry1,
  kReplySay,
  kReplyAsk,
  kReplyCry,
  kSaySay,
  kSayAsk,
  kCrySay,
  kCryAsk,
  kCryCry,
  kAskSay,
  kAskAsk,
  kBareSay,
  kBareAsk,
  kBareCry,
  kShapes,
};

/// Kinds of references to people, things and places.
enum class Np : uint8_t { kSubject, kObject, kOwner, kNewPerson, kThing, kThingSubject, kNewThing, kPlace, kPlaceAt, kPlaceTo, kSpot, kNps };

/// Words that agree with the subject of the clause, or with the thing T: it or them, it or they.
enum class Agree : uint8_t { kHe, kHim, kHis, kHimself, kIt, kThey };
/// Verbs that agree in number but keep their tense: [is] [has] [do] [was].
constexpr std::string_view kFixedOne[] = {"is", "has", "does", "was"}, kFixedMany[] = {"are", "have", "do", "were"};

struct Elem {
  enum Kind : uint8_t { kWord, kVerb, kBe, kFixed, kNp, kList, kSub, kAgree, kHearer } kind;
  Symbol symbol = Symbol::kSymbols;  ///< kList, kSub
  Np np = Np::kNps;
  Agree agree = Agree::kHe;
  Roles role = 0;          ///< which role the slot fills; 0 for none
  Mode mode = Mode::kNow;  ///< kSub
  char subject = 0;        ///< kSub: 0 its own or the sentence's, 'i', 'y'ou, 'w'e, 'c' a third person
  uint8_t index = 0;       ///< kSub: which event of the sentence
  bool plain = false;      ///< kNp: no pronoun here
  uint16_t word = 0;       ///< kWord, kVerb; kFixed: which
};

enum class Kind : uint8_t { kVerbRow, kClauseRow, kTalkRow, kSentenceRow, kListRow };

/// One pattern as written in the tables.
struct RowText {
  int key;  ///< Pred or Shape; -1 - Mode for talk about an event
  std::string_view pattern;
  uint16_t w = kNoWord;  ///< the word that the row itself fills in

  constexpr RowText(Pred pred, std::string_view text) : key(static_cast<int>(pred)), pattern(text) {}
  constexpr RowText(Shape shape, std::string_view text) : key(static_cast<int>(shape)), pattern(text) {}
  constexpr RowText(Mode mode, std::string_view text) : key(-1 - static_cast<int>(mode)), pattern(text) {}
};

struct Variant {
  uint32_t row;
  uint32_t begin, end;  ///< in Grammar::elems
};

struct Row {
  Kind kind;
  Symbol symbol = Symbol::kSymbols;  ///< of talk and list rows
  uint8_t key = 0;
  uint16_t w = kNoWord;
  Roles mask = 0;
  Roles fresh = 0;         ///< roles whose slot can introduce somebody or something
  Mode mode = Mode::kNow;  ///< talk rows that hold an event: how it is meant
  bool past_only = false, has_moment = false, has_place = false, names_hearer = false, has_adverb = false;
  uint32_t first_variant = 0, variants = 0;
};

/// The end of a path in a trie.
struct Accept {
  uint32_t variant;
  uint8_t number;       ///< of its [be]: 0 none, 1 singular, 2 plural
  uint32_t next = ~0u;  ///< another pattern that reads the same
};

/// With what a verb at elems[i] agrees in number: an element of the row, the subject of the clause, or nothing (singular).
constexpr int kAgreesWithSubject = -1, kAlwaysSingular = -2;
int agrees_with(const Row& row, std::span<const Elem> elems, size_t i);

class Grammar {
 public:
  static const Grammar& get();

  uint16_t word_id(std::string_view text) const {
    const auto it = ids_.find(text);
    return it == ids_.end() ? kNoWord : it->second;
  }
  const std::string& word(uint16_t id) const { return words_[id]; }
  size_t word_count() const { return words_.size(); }
  const std::string& verb(uint16_t verb, Form form) const { return verbs_[verb][static_cast<size_t>(form)]; }

  std::span<const Row> rows() const { return rows_; }
  const Row& row(uint32_t i) const { return rows_[i]; }
  const Variant& variant(uint32_t i) const { return variants_[i]; }
  std::span<const Elem> elems(const Variant& v) const { return {elems_.data() + v.begin, v.end - v.begin}; }
  /// Rows of a kind and key, for the realizer.
  std::span<const uint32_t> choices(Kind kind, int key) const { return by_key_[static_cast<size_t>(kind)][static_cast<size_t>(key)]; }
  /// The row of a list symbol for word w.
  uint32_t list_row(Symbol symbol, uint16_t w) const { return lists_[static_cast<size_t>(symbol)][w]; }

  // Tries. Node 0 does not exist; edges are labelled by words or by slots.
  uint32_t root(Symbol symbol) const { return roots_[static_cast<size_t>(symbol)]; }
  uint32_t step(uint32_t node, uint16_t word) const;
  struct SlotEdge {
    Elem::Kind kind;
    Symbol symbol;
    Np np;
    Agree agree;
    uint32_t to;
    uint32_t next;  ///< next edge of the same node
  };
  uint32_t first_slot(uint32_t node) const { return nodes_[node].slots; }
  const SlotEdge& slot_edge(uint32_t i) const { return slot_edges_[i]; }
  uint32_t first_accept(uint32_t node) const { return nodes_[node].accept; }
  const Accept& accept(uint32_t i) const { return accepts_[i]; }
  static constexpr uint32_t kEnd = ~0u;

  /// Index in names() or 1000 + index in animal_names(); kNoWord when the word is no name.
  uint16_t name_of(uint16_t word) const { return word < name_of_.size() ? name_of_[word] : kNoWord; }
  /// The adverb classes that go with a predicate.
  static Tags manner(Pred pred);

 private:
  Grammar();
  friend class Compiler;

  struct Node {
    uint32_t slots = kEnd, accept = kEnd;
  };
  struct Edge {
    uint64_t key = ~0ull;
    uint32_t to = 0;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };

  std::vector<std::string> words_;
  std::unordered_map<std::string, uint16_t, TextHash, std::equal_to<>> ids_;
  std::vector<std::array<std::string, kForms>> verbs_;
  std::vector<Row> rows_;
  std::vector<Variant> variants_;
  std::vector<Elem> elems_;
  std::vector<uint32_t> by_key_[5][256];
  std::vector<uint32_t> lists_[static_cast<size_t>(Symbol::kSymbols)];
  uint32_t roots_[static_cast<size_t>(Symbol::kSymbols)] = {};
  std::vector<Node> nodes_;
  std::vector<SlotEdge> slot_edges_;
  std::vector<Accept> accepts_;
  std::vector<Edge> edges_;  ///< open addressing, by node and word
  size_t edge_count_ = 0;
  std::vector<uint16_t> name_of_;
};

// The tables.
std::span<const RowText> verb_rows();       ///< key Pred; rows_deeds.cc
std::span<const RowText> more_verb_rows();  ///< key Pred; rows_people.cc
std::span<const RowText> clause_rows();     ///< key Pred; rows_clauses.cc
std::span<const RowText> talk_rows();       ///< key Pred, or -1 - Mode for talk about an event; rows_talk.cc
std::span<const RowText> sentence_rows();   ///< key Shape; rows_sentences.cc

}  // namespace gimbal::world
