// y = x / sqrt(mean(x^2) + eps) * gain   (arXiv:1910.07467); with one_plus_gain the gain is 1 + weight, as Gemma stores it
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_rms_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kRms}, c, false, width, parameters, prefix);
}

std::unique_ptr<Norm> make_rms_head_norm(const NormConfig& c, int64_t head_width, Parameters& parameters, const std::string& prefix) {
  return make_head_norm({.stat = ops::RowStat::kRms}, c, head_width, parameters, prefix);
}

}  // namespace gimbal
