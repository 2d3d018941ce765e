// The feed-forward branch: widen, bend, narrow; the bend alone or as a gate.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "layers/branch.h"
#include "layers/init.h"

namespace gimbal {

struct ActivationName {
  std::string_view name;
  ops::ActivationSpec spec;
};
std::span<const ActivationName> activation_names();
/// Error naming the nearest activation.
ops::ActivationSpec activation_named(const std::string& name);

class FeedForward final : public Branch {
 public:
  /// Parameters "<prefix>.up.weight" ([f, d], or [2f, d] as gate|up when gated), "<prefix>.down.weight" [d, f], and biases.
  FeedForward(const Architecture& a, const BranchInit& init, Parameters& parameters, const std::string& prefix);
  Var forward(Tape& tape, const Var& u_nd, const Flow& flow, const Norm* inside) const override;
  int64_t inside_width() const override { return width_; }

 private:
  ops::ActivationSpec activation_;
  int64_t width_;
  double dropout_;
  std::string prefix_;
  std::optional<ops::ColumnGain> scale_;  // behind the first map
  Parameter *up_weight_, *up_bias_ = nullptr, *down_weight_, *down_bias_ = nullptr;
};

}  // namespace gimbal
