// Cutting words at the matches of a pattern, with each of the ways to treat the matches.
#pragma once

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

/// Cuts each word of the run.
void split_words(TextRun& run, const WordPattern& pattern, MatchBehavior behavior, MatchRole role);

}  // namespace gimbal::text
