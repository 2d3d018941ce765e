// Attention against its definition on each instruction set: masks, ragged segments, shared heads, dropout, gradients, and bits that must not move.
#include "kernels/attention.h"

#include "kernels/attention_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const AttentionKernels kCpu = attention_cpu(), kReference = attention_reference();

AttentionSpec spec_of(int64_t heads, int64_t kv_heads, int64_t width, Mask mask = Mask::kCausal) {
  AttentionSpec spec;
  spec.heads = heads;
  spec.kv_heads = kv_heads;
  spec.head_width = width;
  spec.scale = 1 / std::sqrt(static_cast<double>(width));
  spec.mask = mask;
  return spec;
}

/// Sequences of these lengths, queries and keys alike, one after the other, with a few rows between them that belong to nobody.
std::vector<Segment> sequences(const std::vector<int64_t>& lengths, int64_t prefix = 0) {
  std::vector<Segment> segments;
  int64_t row = 1;
  for (const int64_t n : lengths) {
    segments.push_back({.q_begin = row, .q_len = n, .kv_begin = row, .kv_len = n, .prefix = std::min(prefix, n)});
    row += n + 2;
  }
  return segments;
}

/// Inputs of a call: q, k and v side by side in one tensor when they have the same rows, else q alone and k, v together; odd columns around them.
struct Inputs {
  AttentionSpec spec;
  std::vector<Segment> segments;
  Columns q, k, v;
  DistanceBias bias;
  Tensor d_o;

  Inputs(Rng& rng, const AttentionSpec& spec, const std::vector<Segment>& segments, DType dtype) : spec(spec), segments(segments) {
    int64_t q_rows = 2, kv_rows = 2;
    bool alike = true;
    for (const Segment& s : segments) {
      q_rows = std::max(q_rows, s.q_begin + s.q_len + 1);
      kv_rows = std::max(kv_rows, s.kv_begin + s.kv_len + 1);
      alike = alike && s.q_begin == s.kv_begin && s.q_len == s.kv_len;
    }
    const int64_t q_width = spec.heads * spec.head_width, kv_width = spec.kv_heads * spec.head_width;
    if (alike) {
      const Tensor x = misaligned(random_tensor(rng, {q_rows, 3 + q_width + 2 * kv_width}, dtype));
      q = {x, 1}, k = {x, 1 + q_width}, v = {x, 2 + q_width + kv_width};
    } else {
      const Tensor kv = random_tensor(rng, {kv_rows, 2 * kv_width + 5}, dtype);
      q = {random_tensor(rng, {q_rows, q_width}, dtype), 0}, k = {kv, 4}, v = {kv, 4 + kv_width};
    }
    d_o = random_tensor(rng, {q_rows, q_width}, dtype);
  }

  int64_t q_rows() const { return q.tensor.rows(); }
};

AttentionHealth no_health(int64_t heads) {
  const auto n = static_cast<size_t>(heads);
  return {std::vector<double>(n), std::vector<double>(n, -std::numeric_limits<double>::infinity())};
}

/// Everything that attention writes. Outputs start as 7s, so that what must not be written is seen to be untouched.
struct Results {
  Tensor o, softmax, dq, dk, dv, dbias;
  AttentionHealth health;
};

Tensor sevens(const Shape& shape, DType dtype) {
  const std::vector<double> values(static_cast<size_t>(shape.elements()), 7.0);
  return Tensor::from<double>(values, shape).to(dtype);
}

Results run(const AttentionKernels& kernels, const Inputs& in) {
  const DType dtype = in.q.tensor.dtype();
  Results r;
  r.o = sevens(in.d_o.shape(), dtype);
  r.softmax = sevens({in.q_rows(), 2 * in.spec.heads}, dtype == DType::kF64 ? DType::kF64 : DType::kF32);
  r.health = no_health(in.spec.heads);
  kernels.forward(in.spec, in.segments, in.q, in.k, in.v, in.bias, r.o, r.softmax, &r.health);
  r.dq = sevens(in.q.tensor.shape(), dtype);
  r.dk = in.k.tensor.raw() == in.q.tensor.raw() ? r.dq : sevens(in.k.tensor.shape(), dtype);
  r.dv = r.dk;
  if (in.bias) r.dbias = sevens(in.bias.shape(), in.bias.dtype());
  kernels.backward(in.spec, in.segments, in.q, in.k, in.v, in.bias, r.o, r.softmax, in.d_o, {r.dq, in.q.begin}, {r.dk, in.k.begin},
                   {r.dv, in.v.begin}, r.dbias);
  return r;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::isfinite(v) ? std::abs(v) : 0.0);
  return most;
}

