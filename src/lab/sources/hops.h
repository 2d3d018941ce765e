// A source whose answers need as many look-ups, one on top of the other, as they have hops: depth that a task asks for is known.
#pragma once

#include <memory>

#include "data/batch.h"

namespace gimbal::lab {

/// A sequence shows one cycle through all symbols as pairs "a leads to b" in random order, one token a pair; then queries "from a, h hops" with h
/// drawn from least … most. The target of a query is the symbol that stands h hops behind a; nothing else counts. Floor: 0 nats, all that is needed
/// has been seen. A guess costs ln(symbols - 1), because the cycle is drawn evenly and h < symbols.
struct HopsSpec {
  int64_t symbols = 8;
  int64_t least = 1, most = 2;
  int64_t queries = 8;
  int64_t vocabulary_hops = 4;  // query tokens exist for so many, so that models of different tasks are alike
};

class Hops {
 public:
  explicit Hops(const HopsSpec& spec);

  int64_t vocab() const { return spec_.symbols * (spec_.symbols + spec_.vocabulary_hops + 1); }
  double guess() const;
  const HopsSpec& spec() const { return spec_; }
  /// Example i of a data seed is a pure function of both.
  std::shared_ptr<const Examples> examples(uint64_t data_seed) const;

 private:
  HopsSpec spec_;
};

}  // namespace gimbal::lab
