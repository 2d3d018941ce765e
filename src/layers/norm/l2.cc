// y = x / max(||x||, eps): the unit sphere, without a gain; eps 0 is the formula as printed   (nGPT, arXiv:2410.01131)
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_l2_norm(const NormConfig& c, int64_t, Parameters&, const std::string&) {
  return std::make_unique<RowNorm>(ops::RowNormSpec{.stat = ops::RowStat::kScale, .eps = c.eps}, nullptr, nullptr);
}

std::unique_ptr<Norm> make_l2_head_norm(const NormConfig& c, int64_t, Parameters&, const std::string&) {
  return std::make_unique<HeadNorm>(ops::RowNormSpec{.stat = ops::RowStat::kScale, .eps = c.eps}, nullptr, nullptr);
}

}  // namespace gimbal
