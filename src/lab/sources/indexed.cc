// Symbols and places.
#include "lab/sources/indexed.h"

#include <cmath>

#include "core/rng.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kDrawn = 4000;

class IndexedExamples final : public Examples {
 public:
  IndexedExamples(IndexedSpec spec, uint64_t seed) : spec_(spec), seed_(seed) {}

  int64_t size() const override { return int64_t{1} << 40; }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = Rng(seed_, "symbols at places").child(static_cast<uint64_t>(number));
    Sequence sequence;
    for (int64_t t = 0; t < spec_.length; ++t) {
      sequence.ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(spec_.symbols))));
      sequence.targets.push_back(kIgnoredTarget);
    }
    for (int64_t q = 0; q < spec_.queries; ++q) {
      const uint64_t place = random.below(static_cast<uint64_t>(spec_.length));
      sequence.ids.push_back(static_cast<int32_t>(spec_.symbols + static_cast<int64_t>(place)));
      sequence.targets.push_back(sequence.ids[place]);
    }
    batch.add(sequence);
  }

 private:
  IndexedSpec spec_;
  uint64_t seed_;
};

}  // namespace

double Indexed::without_places() const {
  Rng random(1, "frequencies of symbols");
  double entropy = 0;
  for (int64_t i = 0; i < kDrawn; ++i) {
    std::vector<double> counts(static_cast<size_t>(spec_.symbols));
    for (int64_t t = 0; t < spec_.length; ++t) ++counts[random.below(static_cast<uint64_t>(spec_.symbols))];
    for (const double count : counts)
      if (count > 0) entropy -= count / static_cast<double>(spec_.length) * std::log(count / static_cast<double>(spec_.length));
  }
  return entropy / kDrawn;
}

std::shared_ptr<const Examples> Indexed::examples(uint64_t data_seed) const { return std::make_shared<IndexedExamples>(spec_, data_seed); }

}  // namespace gimbal::lab
