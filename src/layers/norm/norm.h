// A norm as the stack sees it: a function of rows with its own parameters. Each kind is one file here and one line in kinds.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "autograd/ops.h"
#include "layers/architecture.h"

namespace gimbal {

class Norm {
 public:
  virtual ~Norm() = default;
  /// x_nd -> y_nd of type `out` (f64 on the reference device).
  virtual Var apply(Tape& tape, const Var& x_nd, DType out) const = 0;
  /// Per-head form on a fused q|k|v projection; only kinds whose NormKind says per_head have one.
  virtual Var apply_heads(Tape& tape, int64_t heads, int64_t kv_heads, const Var& qkv_nc) const;
};

/// Changes of what a norm reads that its result does not show, eps aside (the table of arXiv:1607.06450, section 5.1); lab/properties_test.cc holds
/// each kind to what it says here, and to showing everything else.
enum class Ignores : uint8_t {
  kNothing,
  kRowScale,             // one token times a positive number
  kRowScaleAndShift,     // and one number added to all its channels
  kChannelScaleAndShift  // one channel of all tokens times a number, or plus a number
};

struct NormKind {
  std::string_view name;
  /// `width` channels; parameters are named prefix + ".gain" and the like.
  std::unique_ptr<Norm> (*make)(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix);
  /// QK-norm: one gain for queries and one for keys, each as wide as a head. Null when the kind cannot.
  std::unique_ptr<Norm> (*make_per_head)(const NormConfig& config, int64_t head_width, Parameters& parameters, const std::string& prefix);
  std::string_view formula;
  Ignores ignores = Ignores::kNothing;

  bool per_head() const { return make_per_head != nullptr; }
};

std::span<const NormKind> norm_kinds();
/// Error naming the nearest kind.
const NormKind& norm_kind_named(const std::string& name);

std::unique_ptr<Norm> make_norm(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix);

}  // namespace gimbal
