// Products of small row-major tiles in registers, C = A B or C += A B, and the packing that prepares tiles for them.
//
// Every element of C adds its products in the order of the depth, one fused multiply-add each: its bits depend neither on the size of the tile
// nor on the element's place in it. Six rows by four vectors (AVX-512) ran at 97 % of the machine's f32 peak (Zen 5, depth 64).
#if defined(GIMBAL_KERNELS_TILE_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GIMBAL_KERNELS_TILE_MATMUL_INL_H_
#undef GIMBAL_KERNELS_TILE_MATMUL_INL_H_
#else
#define GIMBAL_KERNELS_TILE_MATMUL_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

inline constexpr int64_t kTileRows = 6;
inline constexpr int kTileVectors = HWY_TARGET == HWY_AVX2 ? 2 : 4;  // 24 sums want 32 registers; AVX2 has 16

HWY_INLINE int64_t lanes_per_vector() { return static_cast<int64_t>(lane_count()); }
HWY_INLINE int64_t rounded_up(int64_t n) { return (n + lanes_per_vector() - 1) / lanes_per_vector() * lanes_per_vector(); }

/// The left factor, read one number at a time: element (row, depth) is data[row * row_stride + depth * depth_stride].
struct LeftFactor {
  const float* data;
  int64_t row_stride, depth_stride;

  LeftFactor from_row(int64_t row) const { return {data + row * row_stride, row_stride, depth_stride}; }
};

/// Rows of whole vectors; `data` is aligned to a vector, and `stride` a multiple of its length.
struct VectorRows {
  const float* data;
  int64_t stride;
};
struct VectorSums {
  float* data;
  int64_t stride;
};

/// What C starts from: 0, itself, or itself times one factor a row.
enum class Start : uint8_t { kZero, kSelf, kScaled };

struct TileProduct {
  int64_t depth;
  LeftFactor a;
  VectorRows b;
  VectorSums c;
  Start start;
  const float* row_factors = nullptr;  // kScaled
};

template <int kRows, int kVectors>
HWY_NOINLINE void multiply_in_registers(const TileProduct& t, int64_t column) {
  const FloatTag f;
  const int64_t step = lanes_per_vector();
  float* const c = t.c.data + column;
  Floats sum[kRows][kVectors];
  HWY_UNROLL(8) for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8) for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = hn::Zero(f);
      if (t.start == Start::kZero) continue;
      sum[r][v] = hn::Load(f, c + r * t.c.stride + v * step);
      if (t.start == Start::kScaled) sum[r][v] = hn::Mul(sum[r][v], splat(t.row_factors[r]));
    }
  }
  const float* a = t.a.data;
  const float* b = t.b.data + column;
  for (int64_t k = 0; k < t.depth; ++k, a += t.a.depth_stride, b += t.b.stride) {
    Floats right[kVectors];
    HWY_UNROLL(8) for (int v = 0; v < kVectors; ++v) right[v] = hn::Load(f, b + v * step);
    HWY_UNROLL(8) for (int r = 0; r < kRows; ++r) {
      const Floats left = splat(a[r * t.a.row_stride]);
      HWY_UNROLL(8) for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(left, right[v], sum[r][v]);
    }
  }
  HWY_UNROLL(8) for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8) for (int v = 0; v < kVectors; ++v) hn::Store(sum[r][v], f, c + r * t.c.stride + v * step);
  }
}

template <int kRows>
HWY_NOINLINE void multiply_rows(const TileProduct& t, int64_t vectors) {
  const int64_t end = vectors * lanes_per_vector(), panel = kTileVectors * lanes_per_vector();
  int64_t column = 0;
  for (; column + panel <= end; column += panel) multiply_in_registers<kRows, kTileVectors>(t, column);
  switch (vectors % kTileVectors) {
    case 1:
      return multiply_in_registers<kRows, 1>(t, column);
    case 2:
      return multiply_in_registers<kRows, 2>(t, column);
    case 3:
      return multiply_in_registers<kRows, 3>(t, column);
    default:
      return;
  }
}

/// `rows` (at most kTileRows) by `vectors` whole vectors of C.
HWY_INLINE void multiply_tile(const TileProduct& t, int64_t rows, int64_t vectors) {
  switch (rows) {
    case 1:
      return multiply_rows<1>(t, vectors);
    case 2:
      return multiply_rows<2>(t, vectors);
    case 3:
      return multiply_rows<3>(t, vectors);
    case 4:
      return multiply_rows<4>(t, vectors);
    case 5:
      return multiply_rows<5>(t, vectors);
    case 6:
      return multiply_rows<6>(t, vectors);
    default:
      return;
  }
}

