// LayerNorm into RMSNorm without changing what a Pre-LN model computes: every write into its stream is made to sum to 0 over the channels, so that
// the mean which LayerNorm subtracts is 0 already (arXiv:2305.14858).
//
//   LN(x) = (x - mean) / sqrt(var + eps) * gain + bias = RMSNorm(x) + bias    where the channels of x sum to 0
//
// The token, position and segment tables are centred over their channels, the last maps of the branches (W_o, W_2, their biases) over their outputs;
// the bias of a norm goes into the map behind it, W (y + bias) + b = W y + (W bias + b). A head that shared the token table gets its own copy of the
// table as it was. A final norm that has a bias stays LayerNorm: the head has no bias that could take it.
#pragma once

#include "models/model.h"

namespace gimbal {

/// A model of the same function with RMSNorm in front of its branches, on the same device and of the same type; sums are formed in double. The
/// model's adapters must have been merged. Error with a sentence where the identity does not hold: another placement than pre or sub, norms
/// other than layer, a residual rule that weighs channels, sinusoids, weights that are not plain.
std::unique_ptr<Model> recentered(const Model& model);

}  // namespace gimbal
