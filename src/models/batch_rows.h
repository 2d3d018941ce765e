// A batch as a model reads it.
#pragma once

#include "data/batch.h"
#include "layers/rows.h"

namespace gimbal {

/// The rows of a batch on a device.
TokenRows rows_of(const TokenBatch& batch, Device device);

}  // namespace gimbal
