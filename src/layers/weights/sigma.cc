// W is used as gain / sigma(W) W, sigma its largest singular value, gain a learned number that starts at 1   (sigma-reparametrization,
// arXiv:2303.06296)
//
// Each linear map of the blocks, part by part where maps are fused (q, k and v; gate and up). A training pass takes one step of the power iteration,
// u <- W W^T u / ||W W^T u||, keeps u in the checkpoint, and every pass reads sigma = ||W^T u||. With u and v = W^T u / sigma constant the gradient
// is
//   dW = gain / sigma (G - <G, W> / sigma u v^T),   dgain = <G, W> / sigma,   G = d loss / d (gain / sigma W)
#include "layers/weights/weights.h"

namespace gimbal {

void attach_sigma(const Architecture&, Parameters& parameters) {
  const size_t count = parameters.all().size();
  for (size_t i = 0; i < count; ++i) {
    Parameter& weight = parameters.all()[i];
    if (!is_map_of_block(weight)) continue;
    const std::string map = weight.name.substr(0, weight.name.rfind('.'));
    Parameter& left = parameters.make(map + ".left", Shape{weight.shape[0]}, {{1, InitPart::Kind::kNormal, 1.0}}, Decay::kNo);
    left.trainable = false;
    weight.spectral = {&parameters.make_constant(map + ".spectral_gain", Shape{static_cast<int64_t>(weight.init.size())}, 1), &left};
  }
}

}  // namespace gimbal