/// Without the tops, beside which they are small.
Tensor log_sums(const Tensor& softmax) {
  std::vector<double> values;
  for (int64_t i = 1; i < softmax.elements(); i += 2) values.push_back(softmax.at(i));
  return Tensor::from<double>(values, {softmax.elements() / 2}).to(softmax.dtype());
}

/// Bounds relative to the largest expected element. bf16 gradients read o rounded to bf16 through delta = do . o, hence their larger bound.
void expect_definition(const Inputs& in, const std::string& what) {
  const Inputs exact = [&] {
    Inputs copy = in;
    for (Columns* c : {&copy.q, &copy.k, &copy.v}) c->tensor = c->tensor.to(DType::kF64);
    if (in.k.tensor.raw() == in.q.tensor.raw()) copy.k.tensor = copy.v.tensor = copy.q.tensor;
    copy.d_o = in.d_o.to(DType::kF64);
    if (in.bias) copy.bias = in.bias.to(DType::kF64);
    return copy;
  }();
  const Results expected = run(kReference, exact);
  const bool bf16 = in.q.tensor.dtype() == DType::kBF16;
  const auto check = [](const Tensor& actual, const Tensor& wanted, double relative, const std::string& name) {
    const std::vector<double> values = wanted.to_doubles();
    const double bound = relative * largest(values);
    expect_close(
        actual, values, [bound](size_t) { return bound; }, name);
  };
  on_each_instruction_set([&](const std::string& target) {
    const Results actual = run(kCpu, in);
    const std::string name = cat(target, " ", what);
    check(actual.o, expected.o, 3e-6, name + " o");
    check(actual.softmax, expected.softmax, 1e-6, name + " softmax");
    check(log_sums(actual.softmax), log_sums(expected.softmax), 2e-6, name + " log-sums");
    check(actual.dq, expected.dq, bf16 ? 1e-2 : 1e-5, name + " dq");
    check(actual.dk, expected.dk, bf16 ? 1e-2 : 1e-5, name + " dk");
    check(actual.dv, expected.dv, bf16 ? 1e-2 : 1e-5, name + " dv");
    if (in.bias) {  // sums over all rows of terms that cancel, so the bound is absolute; bf16 rounds each row's delta
      expect_close(
          actual.dbias, expected.dbias.to_doubles(), [bf16](size_t) { return bf16 ? 0.2 : 2e-5; }, name + " dbias");
    }
    for (size_t h = 0; h < expected.health.max_logit.size(); ++h) {
      EXPECT_NEAR(actual.health.entropy_sum[h], expected.health.entropy_sum[h], 1e-5 * (1 + expected.health.entropy_sum[h])) << name;
      if (actual.health.max_logit[h] == expected.health.max_logit[h]) continue;
      EXPECT_NEAR(actual.health.max_logit[h], expected.health.max_logit[h], 1e-6 * (1 + std::abs(expected.health.max_logit[h]))) << name;
    }
  });
}

TEST(Attention, MasksAndWidths) {
  Rng rng(1, "attention.masks");
  for (const int64_t width : {1, 3, 8, 16, 32, 33, 64, 80, 128}) {
    for (const Mask mask : {Mask::kCausal, Mask::kFull, Mask::kPrefix}) {
      for (const int64_t window : {0, 5}) {
        AttentionSpec spec = spec_of(2, 1, width, mask);
        spec.window = window;
        expect_definition(Inputs(rng, spec, sequences({1, 40, 7}, 12), DType::kF32),
                          cat("width ", width, " mask ", static_cast<int>(mask), " window ", window));
      }
    }
  }
}

TEST(Attention, EveryLengthToSeventy) {
  Rng rng(2, "attention.lengths");
  for (int64_t n = 1; n <= 70; ++n) expect_definition(Inputs(rng, spec_of(1, 1, 8), sequences({n}), DType::kF32), cat("length ", n));
}

