// The Lowercase normalizer: each character's lower-case mapping, without regard to language or context.
#include <unicode/uchar.h>

#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

class Lowercase final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    std::vector<Edit> edits;
    edits.reserve(old.size());
    for (size_t i = 0; i < old.size(); i += character_length(old[i])) {
      const char32_t c = character_at(old.data() + i);
      if (c == U'\u0130') {  // İ, the one character whose unconditional mapping has two: i and a dot above
        edits.push_back({U'i', 0});
        edits.push_back({U'\u0307', 1});
      } else {
        edits.push_back({static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))), 0});
      }
    }
    text.transform(edits);
  }
  OrderedJson to_json() const override { return {{"type", "Lowercase"}}; }
};

}  // namespace

NormalizerPtr make_lowercase(const Json&) { return std::make_unique<Lowercase>(); }

}  // namespace gimbal::text
