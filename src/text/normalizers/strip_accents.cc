// The StripAccents normalizer: drops the marks that a decomposition (NFD, NFKD) before it has set apart.
#include "text/frozen_categories.h"
#include "text/normalizers/character_rewrite.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

class StripAccents final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    rewrite_characters(text, [](char32_t c) { return c >= 0x80 && is_frozen_mark(c) ? std::nullopt : std::optional(c); });
  }
  OrderedJson to_json() const override { return {{"type", "StripAccents"}}; }
};

}  // namespace

NormalizerPtr make_strip_accents(const Json&) { return std::make_unique<StripAccents>(); }

}  // namespace gimbal::text