TEST(Attention, SeveralKeyBlocks) {
  Rng rng(3, "attention.blocks");
  for (const int64_t n : {128, 129, 200, 300}) {
    expect_definition(Inputs(rng, spec_of(2, 2, 16), sequences({n, 5}), DType::kF32), cat("causal ", n));
    AttentionSpec windowed = spec_of(3, 1, 16);
    windowed.window = 70;
    expect_definition(Inputs(rng, windowed, sequences({n}), DType::kF32), cat("window ", n));
  }
  expect_definition(Inputs(rng, spec_of(2, 1, 64, Mask::kFull), sequences({200}), DType::kF32), "full 200");
  expect_definition(Inputs(rng, spec_of(2, 1, 8, Mask::kPrefix), sequences({290, 140}, 150), DType::kF32), "prefix 150");
}

TEST(Attention, BFloat16) {
  Rng rng(4, "attention.bf16");
  for (const int64_t width : {1, 8, 33, 64}) {
    expect_definition(Inputs(rng, spec_of(4, 2, width), sequences({3, 150, 64}), DType::kBF16), cat("width ", width));
  }
}

TEST(Attention, HeadsShareKeys) {
  Rng rng(5, "attention.groups");
  for (const int64_t kv_heads : {1, 2, 3, 6}) {
    expect_definition(Inputs(rng, spec_of(6, kv_heads, 20), sequences({33, 2}), DType::kF32), cat(kv_heads, " kv heads"));
  }
}

TEST(Attention, QueriesAndKeysOfDifferentLength) {
  Rng rng(6, "attention.cross");
  // More queries than keys: the first queries see nothing, and get zeros. No keys at all, no queries at all: nothing fails.
  const std::vector<Segment> segments = {{.q_begin = 0, .q_len = 5, .kv_begin = 3, .kv_len = 30, .prefix = 28},
                                         {.q_begin = 6, .q_len = 19, .kv_begin = 34, .kv_len = 4, .prefix = 1},
                                         {.q_begin = 25, .q_len = 3, .kv_begin = 0, .kv_len = 0},
                                         {.q_begin = 28, .q_len = 0, .kv_begin = 40, .kv_len = 5},
                                         {.q_begin = 30, .q_len = 1, .kv_begin = 50, .kv_len = 260}};
  for (const Mask mask : {Mask::kCausal, Mask::kFull, Mask::kPrefix}) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      expect_definition(Inputs(rng, spec_of(4, 2, 12, mask), segments, dtype), cat("mask ", static_cast<int>(mask)));
    }
  }
}

TEST(Attention, SlopesScalesAndDropout) {
  Rng rng(7, "attention.options");
  for (const double scale : {1.0, 0.0, -0.3}) {
    AttentionSpec spec = spec_of(2, 2, 16);
    spec.scale = scale;
    expect_definition(Inputs(rng, spec, sequences({150}), DType::kF32), cat("scale ", scale));
    spec.alibi_slopes = {0.5f, 0.03f};
    expect_definition(Inputs(rng, spec, sequences({150, 20}), DType::kF32), cat("slopes, scale ", scale));
  }
  for (const double dropout : {0.1, 0.9}) {
    AttentionSpec spec = spec_of(4, 2, 16);
    spec.dropout = dropout;
    spec.dropout_key = 0x123456789abcdefULL;
    expect_definition(Inputs(rng, spec, sequences({140, 9}), DType::kF32), cat("dropout ", dropout));
  }
}

// Reaches shorter than, equal to and beyond the distances at hand; keys shared by heads; several key blocks; queries behind a cache.
TEST(Attention, BiasByDistance) {
  Rng rng(13, "attention.bias");
  for (const int64_t reach : {1, 3, 40, 400}) {
    for (const Mask mask : {Mask::kCausal, Mask::kFull, Mask::kPrefix}) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        AttentionSpec spec = spec_of(4, 2, 16, mask);
        spec.scale = 0.5;
        if (reach == 3) spec.dropout = 0.2;
        for (const auto& segments : {sequences({150, 1, 33}, 20), {{.q_begin = 0, .q_len = 7, .kv_begin = 2, .kv_len = 90}}}) {
          Inputs in(rng, spec, segments, dtype);
          in.bias = random_tensor(rng, {4, 2 * reach + 1}, DType::kF32);
          expect_definition(in, cat("reach ", reach, " mask ", static_cast<int>(mask)));
        }
      }
    }
  }
}

