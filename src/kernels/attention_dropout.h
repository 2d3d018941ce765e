// Which attention probabilities dropout removes: a hash of (key, query row, head, key index), so that no mask is ever stored.
//
// One 64-bit mix per softmax row, then two 32-bit multiplications per element (an integer hash after Wellons' and TheIronBorn's
// "16 21f0aaad 15 d35a2d97 15" constants): cheap in 32-bit vector lanes, and the same bits forward, backward and in the reference.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/rng.h"

namespace gimbal::kernels {

/// The 64 random bits of one softmax row.
struct DropoutRow {
  uint32_t start, twist;
};

/// row: of the q tensor. head: of the queries.
inline DropoutRow dropout_row(uint64_t key, int64_t row, int64_t head) {
  const uint64_t bits = mix64(mix64(key + static_cast<uint64_t>(row) * 0x9e3779b97f4a7c15ULL) + static_cast<uint64_t>(head) * 0xd1342543de82ef95ULL);
  return {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

/// Uniform over 32 bits for key j of the segment.
inline uint32_t dropout_bits(DropoutRow row, uint32_t j) {
  uint32_t x = row.start + j * 0x9e3779b1u;
  x ^= x >> 16;
  x = x * 0x21f0aaadu + row.twist;
  x ^= x >> 15;
  x *= 0xd35a2d97u;
  return x ^ (x >> 15);
}

/// An element is removed where its bits are below this: dropout * 2^32.
inline uint32_t dropout_threshold(double dropout) { return static_cast<uint32_t>(std::clamp(dropout * 0x1p32, 0.0, 0x1p32 - 1)); }

}  // namespace gimbal::kernels
