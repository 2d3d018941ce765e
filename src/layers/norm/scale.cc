// y = g * x / max(||x||, eps) with one learned scalar g that starts at sqrt(width)   (ScaleNorm, arXiv:1910.05895)
#include <cmath>

#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_scale_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  const ops::RowNormSpec spec{.stat = ops::RowStat::kScale, .eps = c.eps};
  return std::make_unique<RowNorm>(spec, &parameters.make_constant(prefix + ".gain", Shape{1}, std::sqrt(static_cast<double>(width))), nullptr);
}

// Per head: q and k on the unit sphere, each with a learned gain per channel that starts so that the norm of a head is sqrt(head width).
std::unique_ptr<Norm> make_scale_head_norm(const NormConfig& c, int64_t head_width, Parameters& parameters, const std::string& prefix) {
  const ops::RowNormSpec spec{.stat = ops::RowStat::kScale, .eps = c.eps};
  const double start = std::sqrt(static_cast<double>(head_width));
  Parameter& q = parameters.make_constant(prefix + ".q.gain", Shape{head_width}, start);
  Parameter& k = parameters.make_constant(prefix + ".k.gain", Shape{head_width}, start);
  return std::make_unique<HeadNorm>(spec, &q, &k);
}

}  // namespace gimbal
