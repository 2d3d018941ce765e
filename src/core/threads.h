// The one thread pool (OpenMP, shared with oneDNN) and loops whose results do not depend on the thread count.
#pragma once

#include <cstdint>

namespace gimbal {

/// Threads that parallel loops use; at least 1.
int num_threads();
/// From --threads; 0 means one a core.
void set_num_threads(int n);

/// Calls fn(begin, end) over disjoint pieces of [0, n), each at most `grain` long, pieces spread over the pool.
/// The cut points depend on n and grain only, never on the thread count: a reduction per piece is reproducible.
template <class F>
void parallel_for(int64_t n, int64_t grain, F&& fn) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  const int64_t pieces = (n + grain - 1) / grain;
  const int threads = num_threads();
  if (pieces == 1 || threads == 1) {
    for (int64_t p = 0; p < pieces; ++p) fn(p * grain, p * grain + grain < n ? p * grain + grain : n);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t p = 0; p < pieces; ++p) fn(p * grain, p * grain + grain < n ? p * grain + grain : n);
}

}  // namespace gimbal
