// The norms of the lab's nets: the engine's registry (layers/norm/kinds.cc), and whitening besides.
#pragma once

#include <memory>
#include <string>

#include "layers/norm/norm.h"

namespace gimbal::lab::nets {

/// Kinds of layers/norm, and "zca", "cholesky", "newton-schulz" (lab/nets/whitening.h). Error naming the nearest kind.
std::unique_ptr<Norm> make_net_norm(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix);

/// Stops the gains and biases of norms below `prefix` from learning: at their starting values 1 and 0 they are the same as absent ones.
void freeze_affine(Parameters& parameters, const std::string& prefix);

}  // namespace gimbal::lab::nets
