// Dense products on the CPU: oneDNN where it has AVX-512, our own kernels for few rows, for older CPUs and for bias gradients.
#include "kernels/matmul.h"

#include <utility>

#include "kernels/column_sum.h"
#include "kernels/elementwise.h"
#include "kernels/few_rows.h"
#include "kernels/onednn.h"
#include "kernels/tiled_product.h"

namespace gimbal::kernels {
namespace {

Tensor converted(const Tensor& x, DType dtype) {
  Tensor y(x.shape(), dtype);
  elementwise_cpu().copy(x, 1, y, Write::kReplace);
  return y;
}

/// No terms: the bias, or zero.
void write_empty_sums(const Product& product, const Tensor& bias, const Tensor& dst) {
  const Tensor sums = Tensor::zeros(dst.shape(), DType::kF32);
  for (int64_t i = 0; bias && i < sums.elements(); ++i) sums.data<float>()[i] = bias.data<float>()[i % product.cols];
  elementwise_cpu().copy(sums, 1, dst, product.write);
}

/// Runs the product on what this CPU has, converting types where it must.
void multiply(Product product, const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& dst) {
  GIMBAL_ASSERT(a.dtype() == b.dtype(), name_of(a.dtype()), " times ", name_of(b.dtype()));
  if (product.rows == 0 || product.cols == 0) return;
  if (product.inner == 0) return write_empty_sums(product, bias, dst);
  if (a.dtype() == DType::kBF16 && !onednn::supports(DType::kBF16)) {
    return multiply(product, converted(a, DType::kF32), converted(b, DType::kF32), bias, dst);
  }
  if (a.dtype() == DType::kF32 && dst.dtype() == DType::kBF16) {
    const Tensor wide(dst.shape(), DType::kF32);
    const Write write = std::exchange(product.write, Write::kReplace);
    multiply(product, a, b, bias, wide);
    return elementwise_cpu().copy(wide, 1, dst, write);
  }
  product.in = a.dtype();
  product.out = dst.dtype();
  product.has_bias = bias.defined();
  if (onednn::supports(product.in)) return onednn::multiply(product, a.raw(), b.raw(), bias ? bias.raw() : nullptr, dst.raw());
  multiply_in_tiles(product, a.data<float>(), b.data<float>(), bias ? bias.data<float>() : nullptr, dst.data<float>());
}

void linear(const Tensor& x_nk, const Tensor& w_mk, const Tensor& bias_m, const Tensor& y_nm) {
  const int64_t n = y_nm.rows(), k = w_mk.cols(), m = y_nm.cols();
  GIMBAL_ASSERT(x_nk.elements() == n * k && w_mk.elements() == m * k, x_nk.shape().to_string(), " by ", w_mk.shape().to_string());
  const bool narrowing = x_nk.dtype() == DType::kF32 && y_nm.dtype() == DType::kBF16;
  if (1 <= n && n <= kMostFewRows && k > 0 && m > 0 && !narrowing && few_rows_supported(x_nk.dtype())) {
    return linear_few_rows({n, k, m, x_nk.raw(), w_mk.raw(), bias_m ? bias_m.data<float>() : nullptr, y_nm.raw(), x_nk.dtype(), y_nm.dtype()});
  }
  multiply({.rows = n, .inner = k, .cols = m, .a = Stored::kPlain, .b = Stored::kTransposed}, x_nk, w_mk, bias_m, y_nm);
}

void linear_dx(const Tensor& dy_nm, const Tensor& w_mk, const Tensor& dx_nk, Write write) {
  const int64_t n = dy_nm.rows(), k = dx_nk.cols(), m = dy_nm.cols();
  GIMBAL_ASSERT(dx_nk.elements() == n * k && w_mk.elements() == m * k, dy_nm.shape().to_string(), " by ", w_mk.shape().to_string());
  multiply({.rows = n, .inner = m, .cols = k, .a = Stored::kPlain, .b = Stored::kPlain, .write = write}, dy_nm, w_mk, {}, dx_nk);
}

void linear_dw(const Tensor& dy_nm, const Tensor& x_nk, const Tensor& dw_mk, Write write) {
  const int64_t n = dy_nm.rows(), k = x_nk.cols(), m = dy_nm.cols();
  GIMBAL_ASSERT(x_nk.elements() == n * k && dw_mk.elements() == m * k, dy_nm.shape().to_string(), " by ", x_nk.shape().to_string());
  multiply({.rows = m, .inner = n, .cols = k, .a = Stored::kTransposed, .b = Stored::kPlain, .write = write}, dy_nm, x_nk, {}, dw_mk);
}

}  // namespace

MatmulKernels matmul_cpu() { return {linear, linear_dx, linear_dw, column_sum_cpu}; }

}  // namespace gimbal::kernels
