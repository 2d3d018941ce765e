// Hiding tokens.
#include "lab/sources/masked.h"

#include "core/rng.h"

namespace gimbal::lab {
namespace {

class MaskedExamples final : public Examples {
 public:
  MaskedExamples(std::shared_ptr<const Examples> examples, int32_t mask, double share, uint64_t seed)
      : examples_(std::move(examples)), mask_(mask), share_(share), seed_(seed) {}

  int64_t size() const override { return examples_->size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    TokenBatch one;
    examples_->add(number, one);
    Rng random = Rng(seed_, "hidden tokens").child(static_cast<uint64_t>(number));
    Sequence sequence{.ids = one.ids, .targets = std::vector<int32_t>(one.ids.size(), kIgnoredTarget)};
    const size_t surely = random.below(one.ids.size());
    for (size_t i = 0; i < one.ids.size(); ++i) {
      if (random.uniform() >= share_ && i != surely) continue;
      sequence.targets[i] = one.ids[i];
      sequence.ids[i] = mask_;
    }
    batch.add(sequence);
  }

 private:
  std::shared_ptr<const Examples> examples_;
  int32_t mask_;
  double share_;
  uint64_t seed_;
};

}  // namespace

std::shared_ptr<const Examples> masked(std::shared_ptr<const Examples> examples, int32_t mask, double share, uint64_t seed) {
  return std::make_shared<MaskedExamples>(std::move(examples), mask, share, seed);
}

}  // namespace gimbal::lab
