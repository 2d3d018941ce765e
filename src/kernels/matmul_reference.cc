// Dense products by their definition, for tensors of any float type.
#include "kernels/matmul.h"
#include "kernels/matmul_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Doubles = std::vector<double>;

void linear(const Tensor& x_nk, const Tensor& w_mk, const Tensor& bias_m, const Tensor& y_nm) {
  const ref::LinearSizes sizes{y_nm.rows(), w_mk.cols(), y_nm.cols()};
  const Doubles x = values_of(x_nk), w = values_of(w_mk), bias = values_of(bias_m);
  Doubles y(static_cast<size_t>(y_nm.elements()));
  ref::linear<double>(sizes, x, w, bias, y);
  assign(y, y_nm);
}

void linear_dx(const Tensor& dy_nm, const Tensor& w_mk, const Tensor& dx_nk, Write write) {
  const ref::LinearSizes sizes{dy_nm.rows(), dx_nk.cols(), dy_nm.cols()};
  const Doubles dy = values_of(dy_nm), w = values_of(w_mk);
  Doubles dx(static_cast<size_t>(dx_nk.elements()));
  ref::linear_dx<double>(sizes, dy, w, dx);
  assign(dx, dx_nk, write);
}

void linear_dw(const Tensor& dy_nm, const Tensor& x_nk, const Tensor& dw_mk, Write write) {
  const ref::LinearSizes sizes{dy_nm.rows(), x_nk.cols(), dy_nm.cols()};
  const Doubles dy = values_of(dy_nm), x = values_of(x_nk);
  Doubles dw(static_cast<size_t>(dw_mk.elements()));
  ref::linear_dw<double>(sizes, dy, x, dw);
  assign(dw, dw_mk, write);
}

void column_sum(const Tensor& dy_nm, const Tensor& db_m, Write write) {
  const Doubles dy = values_of(dy_nm);
  Doubles db(static_cast<size_t>(db_m.elements()));
  ref::column_sum<double>(dy_nm.rows(), db_m.elements(), dy, db);
  assign(db, db_m, write);
}

}  // namespace

MatmulKernels matmul_reference() { return {linear, linear_dx, linear_dw, column_sum}; }

}  // namespace gimbal::kernels
