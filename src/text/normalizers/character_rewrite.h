// Rewriting a text character by character: some are dropped, others replaced by one character.
#pragma once

#include <optional>

#include "text/aligned_text.h"

namespace gimbal::text {

/// `map` takes a character to the one in its place, or to nothing to drop it.
template <class Map>
void rewrite_characters(AlignedText& text, Map&& map) {
  const std::string_view old = text.text();
  if (text.tracking() == Tracking::kOff) {
    std::string fresh;
    fresh.reserve(old.size());
    for (size_t i = 0; i < old.size(); i += character_length(old[i])) {
      if (const std::optional<char32_t> c = map(character_at(old.data() + i))) append_character(*c, fresh);
    }
    text.replace(std::move(fresh), {});
    return;
  }
  std::vector<Edit> edits;
  uint32_t dropped_first = 0;
  for (size_t i = 0; i < old.size(); i += character_length(old[i])) {
    if (const std::optional<char32_t> c = map(character_at(old.data() + i))) {
      edits.push_back({*c, 0});
    } else if (edits.empty()) {
      ++dropped_first;
    } else {
      --edits.back().change;
    }
  }
  text.transform(edits, dropped_first);
}

}  // namespace gimbal::text
