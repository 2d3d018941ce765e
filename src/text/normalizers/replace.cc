// The Replace normalizer: every match of a string or regular expression becomes another string.
#include "text/normalizers/normalizer.h"
#include "text/word_patterns.h"

namespace gimbal::text {
namespace {

class Replace final : public Normalizer {
 public:
  explicit Replace(const Json& json)
      : json_(json), pattern_(WordPattern::from_json(field(json, "pattern"))), content_(field_as<std::string>(json, "content")) {}

  // The new characters come from where the last byte of the match comes from, as in Hugging Face tokenizers.
  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    std::vector<Span> matches;
    pattern_.find_all(old, 0, matches);
    if (matches.empty()) return;
    const bool tracked = text.tracking() == Tracking::kOn;
    std::string fresh;
    fresh.reserve(old.size() + matches.size() * content_.size());
    std::vector<Span> origins;
    uint32_t done = 0;
    const auto keep_until = [&](uint32_t end) {
      fresh += cut(old, {done, end});
      for (uint32_t i = done; tracked && i < end; ++i) origins.push_back(text.origin({i, i + 1}));
    };
    for (const Span match : matches) {
      keep_until(match.begin);
      fresh += content_;
      done = match.end;
      if (tracked) origins.insert(origins.end(), content_.size(), done == 0 ? Span{} : text.origin({done - 1, done}));
    }
    keep_until(static_cast<uint32_t>(old.size()));
    text.replace(std::move(fresh), std::move(origins));
  }

  OrderedJson to_json() const override { return {{"type", "Replace"}, {"pattern", json_["pattern"]}, {"content", content_}}; }

 private:
  Json json_;
  WordPattern pattern_;
  std::string content_;
};

}  // namespace

NormalizerPtr make_replace(const Json& json) { return std::make_unique<Replace>(json); }

}  // namespace gimbal::text
