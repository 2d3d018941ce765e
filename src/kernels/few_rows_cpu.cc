// Few rows times a weight matrix with AVX-512: a vector holds 16 outputs, and 16 x 16 blocks of weights are transposed in registers.
//
// Intrinsics rather than Highway: the bf16 dot product is not in Highway 1.0, and oneDNN's order of sums, which this file
// reproduces, is that of its AVX-512 kernels only.
#include "kernels/few_rows.h"

#if defined(__x86_64__) && defined(__GNUC__)
// GCC 12's own AVX-512 header starts undefined vectors from themselves (its bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"
#include "core/threads.h"
#include "kernels/onednn.h"

// The f32 functions name BF16 too, so as to share templates; they contain none of its instructions.
#define GIMBAL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#define GIMBAL_AVX512_INLINE GIMBAL_AVX512 inline __attribute__((always_inline))

namespace gimbal::kernels {
namespace {

constexpr int64_t kLanes = 16;

/// Lane j of block[i] becomes lane i of block[j].
GIMBAL_AVX512_INLINE void transpose(__m512i (&block)[kLanes]) {
  __m512i pairs[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(block[i], block[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(block[i], block[i + 1]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 4) {
    block[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    block[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    block[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    block[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 4; ++i) {
    const __m512i a = block[i], b = block[i + 4], c = block[i + 8], d = block[i + 12];
    const __m512i even_ab = _mm512_shuffle_i32x4(a, b, 0x88), odd_ab = _mm512_shuffle_i32x4(a, b, 0xdd);
    const __m512i even_cd = _mm512_shuffle_i32x4(c, d, 0x88), odd_cd = _mm512_shuffle_i32x4(c, d, 0xdd);
    block[i] = _mm512_shuffle_i32x4(even_ab, even_cd, 0x88);
    block[i + 4] = _mm512_shuffle_i32x4(odd_ab, odd_cd, 0x88);
    block[i + 8] = _mm512_shuffle_i32x4(even_ab, even_cd, 0xdd);
    block[i + 12] = _mm512_shuffle_i32x4(odd_ab, odd_cd, 0xdd);
  }
}

// A word is 32 bits along k: one float, or two bf16 whose products the instruction adds in turn.
struct Words32 {
  using Element = float;
  static constexpr int64_t kPerWord = 1;
  GIMBAL_AVX512_INLINE static __m512 add(__m512 sum, __m512i w, __m512i x) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_castsi512_ps(w), sum);
  }
  GIMBAL_AVX512_INLINE static __m512i first(const float* from, int64_t count) {
    return _mm512_maskz_loadu_epi32(static_cast<__mmask16>((1u << count) - 1), from);
  }
};
struct Words16 {
  using Element = BFloat16;
  static constexpr int64_t kPerWord = 2;
  GIMBAL_AVX512_INLINE static __m512 add(__m512 sum, __m512i w, __m512i x) { return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)w); }
  GIMBAL_AVX512_INLINE static __m512i first(const BFloat16* from, int64_t count) {
    return _mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint64_t{1} << count) - 1), from);
  }
};

/// sums[r] lane j = the sum over k of x[r] w[j] for 16 rows of w, in blocks; x_words holds n rows, padded with zeros.
template <class Words, int kRows>
GIMBAL_AVX512 void sum_products(const typename Words::Element* const (&w)[kLanes], int64_t k, const uint32_t* x_words, int64_t x_stride,
                                __m512 (&sums)[kRows]) {
  constexpr int64_t kStep = kLanes * Words::kPerWord, kAhead = 512 / static_cast<int64_t>(sizeof(typename Words::Element));
  const int64_t block = few_rows_block(k);
  for (int64_t begin = 0; begin < k; begin += block) {
    __m512 part[kRows];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) part[r] = _mm512_setzero_ps();
    for (int64_t at = begin; at < std::min(k, begin + block); at += kStep) {
      // 16 streams are more than the hardware follows: 22 GB/s of one core become 30 with this. Past the row's end comes the next group.
      const int64_t ahead = at + kAhead < k ? at + kAhead : at + kAhead + (kLanes - 1) * k;
#pragma GCC unroll 16
      for (int j = 0; j < kLanes; ++j) __builtin_prefetch(w[j] + ahead);
      __m512i t[kLanes];
      if (at + kStep <= k) {
#pragma GCC unroll 16
        for (int j = 0; j < kLanes; ++j) t[j] = _mm512_loadu_si512(w[j] + at);
      } else {
#pragma GCC unroll 16
        for (int j = 0; j < kLanes; ++j) t[j] = Words::first(w[j] + at, k - at);
      }
      transpose(t);
      const uint32_t* x = x_words + at / Words::kPerWord;
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) part[r] = Words::add(part[r], t[i], _mm512_set1_epi32(static_cast<int>(x[r * x_stride + i])));
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) sums[r] = begin == 0 ? part[r] : _mm512_add_ps(sums[r], part[r]);
  }
}

