// The Sequence normalizer: several in a row.
#include "text/kind_list.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {
namespace {

class Sequence final : public Normalizer {
 public:
  explicit Sequence(const Json& json) : members_(make_members(json, "normalizers", make_normalizer)) {}
  void apply(AlignedText& text) const override {
    for (const NormalizerPtr& member : members_) member->apply(text);
  }
  OrderedJson to_json() const override { return sequence_json("normalizers", members_); }

 private:
  std::vector<NormalizerPtr> members_;
};

}  // namespace

NormalizerPtr make_normalizer_sequence(const Json& json) { return std::make_unique<Sequence>(json); }

}  // namespace gimbal::text
