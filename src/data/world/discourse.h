// Who "she" is: what was mentioned lately, and the one rule by which pronouns are written and read.
#pragma once

#include "data/world/facts.h"

namespace gimbal::world {

/// What a pronoun can stand for.
struct Referent {
  enum Kind : uint8_t { kNone, kPerson, kPair, kItem } kind = kNone;
  uint8_t index = kNobody;
};

/// Mentions age by the sentence. A pronoun is clear when exactly one thing of its gender was mentioned in this sentence or the last.
struct Discourse {
  int sentence = 0;
  std::array<int, kMaxPeople> person_seen;
  std::array<int, kMaxItems> item_seen;
  uint8_t pair_a = kNobody, pair_b = kNobody;
  int pair_seen = -9;
  int talk_seen = -9;  ///< the last sentence with speech in it

  Discourse() {
    person_seen.fill(-9);
    item_seen.fill(-9);
  }
  void mention_person(uint8_t who) { person_seen[who] = sentence; }
  void mention_item(uint8_t item) { item_seen[item] = sentence; }
  void mention_pair(uint8_t a, uint8_t b) {
    pair_a = a;
    pair_b = b;
    pair_seen = sentence;
    mention_person(a);
    mention_person(b);
  }

  /// The only candidate, or kNone. `except` is left out: nobody says "Mia saw her" of Mia.
  Referent resolve(const Facts& facts, Gender gender, uint8_t except = kNobody, uint8_t except2 = kNobody) const;
};

/// The gender by which a thing is referred to: it, or they for boots.
inline Gender gender_of(const Thing& thing) { return thing.tags & kPlural ? Gender::kThey : Gender::kIt; }

constexpr std::string_view kSubjectPronouns[] = {"he", "she", "it", "they"}, kObjectPronouns[] = {"him", "her", "it", "them"};
constexpr std::string_view kOwnerPronouns[] = {"his", "her", "its", "their"}, kSelfPronouns[] = {"himself", "herself", "itself", "themselves"};

}  // namespace gimbal::world
