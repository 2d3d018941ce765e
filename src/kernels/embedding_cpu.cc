// Table look-up with run-time dispatch, and its gradient with one writer for every element.
#include "kernels/embedding.h"

#include <algorithm>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/embedding_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

template <class To>
void gather_to(const float* table, const int32_t* ids, int64_t n, int64_t d, float scale, To* y, Write write) {
  parallel_for(n, std::max<int64_t>(1, 16384 / d), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const float* from = table + ids[i] * d;
      To* to = y + i * d;
      each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
        const Floats v = hn::Mul(lanes(from + j, count), splat(scale));
        put(write == Write::kAdd ? hn::Add(v, lanes(to + j, count)) : v, to + j, count);
      });
    }
  });
}

void gather(const Tensor& table_vd, const Tensor& ids_n, float scale, const Tensor& y_nd, Write write) {
  const int64_t n = ids_n.elements(), d = table_vd.cols();
  if (y_nd.dtype() == DType::kBF16) {
    return gather_to(table_vd.data<float>(), ids_n.data<int32_t>(), n, d, scale, y_nd.data<BFloat16>(), write);
  }
  gather_to(table_vd.data<float>(), ids_n.data<int32_t>(), n, d, scale, y_nd.data<float>(), write);
}

// Threads share the columns, not the rows: whatever ids repeat, each element has one writer that adds in row order.
template <class From>
void scatter_add_of(const From* dy, const int32_t* ids, int64_t n, int64_t d, float scale, float* dtable) {
  const int64_t grain = std::max<int64_t>(64, (d + 127) / 128 * 32);
  parallel_for(d, grain, [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = 0; i < n; ++i) {
      const From* from = dy + i * d + begin;
      float* to = dtable + ids[i] * d + begin;
      each_vector(end - begin, [&](int64_t j, size_t count)
                                   HWY_ATTR { put(hn::MulAdd(lanes(from + j, count), splat(scale), lanes(to + j, count)), to + j, count); });
    }
  });
}

void scatter_add(const Tensor& dy_nd, const Tensor& ids_n, float scale, const Tensor& dtable_vd) {
  const int64_t n = ids_n.elements(), d = dtable_vd.cols();
  if (dy_nd.dtype() == DType::kBF16) {
    return scatter_add_of(dy_nd.data<BFloat16>(), ids_n.data<int32_t>(), n, d, scale, dtable_vd.data<float>());
  }
  scatter_add_of(dy_nd.data<float>(), ids_n.data<int32_t>(), n, d, scale, dtable_vd.data<float>());
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(gather);
HWY_EXPORT(scatter_add);

void check_ids(const Tensor& ids_n, int64_t v) {
  for (const int32_t id : std::span(ids_n.data<int32_t>(), static_cast<size_t>(ids_n.elements()))) {
    GIMBAL_ASSERT(0 <= id && id < v, "id ", id, " in a table of ", v);
  }
}

void gather_cpu(const Tensor& table_vd, const Tensor& ids_n, double scale, const Tensor& y_nd, Write write) {
  check_ids(ids_n, table_vd.rows());
  GIMBAL_ASSERT(y_nd.elements() == ids_n.elements() * table_vd.cols());
  if (y_nd.elements() > 0) HWY_DYNAMIC_DISPATCH(gather)(table_vd, ids_n, static_cast<float>(scale), y_nd, write);
}

void scatter_add_cpu(const Tensor& dy_nd, const Tensor& ids_n, double scale, const Tensor& dtable_vd) {
  check_ids(ids_n, dtable_vd.rows());
  GIMBAL_ASSERT(dy_nd.elements() == ids_n.elements() * dtable_vd.cols());
  if (dy_nd.elements() > 0) HWY_DYNAMIC_DISPATCH(scatter_add)(dy_nd, ids_n, static_cast<float>(scale), dtable_vd);
}

}  // namespace

EmbeddingKernels embedding_cpu() { return {gather_cpu, scatter_add_cpu}; }

}  // namespace gimbal::kernels
#endif
