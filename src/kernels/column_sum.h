// Sums over the rows of a matrix, in an order fixed by its shape: the gradient of a bias.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

/// db_m (= or +=) sum over rows of dy_nm; dy f32 or bf16, db f32.
void column_sum_cpu(const Tensor& dy_nm, const Tensor& db_m, Write write);

}  // namespace gimbal::kernels
