// The Prepend normalizer: a string in front of every text that is not empty, such as the "▁" of Llama 2.
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

class Prepend final : public Normalizer {
 public:
  explicit Prepend(const Json& json) : prefix_(field_as<std::string>(json, "prepend")) {}

  // What is put in front comes from where the first character comes from, as in Hugging Face tokenizers.
  void apply(AlignedText& text) const override {
    const std::string_view old = text.text();
    if (old.empty() || prefix_.empty()) return;
    std::vector<Span> origins;
    if (text.tracking() == Tracking::kOn) {
      origins.assign(prefix_.size(), text.origin({0, 1}));
      for (uint32_t i = 0; i < old.size(); ++i) origins.push_back(text.origin({i, i + 1}));
    }
    text.replace(prefix_ + std::string(old), std::move(origins));
  }
  OrderedJson to_json() const override { return {{"type", "Prepend"}, {"prepend", prefix_}}; }

 private:
  std::string prefix_;
};

}  // namespace

NormalizerPtr make_prepend(const Json& json) { return std::make_unique<Prepend>(json); }

}  // namespace gimbal::text
