// Whole-tensor passes by their definition, for tensors of any float type.
#include "kernels/elementwise.h"
#include "kernels/elementwise_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

void copy(const Tensor& x, double scale, const Tensor& y, Write write) {
  const std::vector<double> from = values_of(x);
  std::vector<double> to(from.size());
  ref::copy<double>(from, scale, to);
  assign(to, y, write);
}

void dropout(const Tensor& x, double p, uint64_t key, const Tensor& y) {
  const std::vector<double> from = values_of(x);
  std::vector<double> to(from.size());
  ref::dropout<double>(from, p, key, to);
  assign(to, y);
}

Moments moments(const Tensor& x) { return ref::moments<double>(values_of(x)); }

double least_row_deviation(const Tensor& x_nd) { return ref::least_row_deviation<double>(values_of(x_nd), x_nd.cols()); }

}  // namespace

ElementwiseKernels elementwise_reference() { return {copy, dropout, moments, least_row_deviation}; }

}  // namespace gimbal::kernels
