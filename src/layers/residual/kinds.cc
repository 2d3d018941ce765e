// The list of residual rules. A new rule is one file beside this one and one line here.
#include <array>

#include "layers/residual/residual.h"

namespace gimbal {

using Make = std::unique_ptr<Residual>(const ResidualConfig&, const BranchPlace&, Parameters&);
Make make_add, make_deepnorm, make_deepnorm_glm, make_deepnorm_torchscale, make_deepnorm_wrong_sign, make_deepnorm_no_branch, make_layerscale,
    make_rezero, make_admin, make_layernorm_scaling, make_fixup, make_t_fixup, make_value_residual, make_hyper_connections, make_mhc, make_lerp,
    make_no_residual;
double t_fixup_embedding_std(const Architecture& a);

namespace {

constexpr std::array kResidualKinds = {
    ResidualKind{"add", make_add, "h + b", ResidualNeeds::kNothing, BranchStart::kSum},
    ResidualKind{"deepnorm", make_deepnorm, "alpha h + b, branch weights x beta at the start", ResidualNeeds::kBound, BranchStart::kOwnXavier},
    ResidualKind{"deepnorm-glm", make_deepnorm_glm, "deepnorm with GLM-130B's exponents, 1/2", ResidualNeeds::kBound, BranchStart::kOwnXavier},
    ResidualKind{"deepnorm-torchscale", make_deepnorm_torchscale, "deepnorm with its library's encoder beta", ResidualNeeds::kBound,
                 BranchStart::kOwnXavier},
    ResidualKind{"deepnorm-wrong-sign", make_deepnorm_wrong_sign, "a published mistake: 1 / beta for beta", ResidualNeeds::kBound,
                 BranchStart::kOwnXavier},
    ResidualKind{"deepnorm-no-branch", make_deepnorm_no_branch, "a printed mistake: norm(alpha h) beta", ResidualNeeds::kBound,
                 BranchStart::kOwnXavier},
    ResidualKind{"layerscale", make_layerscale, "h + l * b, learned l per channel"},
    ResidualKind{"rezero", make_rezero, "h + a b, learned scalar a = 0 at the start"},
    ResidualKind{"admin", make_admin, "omega * h + b, learned omega per channel", ResidualNeeds::kNormBehind, BranchStart::kOwnXavier},
    ResidualKind{"layernorm-scaling", make_layernorm_scaling, "h + F(norm(h) / sqrt(layer))", ResidualNeeds::kNormBefore, BranchStart::kOwnNormal},
    ResidualKind{"fixup", make_fixup, "h + m F(h + b), no norm, last maps 0 at the start", ResidualNeeds::kNoNorm, BranchStart::kOwnXavier},
    ResidualKind{"t-fixup", make_t_fixup, "h + b, no norm, small weights and embeddings", ResidualNeeds::kNoNorm, BranchStart::kOwnXavier,
                 Carries::kStream, t_fixup_embedding_std},
    ResidualKind{"value", make_value_residual, "h + b; values (v_1 + v) / 2", ResidualNeeds::kNothing, BranchStart::kSum, Carries::kValues},
    ResidualKind{"hyper-connections", make_hyper_connections, "n streams, mixed by learned coefficients", ResidualNeeds::kNothing, BranchStart::kSum,
                 Carries::kStreams},
    ResidualKind{"mhc", make_mhc, "n streams, mixed by doubly stochastic matrices", ResidualNeeds::kNothing, BranchStart::kSum, Carries::kStreams},
    ResidualKind{"lerp", make_lerp, "h + alpha * (b - h), learned steps alpha per channel"},
    ResidualKind{"none", make_no_residual, "b"},
};

}  // namespace

std::span<const ResidualKind> residual_kinds() { return kResidualKinds; }

const ResidualKind& residual_kind_named(const std::string& name) {
  std::vector<std::string> names;
  for (const ResidualKind& kind : kResidualKinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown residual '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

const char* residual_names() {
  static const std::string names = [] {
    std::vector<std::string> all;
    for (const ResidualKind& kind : kResidualKinds) all.emplace_back(kind.name);
    return joined(all);
  }();
  return names.c_str();
}

int64_t stream_count(const Architecture& a) { return residual_kind_named(a.residual.kind).carries == Carries::kStreams ? a.residual.streams : 1; }

std::unique_ptr<Residual> make_residual(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  return residual_kind_named(config.kind).make(config, place, parameters);
}

}  // namespace gimbal
