// Thread count of the OpenMP pool.
#include "core/threads.h"

#include <omp.h>

#include <thread>

namespace gimbal {
namespace {
int threads = 0;
}

int num_threads() {
  if (threads == 0) set_num_threads(0);
  return threads;
}

void set_num_threads(int n) {
  if (n <= 0) n = omp_get_num_procs();
  threads = n < 1 ? 1 : n;
  omp_set_num_threads(threads);
}

}  // namespace gimbal
