// Products of f32 matrices on CPUs without AVX-512, where oneDNN's sums depend on the number of rows and threads.
#pragma once

#include "kernels/product.h"

namespace gimbal::kernels {

/// in and out f32. Each output adds its products in the order of the inner dimension.
void multiply_in_tiles(const Product& product, const float* a, const float* b, const float* bias, float* dst);

}  // namespace gimbal::kernels
