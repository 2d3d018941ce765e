// A source that cannot be answered without knowing places: symbols, then questions for the symbol at a place.
#pragma once

#include <memory>

#include "data/batch.h"

namespace gimbal::lab {

/// `length` symbols drawn evenly, then `queries` tokens "place i", i even over the places; the target of a query is the symbol there, nothing else
/// counts. Floor: 0 nats. Whoever does not know places can tell frequencies among the symbols only, at best `without_places()`.
struct IndexedSpec {
  int64_t symbols = 4, length = 12, queries = 12;
};

class Indexed {
 public:
  explicit Indexed(const IndexedSpec& spec) : spec_(spec) {}

  int64_t vocab() const { return spec_.symbols + spec_.length; }
  const IndexedSpec& spec() const { return spec_; }
  /// Nats a query of a model that sees which symbols there are, and how often, but not where: the expected entropy of a sequence's frequencies,
  /// over many drawn sequences.
  double without_places() const;
  /// Example i of a data seed is a pure function of both.
  std::shared_ptr<const Examples> examples(uint64_t data_seed) const;

 private:
  IndexedSpec spec_;
};

}  // namespace gimbal::lab
