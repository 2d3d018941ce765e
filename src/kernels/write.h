// Whether a kernel replaces its output or adds to it.
#pragma once

#include <cstdint>

namespace gimbal::kernels {

enum class Write : uint8_t { kReplace, kAdd };

}  // namespace gimbal::kernels
