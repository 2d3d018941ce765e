// The Nmt normalizer: SentencePiece's rules for machine translation that NFKC lacks: control characters out, separators of all sorts to spaces.
#include "text/normalizers/character_rewrite.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

bool is_dropped(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}

bool becomes_space(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
         c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

class Nmt final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    rewrite_characters(text, [](char32_t c) { return is_dropped(c) ? std::nullopt : std::optional(becomes_space(c) ? U' ' : c); });
  }
  OrderedJson to_json() const override { return {{"type", "Nmt"}}; }
};

}  // namespace

NormalizerPtr make_nmt(const Json&) { return std::make_unique<Nmt>(); }

}  // namespace gimbal::text
