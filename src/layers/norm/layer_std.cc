// y = (x - mean) / (std + eps) * gain + bias, std with d - 1 in the denominator: not LayerNorm as published, but what some old checkpoints were
// trained with. Its gradient is undefined on a constant row.
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_layer_std_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kLayerStd}, c, c.bias, width, parameters, prefix);
}

std::unique_ptr<Norm> make_layer_std_head_norm(const NormConfig& c, int64_t head_width, Parameters& parameters, const std::string& prefix) {
  return make_head_norm({.stat = ops::RowStat::kLayerStd}, c, head_width, parameters, prefix);
}

}  // namespace gimbal
