// Character properties from ICU.
#include "text/spaces.h"

#include <unicode/uchar.h>

#include "text/char_class.h"

namespace gimbal::text {

bool is_space(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)); }

bool is_word_character(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  constexpr uint32_t kCategories = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_isUAlphabetic(code) || (U_MASK(u_charType(code)) & kCategories) != 0 || u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) ||
         CharClasses::get().of(c) == CharClass::kLetter;  // letters newer than ICU's Unicode
}

}  // namespace gimbal::text
