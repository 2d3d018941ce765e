// A residual rule: what a branch reads of the stream, how its result joins it, and what that asks of the branch's initial weights. One file a rule,
// one line in kinds.cc.
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
  /// What the norm in front of the branch gets: [n, d], of a stream that may be wider (Carries::kStreams).
  virtual Var read(Tape&, const Var& stream) const { return stream; }
  /// skip like the stream, branch [n, d] -> the new stream.
  virtual Var join(Tape& tape, const Var& skip, const Var& branch) const = 0;
  /// Factor on what the branch reads, behind the norm, and on what leaves the sub-layer.
  virtual double input_scale() const { return 1; }
  virtual double output_scale() const { return 1; }
  /// Gain on the initial value, output and feed-forward weights of the branch.
  virtual double init_gain() const { return 1; }
  /// Gain on the initial weights of the branch's last map, besides.
  virtual double projection_gain() const { return 1; }
};

/// What a rule asks of the design around it.
enum class ResidualNeeds : uint8_t {
  kNothing,
  kBound,       // it multiplies the stream at every join, and something must hold that
  kNormBehind,  // a norm right behind every join
  kNormBefore,  // a norm in front of every branch
  kNoNorm,      // it takes the place of norms
};
/// How branches' maps start where model.init says auto; the last two are refused projections scaled once more.
enum class BranchStart : uint8_t {
  kSum,     // normal, the last map by 1 / sqrt(2 layers) where the sum is normed before
  kNormal,  // normal
  kOwnNormal,
  kOwnXavier,
};
/// What flows along the stack: one stream, several of them ([n streams, d], a token's in neighbouring rows), or one and the first layer's values.
enum class Carries : uint8_t { kStream, kStreams, kValues };

struct ResidualKind {
  std::string_view name;
  std::unique_ptr<Residual> (*make)(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters);
  std::string_view formula;
  ResidualNeeds needs = ResidualNeeds::kNothing;
  BranchStart start = BranchStart::kNormal;
  Carries carries = Carries::kStream;
  /// Where the rule says how embeddings start.
  double (*embedding_std)(const Architecture& a) = nullptr;
};

std::span<const ResidualKind> residual_kinds();
const ResidualKind& residual_kind_named(const std::string& name);
std::unique_ptr<Residual> make_residual(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters);

/// Streams side by side: model.residual.streams where the rule carries several, else 1.
int64_t stream_count(const Architecture& a);

/// alpha and beta of DeepNorm for a stack (arXiv:2203.00555, table 2 of its three architectures).
struct DeepNormConstants {
  double alpha, beta;
};
DeepNormConstants deepnorm_constants(const Depth& depth);

}  // namespace gimbal
