// Accuracy: the share of examples whose guess is the right class, #{guess = gold} / n.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::metrics {

/// In [0, 1]. 0 of no examples. The spans have one length.
double accuracy(std::span<const int64_t> guess, std::span<const int64_t> gold);

}  // namespace gimbal::metrics
