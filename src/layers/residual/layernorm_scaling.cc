// h' = skip + F(norm(h) / sqrt(l)), l the 1-based layer   (LayerNorm scaling, arXiv:2502.05795)
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class LayerNormScaling final : public Residual {
 public:
  explicit LayerNormScaling(int64_t layer) : scale_(1 / std::sqrt(static_cast<double>(layer))) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, nullptr); }
  double input_scale() const override { return scale_; }

 private:
  double scale_;
};

}  // namespace

std::unique_ptr<Residual> make_layernorm_scaling(const ResidualConfig&, const BranchPlace& place, Parameters&) {
  return std::make_unique<LayerNormScaling>(place.layer);
}

}  // namespace gimbal
