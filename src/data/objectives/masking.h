// Masked language modelling (arXiv:1810.04805 section 3.1): of each example, max(1, round(rate * n)) of the n ordinary tokens are chosen,
// uniformly without replacement. A chosen token is asked for, and reads [MASK] in 80 %, a random ordinary token in 10 %, itself in 10 %.
//
// Whole words: words are chosen, in random order, while all pieces of one still fit that number; at least one word.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "data/batch.h"
#include "data/objectives/roles.h"

namespace gimbal {

enum class Choice : uint8_t { kTokens, kWords };

struct Masking {
  double rate;
  Choice choice;
};

/// Hides tokens of `sequence` and writes its targets. Special tokens are never chosen; without ordinary ones, nothing is asked.
void mask_tokens(Sequence& sequence, const Masking& masking, const RoleIds& roles, Rng rng);

}  // namespace gimbal
