// h' = skip + l * b, a learned scale l per channel that starts small: 0.1 up to 18 layers, 1e-5 up to 24, 1e-6 beyond   (CaiT, arXiv:2103.17239)
#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class LayerScale final : public Residual {
 public:
  explicit LayerScale(Parameter& scale) : scale_(scale) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, &scale_); }

 private:
  Parameter& scale_;
};

}  // namespace

std::unique_ptr<Residual> make_layerscale(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  const double by_depth = place.depth.layers <= 18 ? 0.1 : place.depth.layers <= 24 ? 1e-5 : 1e-6;
  return std::make_unique<LayerScale>(parameters.make_constant(place.prefix + ".scale", Shape{place.width}, config.init.value_or(by_depth)));
}

}  // namespace gimbal
