// Cutting words at the matches of a pattern, with each of the ways to treat the matches.
#pragma once

#include <functional>
#include <string>

#include "text/aligned_text.h"
#include "text/word_patterns.h"

namespace gimbal::text {

/// What becomes of a match, shown for "-" in "the-final--countdown".
enum class MatchBehavior : uint8_t {
  kRemoved,             ///< the | final | countdown
  kIsolated,            ///< the | - | final | - | - | countdown
  kMergedWithPrevious,  ///< the- | final- | - | countdown
  kMergedWithNext,      ///< the | -final | - | -countdown
  kContiguous,          ///< the | - | final | -- | countdown
};

/// kGaps: what lies between the matches is treated as the match, and the other way around.
enum class MatchRole : uint8_t { kMatches, kGaps };

/// "Removed", "Isolated", … as tokenizer.json names them. Error for another name.
MatchBehavior behavior_from_name(const std::string& name);

/// Appends the matches in `text` in order, shifted by `base`.
using FindMatches = std::function<void(std::string_view text, uint32_t base, std::vector<Span>& matches)>;

/// Cuts each word of the run.
void split_words(TextRun& run, const FindMatches& find_matches, MatchBehavior behavior, MatchRole role);
void split_words(TextRun& run, const WordPattern& pattern, MatchBehavior behavior, MatchRole role);

/// Matches each character for which `is_match` holds, on its own.
template <class IsMatch>
FindMatches each_character(IsMatch is_match) {
  return [is_match](std::string_view text, uint32_t base, std::vector<Span>& matches) {
    for (size_t i = 0; i < text.size();) {
      const uint32_t length = character_length(text[i]);
      const auto begin = base + static_cast<uint32_t>(i);
      if (is_match(character_at(text.data() + i))) matches.push_back({begin, begin + length});
      i += length;
    }
  };
}

}  // namespace gimbal::text
