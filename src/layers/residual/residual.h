// A residual rule: how a branch's result joins the stream, and what that asks of the branch's initial weights. One file a rule, one line in kinds.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "autograd/ops.h"
#include "layers/design.h"

namespace gimbal {

/// What a rule may depend on, for the branch it is made for.
struct BranchPlace {
  Depth depth;
  int64_t layer = 1;    // 1-based
  int64_t branch = 0;   // 0-based over the whole stack
  int64_t branches = 2; // in the whole stack
  int64_t width = 1;
  std::string block;    // "block.3": prefix for parameters that the branches of a block share
  std::string prefix;   // "block.3.attn.join"
};

class Residual {
 public:
  virtual ~Residual() = default;
  /// skip, branch [n, d] -> the new stream.
  virtual Var join(Tape& tape, const Var& skip, const Var& branch) const = 0;
  /// Factor on what the branch reads.
  virtual double input_scale() const { return 1; }
  /// Gain on the initial value, output and feed-forward weights of the branch.
  virtual double init_gain() const { return 1; }
};

struct ResidualKind {
  std::string_view name;
  std::unique_ptr<Residual> (*make)(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters);
  std::string_view formula;
};

std::span<const ResidualKind> residual_kinds();
const ResidualKind& residual_kind_named(const std::string& name);
std::unique_ptr<Residual> make_residual(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters);

/// alpha and beta of DeepNorm for a stack (arXiv:2203.00555, table 2 of its three architectures).
struct DeepNormConstants {
  double alpha, beta;
};
DeepNormConstants deepnorm_constants(const Depth& depth);

}  // namespace gimbal
