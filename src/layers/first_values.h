// The shortcut of values (residual rule value): v_l <- l1 v_1 + l2 v_l inside a fused q|k|v projection.
#pragma once

#include "layers/architecture.h"
#include "layers/flow.h"

namespace gimbal {

class FirstValues {
 public:
  /// Values are the columns from `begin` on, of `columns`.
  FirstValues(const ResidualConfig& config, int64_t columns, int64_t begin);
  /// The first layer leaves its projection in flow.first_values; every other one gets its own with those values mixed in.
  Var mix(Tape& tape, int64_t layer, const Var& qkv_nc, const Flow& flow) const;

 private:
  // Factors of every column, constants in the shape that the join takes.
  mutable Parameter own_, first_;
};

}  // namespace gimbal
