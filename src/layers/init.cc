// normal, Xavier (Glorot & Bengio 2010), fan-in (arXiv:1910.10683) and the gains on top of them.
#include "layers/init.h"

#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {

BranchInit branch_init(const Architecture& a, const Placement& placement, const Depth& depth, const Residual& residual) {
  const bool summed_plainly = residual_kind_named(a.residual.kind).start == BranchStart::kSum &&
                              (placement.has(Slot::kBefore) || placement.has(Slot::kBlock)) && !placement.has(Slot::kOut) &&
                              !placement.has(Slot::kInside);
  const bool scaled = a.init.projections == "scaled" || (a.init.projections == "auto" && summed_plainly);
  return {residual.init_gain() * placement_init_gain(placement, depth),
          residual.projection_gain() * (scaled ? 1 / std::sqrt(2.0 * static_cast<double>(depth.layers)) : 1.0)};
}

double embedding_std(const Architecture& a) {
  const ResidualKind& rule = residual_kind_named(a.residual.kind);
  return rule.embedding_std ? rule.embedding_std(a) : a.init.std_at(a.width);
}

InitPart linear_init(const Architecture& a, int64_t rows, int64_t inputs, double gain) {
  const bool xavier = a.init.kind == "xavier" || (a.init.kind == "auto" && residual_kind_named(a.residual.kind).start == BranchStart::kOwnXavier);
  const double std = xavier                    ? std::sqrt(2.0 / static_cast<double>(rows + inputs))
                     : a.init.kind == "fan-in" ? std::sqrt(1.0 / static_cast<double>(inputs))
                                               : a.init.std_at(a.width);
  return {rows, InitPart::Kind::kNormal, std * gain};
}

InitPart vocabulary_init(const Architecture& a, int64_t rows) {
  if (a.init.kind == "xavier" || a.init.kind == "fan-in") return linear_init(a, rows, a.width, 1);
  return {rows, InitPart::Kind::kNormal, a.init.std_at(a.width)};
}

}  // namespace gimbal
