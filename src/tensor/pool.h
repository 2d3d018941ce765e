// Memory for tensors: 64-byte aligned, kept and handed out again, large pieces on huge pages where the system allows.
//
// A training step asks for the same sizes over and over; fresh pages from the kernel would cost more than the arithmetic.
#pragma once

#include <cstdint>

namespace gimbal {

/// Bytes held by live tensors now, and the most there ever were since the last reset.
int64_t live_tensor_bytes();
int64_t peak_tensor_bytes();
void reset_peak_tensor_bytes();

/// Returns cached pieces to the system.
void release_cached_memory();

void* pool_allocate(int64_t bytes);
void pool_free(void* pointer, int64_t bytes);

}  // namespace gimbal
