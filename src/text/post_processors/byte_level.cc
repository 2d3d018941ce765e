// The ByteLevel post-processor: keeps the spaces of byte-level tokens out of their offsets.
#include "text/post_processors/trim_offsets.h"

namespace gimbal::text {
namespace {

class ByteLevel final : public PostProcessor {
 public:
  explicit ByteLevel(const Json& json)
      : add_prefix_space_(field_as<bool>(json, "add_prefix_space")),
        trim_offsets_(field_or(json, "trim_offsets", true)),
        use_regex_(field_or(json, "use_regex", true)) {}

  void apply(Draft& draft, AddSpecial) const override {
    if (trim_offsets_) trim_offsets(draft, add_prefix_space_ ? PrefixSpace::kYes : PrefixSpace::kNo);
  }
  void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const override {
    for (PairPart& part : parts) apply(part.draft, add_special);
  }

  OrderedJson to_json() const override {
    return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space_}, {"trim_offsets", trim_offsets_}, {"use_regex", use_regex_}};
  }

 private:
  bool add_prefix_space_;
  bool trim_offsets_;
  bool use_regex_;  // without meaning here, but the file has it
};

}  // namespace

PostProcessorPtr make_byte_level_post_processor(const Json& json) { return std::make_unique<ByteLevel>(json); }

}  // namespace gimbal::text