TEST(Attention, DropoutRemovesItsShareWithoutPattern) {
  constexpr int64_t kRows = 200, kKeys = 200;
  const uint32_t threshold = dropout_threshold(0.2);
  int64_t removed = 0, with_right = 0, with_below = 0;
  const auto drops = [&](int64_t row, int64_t j) { return dropout_bits(dropout_row(99, row, 3), static_cast<uint32_t>(j)) < threshold; };
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t j = 0; j < kKeys; ++j) {
      removed += drops(row, j);
      with_right += drops(row, j) && drops(row, j + 1);
      with_below += drops(row, j) && drops(row + 1, j);
    }
  }
  // Five standard deviations of 40000 independent draws.
  EXPECT_NEAR(static_cast<double>(removed), 8000, 5 * std::sqrt(40000 * 0.2 * 0.8));
  EXPECT_NEAR(static_cast<double>(with_right), 1600, 5 * std::sqrt(40000 * 0.04 * 0.96));
  EXPECT_NEAR(static_cast<double>(with_below), 1600, 5 * std::sqrt(40000 * 0.04 * 0.96));
}

TEST(Attention, ReferenceGradientIsTheDerivative) {
  for (const Mask mask : {Mask::kCausal, Mask::kFull, Mask::kPrefix}) {
    const ref::AttentionHead head = {.queries = 4,
                                     .keys = 6,
                                     .width = 3,
                                     .scale = 0.7,
                                     .slope = 0.2,
                                     .mask = mask,
                                     .window = 4,
                                     .prefix = 5,
                                     .dropout = 0.3,
                                     .dropout_key = 5,
                                     .first_row = 2,
                                     .head = 1,
                                     .reach = 2};
    Rng rng(8, "attention.vjp");
    const auto q_size = static_cast<size_t>(head.queries * head.width), k_size = static_cast<size_t>(head.keys * head.width);
    const std::vector<double> x = normals(rng, q_size + 2 * k_size + 5), d_o = normals(rng, q_size);  // q, k, v, bias
    const auto part = [&](const std::vector<double>& all, size_t i) {
      return std::span(all).subspan(i == 0 ? 0 : q_size + (i - 1) * k_size, i == 0 ? q_size : i == 3 ? 5 : k_size);
    };
    std::vector<double> p(static_cast<size_t>(head.queries * head.keys)), tops(static_cast<size_t>(head.queries)), log_sums = tops;
    const Map forward = [&](const std::vector<double>& x) {
      std::vector<double> o(q_size);
      ref::attention_probabilities<double>(head, part(x, 0), part(x, 1), part(x, 3), p, tops, log_sums);
      ref::attention_output<double>(head, p, part(x, 2), o);
      return o;
    };
    forward(x);
    std::vector<double> dq(q_size), dk(k_size), dv(k_size), dbias(5);
    ref::attention_vjp<double>(head, part(x, 0), part(x, 1), part(x, 2), p, d_o, dq, dk, dv, dbias);
    for (const std::vector<double>* d : {&dq, &dk, &dv, &dbias}) EXPECT_GT(largest(*d), 0.01);
    std::vector<double> dx = dq;
    dx.insert(dx.end(), dk.begin(), dk.end());
    dx.insert(dx.end(), dv.begin(), dv.end());
    dx.insert(dx.end(), dbias.begin(), dbias.end());
    EXPECT_LT(gradient_error(forward, x, d_o, dx), 1e-8) << static_cast<int>(mask);
  }
}

TEST(Attention, ThreadsDoNotChangeBits) {
  Rng rng(9, "attention.threads");
  AttentionSpec spec = spec_of(6, 2, 32);
  spec.dropout = 0.1;
  const Inputs in(rng, spec, sequences({300, 64, 1, 17}), DType::kF32);
  expect_same_bits_for_any_thread_count([&] { return run(kCpu, in).o; }, "o");
  expect_same_bits_for_any_thread_count([&] { return run(kCpu, in).softmax; }, "softmax");
  expect_same_bits_for_any_thread_count([&] { return run(kCpu, in).dq; }, "gradients");
  expect_same_bits_for_any_thread_count([&] { return Tensor::from<double>(run(kCpu, in).health.entropy_sum, {6}); }, "entropy");
}

