// One join over whole projections: queries and keys take nothing from the first layer.
#include "layers/first_values.h"

namespace gimbal {
namespace {

Parameter constants(int64_t columns, int64_t begin, double before, double behind) {
  std::vector<double> values(static_cast<size_t>(columns), before);
  std::fill(values.begin() + begin, values.end(), behind);
  Parameter p;
  p.trainable = false;
  p.shape = Shape{columns};
  p.value = Tensor::from<double>(values, p.shape);
  return p;
}

}  // namespace

FirstValues::FirstValues(const ResidualConfig& config, int64_t columns, int64_t begin)
    : own_(constants(columns, begin, 1, config.beta.value_or(0.5))), first_(constants(columns, begin, 0, config.alpha.value_or(0.5))) {}

Var FirstValues::mix(Tape& tape, int64_t layer, const Var& qkv, const Flow& flow) const {
  if (layer == 0) return *flow.first_values = qkv;
  const Var wide = ops::convert(tape, qkv, DType::kF32);
  for (Parameter* p : {&own_, &first_}) p->value = p->value.to(wide.value.dtype(), wide.value.device());
  return ops::convert(tape, ops::join(tape, {}, wide, &own_, *flow.first_values, &first_), qkv.value.dtype());
}

}  // namespace gimbal
