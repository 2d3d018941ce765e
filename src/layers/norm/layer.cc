// y = (x - mean) / sqrt(var + eps) * gain + bias over the channels of a token, biased variance   (arXiv:1607.06450)
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_layer_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kLayer}, c, c.bias, width, parameters, prefix);
}

std::unique_ptr<Norm> make_layer_head_norm(const NormConfig& c, int64_t head_width, Parameters& parameters, const std::string& prefix) {
  return make_head_norm({.stat = ops::RowStat::kLayer}, c, head_width, parameters, prefix);
}

}  // namespace gimbal
