// What a run runs on: the processor's name, its measured arithmetic limit, its memory.
#pragma once

#include "core/json.h"
#include "tensor/tensor.h"

namespace gimbal {

/// The processor's name as the system gives it.
std::string processor_name();
/// Fastest matrix product measured now, in FLOP/s (about 0.2 s).
double measured_peak_flops(DType dtype);
/// For the log's first line.
Json describe_machine(double peak_flops);

}  // namespace gimbal
