// Grapheme clusters: what a reader takes for one character, such as a letter with its accents (UAX #29).
#pragma once

#include <cstddef>
#include <string_view>

namespace gimbal::text {

/// The end of the extended grapheme cluster that begins at `begin` in `text` (valid UTF-8, not at its end). Rule GB9c, which joins Indic conjuncts
/// since Unicode 15.1, is left out: ICU 72 lacks its property.
size_t grapheme_end(std::string_view text, size_t begin);

}  // namespace gimbal::text
