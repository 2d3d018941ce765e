// The list of residual rules. A new rule is one file beside this one and one line here.
#include <array>

#include "layers/residual/residual.h"

namespace gimbal {

using Make = std::unique_ptr<Residual>(const ResidualConfig&, const BranchPlace&, Parameters&);
Make make_add, make_deepnorm, make_layerscale, make_rezero, make_admin, make_layernorm_scaling, make_lerp, make_no_residual;

namespace {

constexpr std::array kResidualKinds = {
    ResidualKind{"add", make_add, "h + b"},
    ResidualKind{"deepnorm", make_deepnorm, "alpha h + b, branch weights x beta at the start"},
    ResidualKind{"layerscale", make_layerscale, "h + l * b, learned l per channel"},
    ResidualKind{"rezero", make_rezero, "h + a b, learned scalar a = 0 at the start"},
    ResidualKind{"admin", make_admin, "omega * h + b, learned omega per channel"},
    ResidualKind{"layernorm-scaling", make_layernorm_scaling, "h + F(norm(h) / sqrt(layer))"},
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

std::unique_ptr<Residual> make_residual(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  return residual_kind_named(config.kind).make(config, place, parameters);
}

}  // namespace gimbal
