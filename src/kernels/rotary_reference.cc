// Rotary embedding by its definition, in double, for tensors of any float type.
#include "kernels/reference_values.h"
#include "kernels/rotary.h"
#include "kernels/rotary_ref.h"

namespace gimbal::kernels {
namespace {

void turn(const RotarySpec& spec, Turn turn, const Tensor& x_nc, int64_t column_begin, int64_t heads, const Tensor& positions_n, const Tensor& cos_pr,
          const Tensor& sin_pr) {
  std::vector<double> x = values_of(x_nc);
  const std::vector<double> cos = values_of(cos_pr), sin = values_of(sin_pr);
  const int64_t pairs = spec.rotary_width / 2;
  for (int64_t row = 0; row < x_nc.rows(); ++row) {
    const auto angles = static_cast<size_t>(positions_n.data<int32_t>()[row] * pairs);
    for (int64_t h = 0; h < heads; ++h) {
      const auto begin = static_cast<size_t>(row * x_nc.cols() + column_begin + h * spec.head_width);
      ref::turn_head<double>(spec, turn, std::span(cos).subspan(angles, static_cast<size_t>(pairs)),
                             std::span(sin).subspan(angles, static_cast<size_t>(pairs)),
                             std::span(x).subspan(begin, static_cast<size_t>(spec.head_width)));
    }
  }
  assign(x, x_nc);
}

}  // namespace

RotaryKernels rotary_reference() { return {turn}; }

}  // namespace gimbal::kernels
