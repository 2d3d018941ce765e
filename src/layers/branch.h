// F of a sub-layer: attention or feed-forward. It calls `inside` on what its last projection reads.
#pragma once

#include "layers/flow.h"
#include "layers/norm/norm.h"

namespace gimbal {

class Branch {
 public:
  virtual ~Branch() = default;
  /// u_nd of the compute type -> branch result [n, d] of the compute type. inside may be null.
  virtual Var forward(Tape& tape, const Var& u_nd, const Flow& flow, const Norm* inside) const = 0;
  /// Keys and values of a memory's rows [m, 2 kv_heads head_width], which depend on nothing else; no value where the branch reads no memory.
  virtual Var of_memory(Tape&, const Var& /*rows_md*/) const { return {}; }
  /// Channels that the last projection reads.
  virtual int64_t inside_width() const = 0;
};

}  // namespace gimbal
