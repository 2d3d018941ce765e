// Products of matrices through oneDNN; onednn.cc is the only file that knows the library, in versions 2.6 and 3.x.
#pragma once

#include "kernels/product.h"

namespace gimbal::kernels::onednn {

/// Whether oneDNN has its AVX-512 kernels for this type here. Measured with 2.6.3: with these, and not with those for
/// older CPUs, an output has the same bits for any number of rows and threads.
bool supports(DType in);

/// Sums are in f32. The compiled primitives are kept, for each thread that calls, which makes a call's own cost 0.4 us.
void multiply(const Product& product, const void* a, const void* b, const void* bias_f32, void* dst);

}  // namespace gimbal::kernels::onednn