/// Copies rows as f32 to whole vectors, zeros after `width`. True when all elements are finite.
template <class T>
HWY_NOINLINE bool pack_rows(const T* from, int64_t from_stride, int64_t rows, int64_t width, float* to, int64_t to_stride) {
  Floats zero_or_nan = hn::Zero(FloatTag());
  for (int64_t r = 0; r < rows; ++r) {
    each_vector(width, [&](int64_t i, size_t count) HWY_ATTR {
      const Floats x = lanes(from + r * from_stride + i, count);
      zero_or_nan = hn::MulAdd(x, hn::Zero(FloatTag()), zero_or_nan);
      hn::Store(x, FloatTag(), to + r * to_stride + i);
    });
  }
  return hn::AllTrue(FloatTag(), hn::Eq(zero_or_nan, hn::Zero(FloatTag())));
}

#if HWY_TARGET != HWY_SCALAR
template <class D>
HWY_INLINE hn::Vec<D> four_from(D f, const float* from) {
  return hn::LoadU(f, from);
}
template <class D>
HWY_INLINE hn::Vec<D> four_from(D f, const BFloat16* from) {
  const hn::Rebind<uint16_t, D> u16;
  const hn::RebindToUnsigned<D> u32;
  return hn::BitCast(f, hn::ShiftLeft<16>(hn::PromoteTo(u32, hn::LoadU(u16, reinterpret_cast<const uint16_t*>(from)))));
}

// Block b of 128 bits: four neighbours of rows[4 b], from element i on.
template <class D, class T>
HWY_INLINE hn::Vec<D> blocks_from(D f, const T* const* rows, int64_t i) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return four_from(f, rows[0] + i);
  } else {
    const hn::Half<D> half;
    return hn::Combine(f, blocks_from(half, rows + hn::MaxLanes(half), i), blocks_from(half, rows, i));
  }
}
#endif

/// to[i][r] = from[r][i] as f32 for i < width. Columns from `rows` to the next whole vector repeat the last row.
template <class T>
HWY_NOINLINE void pack_transposed(const T* from, int64_t from_stride, int64_t rows, int64_t width, float* to, int64_t to_stride) {
  const int64_t step = lanes_per_vector();
  for (int64_t r = 0; r < rows; r += step) {
    const T* row[kMaxLanes + 4];
    for (int64_t lane = 0; lane < step; ++lane) row[lane] = from + std::min(r + lane, rows - 1) * from_stride;
    int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; i + 4 <= width; i += 4) {
      // Four by four within each block, in two rounds of interleaving.
      const FloatTag f;
      const Floats row0 = blocks_from(f, row, i), row1 = blocks_from(f, row + 1, i), row2 = blocks_from(f, row + 2, i),
                   row3 = blocks_from(f, row + 3, i);
      const Floats low02 = hn::InterleaveLower(f, row0, row2), low13 = hn::InterleaveLower(f, row1, row3);
      const Floats high02 = hn::InterleaveUpper(f, row0, row2), high13 = hn::InterleaveUpper(f, row1, row3);
      float* out = to + i * to_stride + r;
      hn::Store(hn::InterleaveLower(f, low02, low13), f, out);
      hn::Store(hn::InterleaveUpper(f, low02, low13), f, out + to_stride);
      hn::Store(hn::InterleaveLower(f, high02, high13), f, out + 2 * to_stride);
      hn::Store(hn::InterleaveUpper(f, high02, high13), f, out + 3 * to_stride);
    }
#endif
    for (; i < width; ++i) {
      for (int64_t lane = 0; lane < step; ++lane) {
        if constexpr (std::is_same_v<T, float>) to[i * to_stride + r + lane] = row[lane][i];
        if constexpr (std::is_same_v<T, BFloat16>) to[i * to_stride + r + lane] = row[lane][i].to_float();
      }
    }
  }
}

/// x rounded to the type of `to`, `width` elements.
template <class T>
HWY_INLINE void store_row(const float* x, int64_t width, T* to) {
  each_vector(width, [&](int64_t i, size_t count) HWY_ATTR { put(hn::Load(FloatTag(), x + i), to + i, count); });
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