Tensor forward_only(const Inputs& in, const std::vector<Segment>& segments) {
  const Tensor o = sevens(in.d_o.shape(), in.q.tensor.dtype());
  kCpu.forward(in.spec, segments, in.q, in.k, in.v, in.bias, o, Tensor(), nullptr);
  return o;
}

TEST(Attention, ARowsBitsDependNeitherOnTheCacheNorOnItsCompany) {
  on_each_instruction_set([&](const std::string& target) {
    Rng rng(10, "attention.cache");
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const int64_t window : {0, 40}) {
        for (const bool slopes : {false, true}) {
          AttentionSpec spec = spec_of(4, 2, 33);
          spec.window = window;
          if (slopes) spec.alibi_slopes = {0.5f, 0.25f, 0.125f, 0.0625f};
          const int64_t n = 200, rows_before = 11;
          const Inputs in(rng, spec,
                          {{.q_begin = 0, .q_len = rows_before, .kv_begin = 0, .kv_len = rows_before},
                           {.q_begin = rows_before, .q_len = n, .kv_begin = rows_before, .kv_len = n}},
                          dtype);
          const Tensor whole = forward_only(in, in.segments).slice_rows(rows_before, rows_before + n);
          // One token at a time, then in uneven pieces, each with the keys so far.
          std::vector<Segment> tokens, pieces;
          for (int64_t i = 0; i < n; ++i) tokens.push_back({.q_begin = rows_before + i, .q_len = 1, .kv_begin = rows_before, .kv_len = i + 1});
          for (int64_t i = 0, size = 1; i < n; i += size, size += 9) {
            const int64_t end = std::min(n, i + size);
            pieces.push_back({.q_begin = rows_before + i, .q_len = end - i, .kv_begin = rows_before, .kv_len = end});
          }
          for (const auto& segments : {tokens, pieces}) {
            const Tensor parts = forward_only(in, segments).slice_rows(rows_before, rows_before + n);
            EXPECT_TRUE(same_bits(whole, parts)) << target << " " << name_of(dtype) << " window " << window << " slopes " << slopes;
          }
        }
      }
    }
  });
}

TEST(Attention, NonFiniteInputStaysWithTheRowsThatSeeIt) {
  on_each_instruction_set([&](const std::string& target) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      for (const int which : {0, 1, 2}) {  // q, k, v
        Rng rng(11, "attention.nan");
        AttentionSpec spec = spec_of(2, 1, 9);
        spec.window = 30;
        const int64_t n = 150, at = 77;
        Inputs in(rng, spec, {{.q_begin = 0, .q_len = n, .kv_begin = 0, .kv_len = n}}, DType::kF32);
        const Tensor clean = forward_only(in, in.segments);
        const Columns& c = which == 0 ? in.q : which == 1 ? in.k : in.v;
        c.tensor.data<float>()[at * c.tensor.cols() + c.begin + 4] = bad;
        const Tensor o = forward_only(in, in.segments);
        for (int64_t i = 0; i < n; ++i) {
          const bool sees = which == 0 ? i == at : at <= i && i < at + spec.window;
          const bool changed = !same_bits(o.slice_rows(i, i + 1), clean.slice_rows(i, i + 1));
          EXPECT_FALSE(!sees && changed) << target << " row " << i << " input " << which;
          const bool must_show = sees && (std::isnan(bad) || which == 2);
          EXPECT_FALSE(must_show && std::isfinite(o.at(i * o.cols() + 4))) << target << " row " << i << " input " << which;
        }
      }
    }
  });
}

