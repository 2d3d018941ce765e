// y = (x - mean) / sqrt(mean((x - mean)^2))
//
// What course notes often print as RMSNorm. It is not: it is LayerNorm without eps, gain and bias. It is here so that the two can be compared, and is
// undefined on a constant row, as printed.
#include "layers/norm/row.h"

namespace gimbal {

std::unique_ptr<Norm> make_rms_centered_norm(const NormConfig&, int64_t, Parameters&, const std::string&) {
  return std::make_unique<RowNorm>(ops::RowNormSpec{.stat = ops::RowStat::kLayer, .eps = 0}, nullptr, nullptr);
}

}  // namespace gimbal
