// Matrix products from register tiles with run-time dispatch: panels of b are packed, blocks of rows pass over them.
#include "kernels/tiled_product.h"

#include <algorithm>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/tiled_product_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"
#include "kernels/tile_matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

// A block of dst is 192 rows by 64 columns (48 KiB), a panel of b 256 by 64 (64 KiB): both stay in the second cache.
constexpr int64_t kBlockRows = 192, kBlockCols = 64, kDepth = 256;

struct Operands {
  const float *a, *b, *bias;
  float* dst;
};

/// b[depth .. depth + size, col .. col + cols] as rows of whole vectors.
void pack(const Product& p, const float* b, int64_t depth, int64_t size, int64_t col, int64_t cols, float* panel) {
  if (p.b == Stored::kPlain) {
    pack_rows(b + depth * p.cols + col, p.cols, size, cols, panel, kBlockCols);
  } else {
    pack_transposed(b + col * p.inner + depth, p.inner, cols, size, panel, kBlockCols);
  }
}

void multiply_block(const Product& p, const Operands& o, int64_t row, int64_t rows, int64_t col, int64_t cols) {
  HWY_ALIGN float panel[kDepth * kBlockCols], sums[kBlockRows * kBlockCols];
  const LeftFactor a = p.a == Stored::kPlain ? LeftFactor{o.a, p.inner, 1} : LeftFactor{o.a, 1, p.rows};
  for (int64_t depth = 0; depth < p.inner; depth += kDepth) {
    const int64_t size = std::min(kDepth, p.inner - depth);
    pack(p, o.b, depth, size, col, cols, panel);
    for (int64_t r = 0; r < rows; r += kTileRows) {
      const TileProduct tile{.depth = size,
                             .a = {a.data + (row + r) * a.row_stride + depth * a.depth_stride, a.row_stride, a.depth_stride},
                             .b = {panel, kBlockCols},
                             .c = {sums + r * kBlockCols, kBlockCols},
                             .start = depth == 0 ? Start::kZero : Start::kSelf};
      multiply_tile(tile, std::min(kTileRows, rows - r), rounded_up(cols) / lanes_per_vector());
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    float* to = o.dst + (row + r) * p.cols + col;
    each_vector(cols, [&](int64_t j, size_t count) HWY_ATTR {
      Floats y = lanes(sums + r * kBlockCols + j, count);
      if (p.has_bias) y = hn::Add(y, lanes(o.bias + col + j, count));
      put(p.write == Write::kAdd ? hn::Add(y, lanes(to + j, count)) : y, to + j, count);
    });
  }
}

void multiply(const Product& p, const float* a, const float* b, const float* bias, float* dst) {
  const Operands operands{a, b, bias, dst};
  const int64_t across = (p.cols + kBlockCols - 1) / kBlockCols, down = (p.rows + kBlockRows - 1) / kBlockRows;
  parallel_for(across * down, 1, [&](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = i / across * kBlockRows, col = i % across * kBlockCols;
      multiply_block(p, operands, row, std::min(kBlockRows, p.rows - row), col, std::min(kBlockCols, p.cols - col));
    }
  });
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {

HWY_EXPORT(multiply);

void multiply_in_tiles(const Product& product, const float* a, const float* b, const float* bias, float* dst) {
  GIMBAL_ASSERT(product.in == DType::kF32 && product.out == DType::kF32);
  HWY_DYNAMIC_DISPATCH(multiply)(product, a, b, bias, dst);
}

}  // namespace gimbal::kernels
#endif