// Logits are whole numbers that f32 holds exactly, 2^17 … 2^26 and a few of their last digits apart: nothing but the softmax can lose a digit.
TEST(Attention, HugeLogitsKeepTheirProbabilities) {
  Rng rng(14, "attention.huge");
  for (const int bits : {17, 20, 23, 26}) {
    AttentionSpec spec = spec_of(2, 2, 4);
    spec.scale = 1;
    const Inputs in(rng, spec, sequences({150, 3}), DType::kF32);
    const float digit = std::max(1.0f, std::ldexp(1.0f, bits - 23));
    const auto whole = [&](int64_t most) { return static_cast<float>(rng.below(static_cast<uint64_t>(2 * most + 1))) - static_cast<float>(most); };
    for (int64_t row = 0; row < in.q_rows(); ++row) {
      for (int64_t i = 0; i < spec.heads * spec.head_width; ++i) {
        const bool first = i % spec.head_width == 0;
        in.q.tensor.data<float>()[row * in.q.tensor.cols() + in.q.begin + i] = first ? std::ldexp(1.0f, bits) : whole(1);
        in.k.tensor.data<float>()[row * in.k.tensor.cols() + in.k.begin + i] = first ? 1.0f : digit * whole(2);
      }
    }
    expect_definition(in, cat("logits 2^", bits));
  }
}

// One key has all of each row, far above the others: the gradients of q and k are 0, whatever rounding leaves of do . v - do . o.
TEST(Attention, SteepRowsGetNoGradientFromRounding) {
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    for (const double dropout : {0.0, 0.2}) {
      Rng rng(15, "attention.steep");
      AttentionSpec spec = spec_of(2, 1, 16);
      spec.dropout = dropout;
      const int64_t n = 150;
      Inputs in(rng, spec, {{.q_begin = 0, .q_len = n, .kv_begin = 0, .kv_len = n}}, dtype);
      std::vector<double> q = in.q.tensor.to_doubles();
      const int64_t stride = in.q.tensor.cols();
      for (int64_t row = 0; row < n; ++row) {
        for (int64_t i = 0; i < 2 * 16; ++i) q[static_cast<size_t>(row * stride + in.q.begin + i)] = i % 16 ? 0 : row % 2 ? 4096 : -4096;
        for (int64_t i = 0; i < 16; ++i) q[static_cast<size_t>(row * stride + in.k.begin + i)] = i ? 512 * rng.normal() : row * 37 % 151;
      }
      in.q.tensor = in.k.tensor = in.v.tensor = Tensor::from<double>(q, in.q.tensor.shape()).to(dtype);
      on_each_instruction_set([&](const std::string& target) {
        const std::vector<double> d = run(kCpu, in).dq.to_doubles();
        double most = 0;
        for (int64_t row = 0; row < n; ++row) {
          for (int64_t i = in.q.begin; i < in.q.begin + 2 * 16; ++i) most = std::max(most, std::abs(d[static_cast<size_t>(row * stride + i)]));
          for (int64_t i = in.k.begin; i < in.k.begin + 16; ++i) most = std::max(most, std::abs(d[static_cast<size_t>(row * stride + i)]));
        }
        EXPECT_LT(most, dtype == DType::kBF16 || dropout > 0 ? 1e-3 : 1e-8) << target << " " << name_of(dtype) << " dropout " << dropout;
      });
    }
  }
}

TEST(Attention, LargeLogitsDoNotOverflow) {
  Rng rng(12, "attention.large");
  for (const double scale : {1e3, 1e9, 1e18, 1e30}) {
    AttentionSpec spec = spec_of(2, 2, 16);
    spec.scale = scale;
    const Inputs in(rng, spec, sequences({140}), DType::kF32);
    on_each_instruction_set([&](const std::string& target) {
      const Results r = run(kCpu, in);
      for (const Tensor& t : {r.o, r.dq}) {
        for (const double v : t.to_doubles()) ASSERT_TRUE(std::isfinite(v)) << target << " scale " << scale;
      }
      // So steep a softmax picks one value: each output row is one of the rows of v.
      const int64_t row = 1 + 100;
      double nearest = 1;
      for (int64_t j = 1; j <= row; ++j) {
        double distance = 0;
        for (int64_t d = 0; d < 16; ++d)
          distance = std::max(distance, std::abs(r.o.at(row * 32 + d) - in.v.tensor.at(j * in.v.tensor.cols() + in.v.begin + d)));
        nearest = std::min(nearest, distance);
      }
      EXPECT_LT(nearest, 1e-6) << target << " scale " << scale;
    });
  }
}

}  // namespace
}  // namespace gimbal::kernels
