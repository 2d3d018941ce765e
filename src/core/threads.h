// The one thread pool (OpenMP, shared with oneDNN) and loops whose results do not depend on the thread count.
#pragma once

#include <omp.h>

#include <atomic>
#include <cstdint>

namespace gimbal {

/// Threads that parallel loops use; at least 1.
int num_threads();
/// From --threads; 0 means one a core.
void set_num_threads(int n);

/// Calls fn(begin, end) over disjoint pieces of [0, n), each at most `grain` long, pieces spread over the pool.
/// The cut points depend on n and grain only, never on the thread count: a reduction per piece is reproducible.
///
/// Each thread has its own run of neighbouring pieces, the same in every call of the same shape, so that data stays in the cache of the core that
/// will need it next (a copy of 2 x 6 MB: 172 GB/s, beside 115 with pieces handed out one by one); who is done early takes from the others.
template <class F>
void parallel_for(int64_t n, int64_t grain, F&& fn) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  const int64_t pieces = (n + grain - 1) / grain;
  const int64_t threads = num_threads() < pieces ? num_threads() : pieces;
  const auto piece = [&](int64_t p) { fn(p * grain, p * grain + grain < n ? p * grain + grain : n); };
  if (threads == 1) {
    for (int64_t p = 0; p < pieces; ++p) piece(p);
    return;
  }
  constexpr int64_t kMaxRuns = 64;
  struct alignas(64) Run {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  Run runs[kMaxRuns];
  const int64_t count = threads < kMaxRuns ? threads : kMaxRuns;
  for (int64_t t = 0; t < count; ++t) {
    runs[t].next = pieces * t / count;
    runs[t].end = pieces * (t + 1) / count;
  }
#pragma omp parallel num_threads(static_cast<int>(threads))
  for (int64_t t = omp_get_thread_num(), k = 0; k < count; ++k) {
    Run& run = runs[(t + k) % count];
    for (int64_t p; (p = run.next.fetch_add(1, std::memory_order_relaxed)) < run.end;) piece(p);
  }
}

}  // namespace gimbal
