// Writes events as sentences, in one of the many shapes that the grammar offers.
#pragma once

#include <string>

#include "core/rng.h"
#include "data/world/discourse.h"
#include "data/world/grammar.h"

namespace gimbal::world {

/// An index below n, early ones more often, as some words of a language are common and most are rare: the first hundredth of a
/// table is drawn a tenth of the time with skew 2 and a fifth of the time with skew 3.
inline uint32_t skewed(Rng& rng, size_t n, int skew) {
  const double u = rng.uniform();
  return static_cast<uint32_t>(static_cast<double>(n) * (skew == 2 ? u * u : u * u * u));
}

/// What one sentence is to say.
struct Message {
  Shape shape = Shape::kOne;
  Event events[3] = {};
  int count = 1;
  uint16_t moment = kNoWord;  ///< "the next morning"
  uint8_t place = kNobody;    ///< "at the market, ..."
  uint16_t scene = kNoWord;   ///< Shape::kScene
  uint8_t speaker = kNobody, hearer = kNobody;
  bool say_hearer = false;  ///< the sentence has to show who is spoken to
};

class Realizer {
 public:
  Realizer(Facts& facts, Discourse& discourse, Rng& rng) : g_(Grammar::get()), facts_(facts), discourse_(discourse), rng_(rng) {}

  /// Appends the sentence to `out`, without surrounding space. False when the grammar has no row for the message;
  /// `out` is then as before.
  bool write(const Message& message, std::string& out);

  /// Some verb phrase or clause says this event (so that a caller may build on it).
  bool has_verb(const Event& event, Form form) const;
  bool has_clause(const Event& event, bool had) const;
  /// The sort of sentence that a thing said makes: kSay, kAsk or kCry. Fixes the wording's row for the next write.
  Symbol talk_kind(Event& event, int slot);

 private:
  struct Scope {
    uint8_t a = kNobody, a2 = kNobody;  ///< subject of the clause
    bool known = false;                 ///< the reader has met the subject in this sentence
    char person = 3;                    ///< 3, or 1 I, 2 you, 4 we in speech
  };

  uint32_t pick(uint32_t n) { return static_cast<uint32_t>(rng_.below(n)); }
  bool chance(int percent) { return pick(100) < static_cast<uint32_t>(percent); }
  void word(uint16_t id);
  void text(std::string_view s);
  void row(const Row& row, const Event* event, Form form, bool had, Scope& scope);
  void list(Symbol symbol, uint16_t w);
  void clause(const Event& event, bool had, Scope& outer);
  void verb(const Event& event, Form form, Scope& scope);
  void person(Np np, uint8_t who, uint8_t who2, bool plain, const Scope& scope);
  void new_person(uint8_t who, Pred pred, const Scope& scope);
  void thing(uint8_t item, Np np, bool plain, const Scope& scope);
  void new_thing(uint8_t item);
  void place(Np np, uint8_t site);
  void adverb(Pred pred, const Scope& scope);
  void agree(Agree agree, const Scope& scope);
  void adjectives_of(uint8_t item, int percent);
  bool owner_word(uint8_t owner, const Scope& scope);
  uint32_t choose(Kind kind, const Event& event, Roles leave_out, bool past) const;
  bool plural_role(Roles role, const Event& event, const Scope& scope) const;

  const Grammar& g_;
  Facts& facts_;
  Discourse& discourse_;
  Rng& rng_;
  std::string* out_ = nullptr;
  const Message* message_ = nullptr;
  bool capital_ = false, quote_open_ = false, glue_ = true;
  uint32_t talk_row_[3] = {};
};

}  // namespace gimbal::world
