// Size-class free lists over mmap for large pieces and aligned_alloc for small ones.
#include "tensor/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "core/error.h"

namespace gimbal {
namespace {

constexpr int64_t kHugePage = 2 << 20;

// Rounds up to eighths of a power of two: few distinct sizes, and at most 12.5 % unused, which for large pieces is address space only: what lies
// behind the last whole huge page is touched in small ones.
int64_t size_class(int64_t bytes) {
  if (bytes <= 256) return 256;
  int64_t step = 32;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

struct Pool {
  std::mutex mutex;
  std::map<int64_t, std::vector<void*>> free;
  int64_t live = 0, peak = 0;
};

Pool& pool() {
  static Pool* const instance = new Pool;  // never destroyed: tensors in static objects may outlive it
  return *instance;
}

void* system_allocate(int64_t bytes) {
  if (bytes < kHugePage) return std::aligned_alloc(64, static_cast<size_t>((bytes + 63) / 64 * 64));  // whole alignments, as aligned_alloc asks
  void* p = ::mmap(nullptr, static_cast<size_t>(bytes + kHugePage), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(p);
  const uintptr_t aligned = (begin + kHugePage - 1) / kHugePage * kHugePage;
  if (aligned > begin) ::munmap(p, aligned - begin);
  const uintptr_t tail = begin + static_cast<uintptr_t>(bytes + kHugePage) - (aligned + static_cast<uintptr_t>(bytes));
  if (tail > 0) ::munmap(reinterpret_cast<void*>(aligned + static_cast<uintptr_t>(bytes)), tail);
  ::madvise(reinterpret_cast<void*>(aligned), static_cast<size_t>(bytes), MADV_HUGEPAGE);
  return reinterpret_cast<void*>(aligned);
}

void system_free(void* p, int64_t bytes) {
  if (bytes < kHugePage) {
    std::free(p);
  } else {
    ::munmap(p, static_cast<size_t>(bytes));
  }
}

}  // namespace

int64_t live_tensor_bytes() { return pool().live; }
int64_t peak_tensor_bytes() { return pool().peak; }
void reset_peak_tensor_bytes() { pool().peak = pool().live; }

void* pool_allocate(int64_t bytes) {
  const int64_t size = size_class(bytes);
  Pool& p = pool();
  {
    const std::scoped_lock lock(p.mutex);
    p.live += size;
    p.peak = std::max(p.peak, p.live);
    if (const auto list = p.free.find(size); list != p.free.end() && !list->second.empty()) {
      void* piece = list->second.back();
      list->second.pop_back();
      return piece;
    }
  }
  void* piece = system_allocate(size);
  if (!piece) {
    release_cached_memory();
    piece = system_allocate(size);
  }
  if (!piece) {
    const std::scoped_lock lock(p.mutex);
    p.live -= size;
    fail("out of memory: ", bytes / 1000000, " MB more are needed while ", p.live / 1000000,
         " MB are in use; a smaller batch, context or model, or --recompute, needs less");
  }
  return piece;
}

void pool_free(void* pointer, int64_t bytes) {
  const int64_t size = size_class(bytes);
  Pool& p = pool();
  const std::scoped_lock lock(p.mutex);
  p.live -= size;
  p.free[size].push_back(pointer);
}

void release_cached_memory() {
  Pool& p = pool();
  const std::scoped_lock lock(p.mutex);
  for (auto& [size, pieces] : p.free) {
    for (void* piece : pieces) system_free(piece, size);
    pieces.clear();
  }
}

}  // namespace gimbal
