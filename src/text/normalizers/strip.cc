// The Strip normalizer: white space off the beginning, the end, or both.
#include "text/normalizers/normalizer.h"
#include "text/spaces.h"

namespace gimbal::text {
namespace {

class Strip final : public Normalizer {
 public:
  explicit Strip(const Json& json) : left_(field_or(json, "strip_left", true)), right_(field_or(json, "strip_right", true)) {}

  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    uint32_t begin = 0, end = static_cast<uint32_t>(old.size());
    while (left_ && begin < end && is_space(character_at(old.data() + begin))) begin += character_length(old[begin]);
    while (right_ && end > begin) {
      uint32_t last = end - 1;
      while (continues_character(old[last])) --last;
      if (!is_space(character_at(old.data() + last))) break;
      end = last;
    }
    if (begin == 0 && end == old.size()) return;
    std::vector<Span> origins;
    for (uint32_t i = begin; text.tracking() == Tracking::kOn && i < end; ++i) origins.push_back(text.origin({i, i + 1}));
    text.replace(std::string(cut(old, {begin, end})), std::move(origins));
  }
  OrderedJson to_json() const override { return {{"type", "Strip"}, {"strip_left", left_}, {"strip_right", right_}}; }

 private:
  bool left_, right_;
};

}  // namespace

NormalizerPtr make_strip(const Json& json) { return std::make_unique<Strip>(json); }

}  // namespace gimbal::text
