// Spaces are counted at both ends of a token, as it stands in the byte alphabet or, for added tokens, in the text.
#include "text/post_processors/trim_offsets.h"

#include <algorithm>

#include "text/spaces.h"

namespace gimbal::text {
namespace {

constexpr char32_t kSpelledSpace = U'\u0120';  // Ġ, the space of the byte alphabet

bool is_blank(char32_t c) { return c == kSpelledSpace || is_space(c); }

int32_t leading_blanks(std::string_view surface) {
  int32_t count = 0;
  for (size_t i = 0; i < surface.size() && is_blank(character_at(surface.data() + i)); i += character_length(surface[i])) ++count;
  return count;
}

int32_t trailing_blanks(std::string_view surface) {
  int32_t count = 0;
  while (!surface.empty()) {
    size_t last = surface.size() - 1;
    while (continues_character(surface[last])) --last;
    if (!is_blank(character_at(surface.data() + last))) break;
    surface = surface.substr(0, last);
    ++count;
  }
  return count;
}

void trim(std::string_view surface, bool is_first_token, PrefixSpace prefix_space, std::pair<int32_t, int32_t>& offset) {
  int32_t leading = leading_blanks(surface);
  const int32_t trailing = trailing_blanks(surface);
  // A single space at the very start is the one that the pre-tokenizer put there: it covers no text.
  if (leading == 1 && prefix_space == PrefixSpace::kYes && (is_first_token || offset.first == 0)) leading = 0;
  offset.first = std::min(offset.first + leading, offset.second);
  if (trailing > 0 && offset.second >= trailing) offset.second = std::max(offset.second - trailing, offset.first);
}

}  // namespace

void trim_offsets(Draft& draft, PrefixSpace prefix_space) {
  for (size_t i = 0; i < draft.offsets.size(); ++i) trim(draft.surfaces[i], i == 0, prefix_space, draft.offsets[i]);
}

}  // namespace gimbal::text
