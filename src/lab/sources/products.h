// Running products in a group of permutations: the word problem, whose required depth grows with the length (S5: not solvable, Barrington 1989).
#pragma once

#include <memory>
#include <vector>

#include "data/batch.h"

namespace gimbal::lab {

/// Tokens are the degree! permutations, drawn evenly and independently; the target at place t is g_1 g_2 … g_t (first g_1, then g_2, …).
/// Floor: 0 nats. A guess, and anything that misses one factor, costs ln(degree!) from the second place on.
struct ProductsSpec {
  int64_t degree = 5, length = 8;
  bool last_only = false;  // only the last place counts
};

class Products {
 public:
  explicit Products(const ProductsSpec& spec);

  int64_t vocab() const { return static_cast<int64_t>(elements_.size()); }
  double guess() const;
  /// Number of the permutation that does `first`, then `then`.
  int64_t product(int64_t first, int64_t then) const { return table_[static_cast<size_t>(first * vocab() + then)]; }
  std::shared_ptr<const Examples> examples(uint64_t data_seed) const;

 private:
  ProductsSpec spec_;
  std::vector<std::vector<int64_t>> elements_;  // in the order of the alphabet
  std::vector<int64_t> table_;
};

}  // namespace gimbal::lab
