// Any source of tokens as a masked language model sees it: some tokens hidden, and those alone to be said.
#pragma once

#include <memory>

#include "data/batch.h"

namespace gimbal::lab {

/// The tokens of `examples` with each hidden behind the token `mask` with probability `share` (at least one a sequence); targets are the hidden ones.
/// An example is a pure function of its number and the seed.
std::shared_ptr<const Examples> masked(std::shared_ptr<const Examples> examples, int32_t mask, double share, uint64_t seed);

}  // namespace gimbal::lab
