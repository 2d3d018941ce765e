// Builds the character class table from ICU's general categories.
#include "text/char_class.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <map>

namespace gimbal::text {
namespace {

struct Range {
  UChar32 first, last;
};

// Letters and numbers of Unicode 15.1 and 16, which Hugging Face tokenizers knows and older ICUs (72 has Unicode 15.0) do not.
constexpr Range kNewLetters[] = {{0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3}, {0x10D4A, 0x10D65},
                                 {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E},
                                 {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0},
                                 {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED},
                                 {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D}};
constexpr Range kNewNumbers[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9}, {0x16130, 0x16139},
                                 {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};

UBool fill_range(const void* context, UChar32 begin, UChar32 end, UCharCategory category) {
  auto& classes = *static_cast<std::vector<CharClass>*>(const_cast<void*>(context));
  const uint32_t mask = U_MASK(category);
  const CharClass kind = mask & U_GC_L_MASK ? CharClass::kLetter : mask & U_GC_N_MASK ? CharClass::kNumber : CharClass::kOther;
  std::fill(classes.begin() + begin, classes.begin() + end, kind);
  return true;
}

}  // namespace

CharClasses::CharClasses() {
  std::vector<CharClass> classes(0x110000, CharClass::kOther);
  u_enumCharTypes(fill_range, &classes);
  for (const Range range : kNewLetters) std::fill(classes.begin() + range.first, classes.begin() + range.last + 1, CharClass::kLetter);
  for (const Range range : kNewNumbers) std::fill(classes.begin() + range.first, classes.begin() + range.last + 1, CharClass::kNumber);
  for (UChar32 c = 0; c <= 0x3000; ++c) {  // no White_Space lies beyond the ideographic space
    if (u_isUWhiteSpace(c)) classes[static_cast<size_t>(c)] = CharClass::kSpace;
  }
  std::map<std::vector<CharClass>, uint32_t> known;
  for (size_t b = 0; b < block_of_.size(); ++b) {
    const auto first = classes.begin() + static_cast<std::ptrdiff_t>(b * kBlockSize);
    std::vector<CharClass> block(first, first + kBlockSize);
    const auto [place, is_new] = known.try_emplace(std::move(block), static_cast<uint32_t>(blocks_.size()));
    if (is_new) blocks_.insert(blocks_.end(), place->first.begin(), place->first.end());
    block_of_[b] = place->second;
  }
}

const CharClasses& CharClasses::get() {
  static const CharClasses classes;
  return classes;
}

}  // namespace gimbal::text
