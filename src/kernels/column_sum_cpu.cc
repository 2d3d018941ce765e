// Column sums with run-time dispatch: blocks of rows are summed side by side, then the blocks' sums in order.
#include "kernels/column_sum.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/column_sum_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

template <class T>
void add_rows(const T* from, int64_t rows, int64_t m, float* sum_m) {
  each_vector(m, [&](int64_t j, size_t count) HWY_ATTR {
    Floats sum = lanes(sum_m + j, count);
    for (int64_t i = 0; i < rows; ++i) sum = hn::Add(sum, lanes(from + i * m + j, count));
    put(sum, sum_m + j, count);
  });
}

template <class T>
void column_sum_of(const T* dy, int64_t n, int64_t m, float* db) {
  const int64_t rows = std::max<int64_t>(32, (n + 31) / 32), pieces = (n + rows - 1) / rows;
  std::vector<float> partial(static_cast<size_t>(pieces * m), 0.0f);
  parallel_for(n, rows, [&](int64_t begin, int64_t end) HWY_ATTR { add_rows(dy + begin * m, end - begin, m, &partial[begin / rows * m]); });
  add_rows(partial.data(), pieces, m, db);
}

void column_sum(const Tensor& dy, float* db, int64_t m) {
  if (dy.dtype() == DType::kBF16) return column_sum_of(dy.data<BFloat16>(), dy.elements() / m, m, db);
  column_sum_of(dy.data<float>(), dy.elements() / m, m, db);
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {

HWY_EXPORT(column_sum);

void column_sum_cpu(const Tensor& dy_nm, const Tensor& db_m, Write write) {
  const int64_t m = db_m.elements();
  if (m == 0) return;
  if (write == Write::kReplace) std::memset(db_m.raw(), 0, static_cast<size_t>(db_m.bytes()));
  HWY_DYNAMIC_DISPATCH(column_sum)(dy_nm, db_m.data<float>(), m);
}

}  // namespace gimbal::kernels
#endif
