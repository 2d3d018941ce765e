// A small invented language, so that translation has exactly one right answer.
//
// Nouns and colors are invented words made of their English ones; names stay. The verb comes last, its subject before it, and the rest in the order
// receiver, object, place, each followed by its particle: "ti" to or from whom, "na" what, "ra" where. A color follows its noun. There are no
// articles, and one verb serves every English wording of a deed.
//
//   Mia handed the red kite to Ben.      Ben ti KITE RED na Mia GIVE.
#pragma once

#include <string>
#include <string_view>

#include "data/world/facts.h"

namespace gimbal::world {

constexpr std::string_view kInventedCode = "ul";  ///< beside "en" in a record

/// The invented word for an English word or phrase: three syllables.
std::string invented_word(std::string_view english);

/// The sentence for an event of one of the predicates that translation is about (translated_deeds).
std::string invented_sentence(const Facts& facts, const Event& event);

struct NamedDeed {
  Pred pred;
  std::string_view verb;
};
std::span<const NamedDeed> translated_deeds();

}  // namespace gimbal::world
