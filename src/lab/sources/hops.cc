// Cycles, their pairs, and questions about them.
#include "lab/sources/hops.h"

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/rng.h"
#include "lab/sources/shuffled.h"

namespace gimbal::lab {
namespace {

class HopExamples final : public Examples {
 public:
  HopExamples(HopsSpec spec, uint64_t seed) : spec_(spec), seed_(seed) {}

  int64_t size() const override { return int64_t{1} << 40; }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = Rng(seed_, "hops").child(static_cast<uint64_t>(number));
    const int64_t m = spec_.symbols;
    const std::vector<int64_t> cycle = shuffled(m, random), order = shuffled(m, random);
    Sequence sequence;
    const auto say = [&](int64_t token, int64_t target) {
      sequence.ids.push_back(static_cast<int32_t>(token));
      sequence.targets.push_back(static_cast<int32_t>(target));
    };
    const auto symbol = [&](int64_t place) { return cycle[static_cast<size_t>(place % m)]; };
    for (const int64_t place : order) say(symbol(place) * m + symbol(place + 1), kIgnoredTarget);
    for (int64_t q = 0; q < spec_.queries; ++q) {
      const auto place = static_cast<int64_t>(random.below(static_cast<uint64_t>(m)));
      const int64_t hop = spec_.least + static_cast<int64_t>(random.below(static_cast<uint64_t>(spec_.most - spec_.least + 1)));
      say(m * m + (hop - 1) * m + symbol(place), m * (m + spec_.vocabulary_hops) + symbol(place + hop));
    }
    batch.add(sequence);
  }

 private:
  HopsSpec spec_;
  uint64_t seed_;
};

}  // namespace

Hops::Hops(const HopsSpec& spec) : spec_(spec) {
  GIMBAL_ASSERT(spec.least >= 1 && spec.least <= spec.most && spec.most <= spec.vocabulary_hops && spec.most < spec.symbols && spec.queries > 0);
}

double Hops::guess() const { return std::log(static_cast<double>(spec_.symbols - 1)); }

std::shared_ptr<const Examples> Hops::examples(uint64_t data_seed) const { return std::make_shared<HopExamples>(spec_, data_seed); }

}  // namespace gimbal::lab
