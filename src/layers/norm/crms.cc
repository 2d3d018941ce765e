// y = x / sqrt((sum x^2 + (sum x)^2) / (d + 1) + eps) * gain   (CRMSNorm, arXiv:2305.14858)
//
// The stream holds the first d of d + 1 channels that sum to 0; the last is minus their sum. Without its gain y is the first d channels of what
// RMSNorm makes of all d + 1, so a Pre-LN model of width d + 1 and a Pre-CRMSNorm model of width d are one class of models. That holds where a linear
// map reads the result, which takes the gains in; a result that itself enters the stream would have to sum to 0 behind them, so other slots are
// refused.
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_crms_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kCompressedRms}, c, false, width, parameters, prefix);
}

}  // namespace gimbal
