// Norms for the lab's nets, by name.
#include "lab/nets/net_norm.h"

#include "lab/nets/whitening.h"

namespace gimbal::lab::nets {

std::unique_ptr<Norm> make_net_norm(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix) {
  if (auto whitening = make_whitening(config, width, parameters, prefix)) return whitening;
  return make_norm(config, width, parameters, prefix);
}

void freeze_affine(Parameters& parameters, const std::string& prefix) {
  for (Parameter& p : parameters.all())
    if (p.name.starts_with(prefix) && p.name.find("norm") != std::string::npos && (p.name.ends_with(".gain") || p.name.ends_with(".bias")))
      p.trainable = false;
}

}  // namespace gimbal::lab::nets
