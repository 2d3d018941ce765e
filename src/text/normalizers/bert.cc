// The BertNormalizer (Devlin et al. 2018, arXiv:1810.04805): control characters out, spaces around ideographs, accents off, lower case.
#include <array>

#include "text/frozen_categories.h"
#include "text/normalizers/character_rewrite.h"
#include "text/normalizers/normalizer.h"
#include "text/spaces.h"

namespace gimbal::text {
namespace {

enum class Does : uint8_t { kNo, kYes };

Does does(bool yes) { return yes ? Does::kYes : Does::kNo; }

std::optional<char32_t> cleaned(char32_t c) {
  if (c == 0 || c == U'\uFFFD' || is_frozen_control(c)) return std::nullopt;
  return is_space(c) ? U' ' : c;
}

void put_spaces_around_ideographs(AlignedText& text) {
  const std::string_view old = text.text();
  std::vector<Edit> edits;
  bool found = false;
  for (size_t i = 0; i < old.size(); i += character_length(old[i])) {
    const char32_t c = character_at(old.data() + i);
    if (!is_bert_ideograph(c)) {
      edits.push_back({c, 0});
      continue;
    }
    found = true;
    edits.push_back({U' ', 0});
    edits.push_back({c, 1});
    edits.push_back({U' ', 1});
  }
  if (found) text.transform(edits);
}

class Bert final : public Normalizer {
 public:
  explicit Bert(const Json& json)
      : clean_text_(does(field_or(json, "clean_text", true))),
        handle_ideographs_(does(field_or(json, "handle_chinese_chars", true))),
        lowercase_(does(field_or(json, "lowercase", true))),
        strip_accents_given_(json.contains("strip_accents") && !json["strip_accents"].is_null()),
        strip_accents_(does(field_or(json, "strip_accents", lowercase_ == Does::kYes))),
        decomposer_(make_nfd(Json())),
        lowercaser_(make_lowercase(Json())) {
    for (int c = 0; c < 128; ++c) ascii_[static_cast<size_t>(c)] = ascii_form(static_cast<char>(c));
  }

  void apply(AlignedText& text) const override {
    if (text.tracking() == Tracking::kOn) return apply_all(text);
    // No step lets characters beyond ASCII act on those of ASCII, or the other way around: each stretch can be rewritten on its own.
    const std::string_view old = text.text();
    std::string fresh;
    fresh.reserve(old.size() + old.size() / 8);
    for (size_t i = 0; i < old.size();) {
      if (is_ascii(old[i])) {
        const char form = ascii_[static_cast<unsigned char>(old[i++])];
        if (form != kDropped) fresh += form;
        continue;
      }
      size_t end = i;
      while (end < old.size() && !is_ascii(old[end])) ++end;
      AlignedText stretch(old, {static_cast<uint32_t>(i), static_cast<uint32_t>(end)}, Tracking::kOff);
      apply_all(stretch);
      fresh += stretch.text();
      i = end;
    }
    text.replace(std::move(fresh), {});
  }

  OrderedJson to_json() const override {
    return {{"type", "BertNormalizer"},
            {"clean_text", clean_text_ == Does::kYes},
            {"handle_chinese_chars", handle_ideographs_ == Does::kYes},
            {"strip_accents", strip_accents_given_ ? OrderedJson(strip_accents_ == Does::kYes) : OrderedJson(nullptr)},
            {"lowercase", lowercase_ == Does::kYes}};
  }

 private:
  static constexpr char kDropped = '\x80';

  static bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

  char ascii_form(char c) const {
    if (clean_text_ == Does::kYes) {
      const std::optional<char32_t> clean = cleaned(static_cast<unsigned char>(c));
      if (!clean) return kDropped;
      c = static_cast<char>(*clean);
    }
    return lowercase_ == Does::kYes && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }

  void apply_all(AlignedText& text) const {
    if (clean_text_ == Does::kYes) rewrite_characters(text, cleaned);
    if (handle_ideographs_ == Does::kYes) put_spaces_around_ideographs(text);
    if (strip_accents_ == Does::kYes) {
      decomposer_->apply(text);
      rewrite_characters(text, [](char32_t c) { return is_frozen_accent(c) ? std::nullopt : std::optional(c); });
    }
    if (lowercase_ == Does::kYes) lowercaser_->apply(text);
  }

  Does clean_text_, handle_ideographs_, lowercase_;
  bool strip_accents_given_;  // null in the file: accents go where case goes
  Does strip_accents_;
  NormalizerPtr decomposer_, lowercaser_;
  std::array<char, 128> ascii_;
};

}  // namespace

NormalizerPtr make_bert_normalizer(const Json& json) { return std::make_unique<Bert>(json); }

}  // namespace gimbal::text
