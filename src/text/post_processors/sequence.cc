// The Sequence post-processor: several in a row.
#include "text/kind_list.h"
#include "text/post_processors/post_processor.h"

namespace gimbal::text {
namespace {

class Sequence final : public PostProcessor {
 public:
  explicit Sequence(const Json& json) : members_(make_members(json, "processors", make_post_processor)) {}
  void apply(Draft& draft, AddSpecial add_special) const override {
    for (const PostProcessorPtr& member : members_) member->apply(draft, add_special);
  }
  void apply_pair(std::vector<PairPart>& parts, AddSpecial add_special) const override {
    for (const PostProcessorPtr& member : members_) member->apply_pair(parts, add_special);
  }
  OrderedJson to_json() const override { return sequence_json("processors", members_); }

 private:
  std::vector<PostProcessorPtr> members_;
};

}  // namespace

PostProcessorPtr make_post_processor_sequence(const Json& json) { return std::make_unique<Sequence>(json); }

}  // namespace gimbal::text