/// Outputs [j, j + count) of every row.
template <class Words, int kRows>
GIMBAL_AVX512 void group(const FewRows& p, const uint32_t* x_words, int64_t x_stride, int64_t j, int64_t count) {
  const auto* weights = static_cast<const typename Words::Element*>(p.w);
  const typename Words::Element* w[kLanes];
#pragma GCC unroll 16
  for (int64_t i = 0; i < kLanes; ++i) w[i] = weights + (j + std::min(i, count - 1)) * p.k;
  __m512 sums[kRows];
  sum_products<Words, kRows>(w, p.k, x_words, x_stride, sums);
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    const __m512 y = p.bias ? _mm512_add_ps(sums[r], _mm512_maskz_loadu_ps(mask, p.bias + j)) : sums[r];
    if (p.out == DType::kF32) {
      _mm512_mask_storeu_ps(static_cast<float*>(p.y) + r * p.m + j, mask, y);
    } else {
      _mm256_mask_storeu_epi16(static_cast<BFloat16*>(p.y) + r * p.m + j, mask, (__m256i)_mm512_cvtneps_pbh(y));
    }
  }
}

template <class Words>
void linear_of(const FewRows& p) {
  using Group = void (*)(const FewRows&, const uint32_t*, int64_t, int64_t, int64_t);
  constexpr Group kGroups[kMostFewRows] = {group<Words, 1>, group<Words, 2>, group<Words, 3>, group<Words, 4>,
                                           group<Words, 5>, group<Words, 6>, group<Words, 7>, group<Words, 8>};
  const Group run = kGroups[p.n - 1];
  const int64_t row_bytes = p.k * size_of(p.in), x_stride = (p.k + kLanes * Words::kPerWord - 1) / (kLanes * Words::kPerWord) * kLanes;
  std::vector<uint32_t> x_words(static_cast<size_t>(p.n * x_stride), 0);
  for (int64_t r = 0; r < p.n; ++r) {
    std::copy_n(static_cast<const char*>(p.x) + r * row_bytes, row_bytes, reinterpret_cast<char*>(&x_words[static_cast<size_t>(r * x_stride)]));
  }
  parallel_for(p.m, 4 * kLanes, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; j += kLanes) run(p, x_words.data(), x_stride, j, std::min(kLanes, end - j));
  });
}

bool cpu_has(DType in) {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq");
  return avx512 && (in == DType::kF32 || __builtin_cpu_supports("avx512bf16"));
}

/// Whether sums on both sides of the block sizes have oneDNN's bits.
bool same_bits_as_onednn(DType in) {
  constexpr int64_t kN = 2, kM = 32;
  for (const int64_t k : {700, 2100}) {
    Rng rng(1, "few_rows");
    std::vector<float> values(static_cast<size_t>((kN + kM) * k));
    for (float& value : values) value = static_cast<float>(rng.uniform() - 0.5);
    const Tensor all = Tensor::from_floats(values, {kN + kM, k}, in), w = all.slice_rows(kN, kN + kM);
    Tensor ours({kN, kM}, DType::kF32), theirs({kN, kM}, DType::kF32);
    linear_few_rows({kN, k, kM, all.raw(), w.raw(), nullptr, ours.raw(), in, DType::kF32});
    onednn::multiply({.rows = kN, .inner = k, .cols = kM, .a = Stored::kPlain, .b = Stored::kTransposed, .in = in}, all.raw(), w.raw(), nullptr,
                     theirs.raw());
    if (!std::equal(ours.data<float>(), ours.data<float>() + kN * kM, theirs.data<float>())) return false;
  }
  return true;
}

}  // namespace

bool few_rows_supported(DType in) {
  static const bool f32 = cpu_has(DType::kF32) && onednn::supports(DType::kF32) && same_bits_as_onednn(DType::kF32);
  if (in == DType::kF32) return f32;
  static const bool bf16 = cpu_has(DType::kBF16) && onednn::supports(DType::kBF16) && same_bits_as_onednn(DType::kBF16);
  return bf16;
}

void linear_few_rows(const FewRows& product) {
  GIMBAL_ASSERT(1 <= product.n && product.n <= kMostFewRows, product.n, " rows");
  if (product.in == DType::kBF16) return linear_of<Words16>(product);
  linear_of<Words32>(product);
}

}  // namespace gimbal::kernels

#else

namespace gimbal::kernels {

bool few_rows_supported(DType) { return false; }

void linear_few_rows(const FewRows&) { GIMBAL_ASSERT(false, "this build has no kernel for few rows"); }

}  // namespace gimbal::kernels

#endif
