// Starting weights of linear maps, from the architecture's choice and the design's gains.
#pragma once

#include "autograd/parameter.h"
#include "layers/design.h"

namespace gimbal {

class Residual;

/// What the design asks of one branch's weights.
struct BranchInit {
  double gain = 1;             // value, output and feed-forward maps: residual rule times placement
  double projection_gain = 1;  // the branch's last map, besides: 1 / sqrt(2 layers) where projections are scaled, and what the residual rule asks
};
BranchInit branch_init(const Architecture& a, const Placement& placement, const Depth& depth, const Residual& residual);

/// Standard deviation of the embedding tables.
double embedding_std(const Architecture& a);

/// One part of a map with `rows` outputs and `inputs` inputs: normal(std * gain), or Xavier normal with that gain.
InitPart linear_init(const Architecture& a, int64_t rows, int64_t inputs, double gain);
/// A head's own map from the stream to `rows` entries of the vocabulary: as other maps where init.kind says so, else like the token table.
InitPart vocabulary_init(const Architecture& a, int64_t rows);

}  // namespace gimbal
