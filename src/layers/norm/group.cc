// LayerNorm over each of g groups of neighbouring channels of a token; gain and bias per channel   (arXiv:1803.08494)
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_group_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kLayer, .groups = c.groups}, c, c.bias, width, parameters, prefix);
}

}  // namespace gimbal
