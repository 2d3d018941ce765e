// Reads a sentence with the grammar's tries: all the ways in which the patterns can have made it.
#pragma once

#include <string_view>
#include <vector>

#include "data/world/grammar.h"

namespace gimbal::world {

/// The word before a noun.
enum class Det : uint8_t { kNone, kThe, kA, kHis, kHer, kIts, kTheir, kMy, kYour, kOur, kNamed };

/// A reference as it stands in the text, not yet resolved.
struct Ref {
  enum Kind : uint8_t {
    kName,
    kPair,
    kPronoun,
    kJob,
    kSpecies,
    kKin,
    kPet,
    kNewPerson,
    kThing,
    kNewThing,
    kPlace,
    kSpot,
    kI,
    kYou,
    kWe,
    kTwo
  } kind = kName;
  Det det = Det::kNone;
  Gender gender = Gender::kIt;                                                ///< of a pronoun
  uint16_t x = kNoWord, y = kNoWord;                                          ///< name, noun, second name
  uint16_t owner = kNoWord;                                                   ///< name before 's
  uint16_t trait = kNoWord, job = kNoWord, species = kNoWord, kin = kNoWord;  ///< kNewPerson
  int8_t sex = -1;                                                            ///< kNewPerson: 0 he, 1 she
  bool grown = false;
  uint8_t adjectives[4] = {255, 255, 255, 255};
};

struct Token {
  uint16_t id = kNoWord;   ///< as written
  uint16_t low = kNoWord;  ///< where a capital is due: the word without it
};

struct Tree {
  uint32_t variant;
  uint8_t number;
  uint16_t children;
  uint32_t first_child;  ///< into Parser::child: refs, words, trees, in the order of the slots
};

class Parser {
 public:
  Parser() : g_(Grammar::get()) {}

  /// All readings of one sentence, as trees; empty when the grammar cannot make it.
  const std::vector<uint32_t>& parse(std::string_view sentence);

  const Tree& tree(uint32_t i) const { return trees_[i]; }
  uint32_t child(const Tree& tree, uint32_t i) const { return children_[tree.first_child + i]; }
  const Ref& ref(uint32_t i) const { return refs_[i]; }

  /// Reading longer sentences than this is refused.
  static constexpr size_t kMaxTokens = 96;

 private:
  struct Derivation {
    uint32_t value;  ///< tree, word or ref
    uint16_t end;
    uint32_t next;
  };
  struct Memo {
    uint32_t stamp = 0, first = Grammar::kEnd;
  };

  bool tokenize(std::string_view sentence);
  uint32_t parts(uint32_t tree) const;  ///< how many patterns it is made of
  uint32_t derive(Symbol symbol, uint32_t pos);
  uint32_t refer(Np np, uint32_t pos);
  void walk(uint32_t node, uint32_t pos, bool list, uint32_t& first);
  void add(uint32_t& first, uint32_t value, uint32_t end);
  void add_ref(uint32_t& first, const Ref& ref, uint32_t end);
  bool is(uint32_t pos, uint16_t word) const {
    return pos < tokens_.size() && (tokens_[pos].id == word || tokens_[pos].low == word) && word != kNoWord;
  }
  uint16_t name(uint32_t pos) const { return pos < tokens_.size() && tokens_[pos].id != kNoWord ? g_.name_of(tokens_[pos].id) : kNoWord; }
  void people(Np np, uint32_t pos, uint32_t& first);
  void newcomers(uint32_t pos, uint32_t& first);
  void thing_refs(Np np, uint32_t pos, uint32_t& first);
  void new_things(uint32_t pos, uint32_t& first);
  void nouns(uint32_t pos, const Ref& base, uint32_t& first);
  void place_refs(Np np, uint32_t pos, uint32_t& first);
  uint32_t determiner(uint32_t pos, Ref& ref) const;
  uint32_t agreement(Agree agree, uint32_t pos, uint32_t& value) const;

  const Grammar& g_;
  std::vector<Token> tokens_;
  std::vector<std::string_view> texts_;
  std::vector<Tree> trees_;
  std::vector<uint32_t> children_, stack_, results_;
  std::vector<Derivation> derivations_;
  std::vector<Ref> refs_;
  std::vector<Memo> memo_, np_memo_;
  uint32_t stamp_ = 0;
  size_t frame_ = 0;  ///< where the children of the derivation in progress begin
  std::string scratch_;
};

/// Cuts a text into sentences: at . ! ? outside quotation marks, and after a quotation that ends a sentence.
std::vector<std::string_view> sentences(std::string_view text);

}  // namespace gimbal::world
