// Table look-up by its definition, for tensors of any float type.
#include "kernels/embedding.h"
#include "kernels/embedding_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

std::span<const int32_t> ids_of(const Tensor& ids_n) { return {ids_n.data<int32_t>(), static_cast<size_t>(ids_n.elements())}; }

void gather(const Tensor& table_vd, const Tensor& ids_n, double scale, const Tensor& y_nd, Write write) {
  const std::vector<double> table = values_of(table_vd);
  std::vector<double> y(static_cast<size_t>(y_nd.elements()));
  ref::gather<double>(table_vd.cols(), table, ids_of(ids_n), scale, y);
  assign(y, y_nd, write);
}

void scatter_add(const Tensor& dy_nd, const Tensor& ids_n, double scale, const Tensor& dtable_vd) {
  const std::vector<double> dy = values_of(dy_nd);
  std::vector<double> dtable = values_of(dtable_vd);
  ref::scatter_add<double>(dtable_vd.cols(), dy, ids_of(ids_n), scale, dtable);
  assign(dtable, dtable_vd);
}

}  // namespace

EmbeddingKernels embedding_reference() { return {gather, scatter_add}; }

}  // namespace gimbal::kernels
