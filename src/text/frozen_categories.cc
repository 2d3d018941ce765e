// ICU's categories, limited by a character's age. The exceptions are characters whose category has changed since.
#include "text/frozen_categories.h"

#include <unicode/uchar.h>

#include <cctype>

namespace gimbal::text {
namespace {

bool is_of(char32_t c, uint32_t categories, int unicode_version) {
  const auto code = static_cast<UChar32>(c);
  if ((U_MASK(u_charType(code)) & categories) == 0) return false;
  UVersionInfo age;
  u_charAge(code, age);
  return age[0] <= unicode_version;
}

}  // namespace

bool is_frozen_control(char32_t c) {
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  return is_of(c, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK, 8);
}

bool is_frozen_punctuation(char32_t c) {
  if (c < 0x80) return std::ispunct(static_cast<int>(c)) != 0;
  return is_of(c, U_GC_P_MASK, 8) || c == U'\u166D' || c == U'\U000111C9';
}

bool is_frozen_accent(char32_t c) {
  if (c == U'\u1885' || c == U'\u1886' || c == U'\uA9BD' || c == U'\U000111C9') return false;
  return is_of(c, U_GC_MN_MASK, 8) || c == U'\u1734';
}

bool is_frozen_mark(char32_t c) {
  if (c == U'\U000111C9') return false;
  return is_of(c, U_GC_M_MASK, 9) || c == U'\u1CF2' || c == U'\u1CF3';
}

bool is_bert_ideograph(char32_t c) {
  struct Block {
    char32_t first, last;
  };
  static constexpr Block kBlocks[] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},  {0x20000, 0x2A6DF},
                                      {0x2A700, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
  for (const Block block : kBlocks) {
    if (c >= block.first && c <= block.last) return true;
  }
  return false;
}

}  // namespace gimbal::text
