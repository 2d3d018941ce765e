// Permutations, their table of products, and sequences of them.
#include "lab/sources/products.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::lab {
namespace {

class ProductExamples final : public Examples {
 public:
  ProductExamples(ProductsSpec spec, std::vector<int64_t> table, int64_t vocab, uint64_t seed)
      : spec_(spec), table_(std::move(table)), vocab_(vocab), seed_(seed) {}

  int64_t size() const override { return int64_t{1} << 40; }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = Rng(seed_, "products").child(static_cast<uint64_t>(number));
    Sequence sequence;
    int64_t product = 0;  // the identity comes first
    for (int64_t t = 0; t < spec_.length; ++t) {
      const auto next = static_cast<int64_t>(random.below(static_cast<uint64_t>(vocab_)));
      product = table_[static_cast<size_t>(product * vocab_ + next)];
      sequence.ids.push_back(static_cast<int32_t>(next));
      sequence.targets.push_back(spec_.last_only && t + 1 < spec_.length ? kIgnoredTarget : static_cast<int32_t>(product));
    }
    batch.add(sequence);
  }

 private:
  ProductsSpec spec_;
  std::vector<int64_t> table_;
  int64_t vocab_;
  uint64_t seed_;
};

}  // namespace

Products::Products(const ProductsSpec& spec) : spec_(spec) {
  GIMBAL_ASSERT(spec.degree >= 2 && spec.degree <= 5 && spec.length > 0);
  std::vector<int64_t> element(static_cast<size_t>(spec.degree));
  std::iota(element.begin(), element.end(), int64_t{0});
  do elements_.push_back(element);
  while (std::next_permutation(element.begin(), element.end()));
  for (const auto& first : elements_)
    for (const auto& then : elements_) {
      std::vector<int64_t> both(first.size());
      for (size_t i = 0; i < both.size(); ++i) both[i] = then[static_cast<size_t>(first[i])];
      table_.push_back(std::lower_bound(elements_.begin(), elements_.end(), both) - elements_.begin());
    }
}

double Products::guess() const { return std::log(static_cast<double>(elements_.size())); }

std::shared_ptr<const Examples> Products::examples(uint64_t data_seed) const {
  return std::make_shared<ProductExamples>(spec_, table_, vocab(), data_seed);
}

}  // namespace gimbal::lab
