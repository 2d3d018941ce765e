// The rules GB3 to GB13 over ICU's properties.
#include "text/graphemes.h"

#include <unicode/uchar.h>

#include "text/utf8.h"

namespace gimbal::text {
namespace {

int break_class(char32_t c) { return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_GRAPHEME_CLUSTER_BREAK); }

bool is_pictograph(char32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EXTENDED_PICTOGRAPHIC); }

bool is_control(int kind) { return kind == U_GCB_CR || kind == U_GCB_LF || kind == U_GCB_CONTROL; }

bool joins_always(int kind) { return kind == U_GCB_EXTEND || kind == U_GCB_ZWJ || kind == U_GCB_SPACING_MARK; }

// GB6 to GB8: the parts of a Hangul syllable.
bool joins_syllable(int before, int after) {
  switch (before) {
    case U_GCB_L:
      return after == U_GCB_L || after == U_GCB_V || after == U_GCB_LV || after == U_GCB_LVT;
    case U_GCB_LV:
    case U_GCB_V:
      return after == U_GCB_V || after == U_GCB_T;
    case U_GCB_LVT:
    case U_GCB_T:
      return after == U_GCB_T;
    default:
      return false;
  }
}

}  // namespace

size_t grapheme_end(std::string_view text, size_t begin) {
  const auto character = [&](size_t i) { return character_at(text.data() + i); };
  int before = break_class(character(begin));
  bool is_emoji = is_pictograph(character(begin));  // the cluster is a pictograph and what extends it
  bool is_half_flag = before == U_GCB_REGIONAL_INDICATOR;
  size_t end = begin + character_length(text[begin]);
  while (end < text.size()) {
    const char32_t c = character(end);
    const int after = break_class(c);
    if (before == U_GCB_CR && after == U_GCB_LF) return end + 1;
    if (is_control(before) || is_control(after)) return end;
    const bool joins = joins_always(after) || before == U_GCB_PREPEND || joins_syllable(before, after) ||
                       (before == U_GCB_ZWJ && is_emoji && is_pictograph(c)) || (is_half_flag && after == U_GCB_REGIONAL_INDICATOR);
    if (!joins) return end;
    is_half_flag = before == U_GCB_PREPEND && after == U_GCB_REGIONAL_INDICATOR;
    is_emoji = is_pictograph(c) || (is_emoji && (after == U_GCB_EXTEND || after == U_GCB_ZWJ));
    before = after;
    end += character_length(text[end]);
  }
  return end;
}

}  // namespace gimbal::text
