// y = x / sqrt(mean of the first share * d of x^2 + eps) * gain   (pRMSNorm, arXiv:1910.07467 section 5)
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_prms_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  return make_row_norm({.stat = ops::RowStat::kRms, .share = c.share}, c, false, width, parameters, prefix);
}

std::unique_ptr<Norm> make_prms_head_norm(const NormConfig& c, int64_t head_width, Parameters& parameters, const std::string& prefix) {
  return make_head_norm({.stat = ops::RowStat::kRms, .share = c.share}, c, head_width, parameters, prefix);
}

}  // namespace gimbal
