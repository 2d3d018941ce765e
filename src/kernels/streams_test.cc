// Mixtures of streams and Sinkhorn's iteration against their definition on each instruction set, and the definition against its own gradient.
#include "kernels/streams.h"

#include "kernels/kernel_checks.h"
#include "kernels/streams_ref.h"

namespace gimbal::kernels {
namespace {

const StreamKernels kCpu = streams_cpu(), kReference = streams_reference();

struct Case {
  int64_t n, sources, targets, d;
};
const std::vector<Case> kCases = {{0, 2, 2, 8}, {1, 1, 1, 1}, {3, 4, 4, 7}, {5, 1, 4, 33}, {40, 4, 1, 48}, {9, 3, 2, 130}};

TEST(Streams, MixIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "streams.mix");
    for (const auto& [n, sources, targets, d] : kCases)
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        const Tensor c = random_tensor(rng, {n, sources * targets}), x = misaligned(random_tensor(rng, {n * sources, d}));
        const Tensor y = misaligned(random_tensor(rng, {n * targets, d})), expected = y.to(DType::kF64);
        kCpu.mix(sources, c, x, y, write);
        kReference.mix(sources, c, x, expected, write);
        const auto bound = [s = sources](size_t) { return static_cast<double>(s + 1) * ulp(DType::kF32, 8); };
        expect_close(y, expected.to_doubles(), bound, cat(target, " n=", n, " ", sources, " to ", targets, " d=", d));
      }
  });
}

TEST(Streams, MixBackwardIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "streams.backward");
    for (const auto& [n, sources, targets, d] : kCases) {
      const Tensor dy = misaligned(random_tensor(rng, {n * targets, d})), c = random_tensor(rng, {n, sources * targets});
      const Tensor x = misaligned(random_tensor(rng, {n * sources, d})), dc(c.shape(), DType::kF32), dx(x.shape(), DType::kF32);
      const Tensor dc_r(c.shape(), DType::kF64), dx_r(x.shape(), DType::kF64);
      kCpu.mix_backward(sources, dy, c, x, dc, dx);
      kReference.mix_backward(sources, dy, c, x, dc_r, dx_r);
      const std::string what = cat(target, " n=", n, " ", sources, " to ", targets, " d=", d);
      const double terms = static_cast<double>(d);
      expect_close(
          dc, dc_r.to_doubles(), [&](size_t) { return (terms + 4) * ulp(DType::kF32, 8); }, "dc " + what);
      expect_close(
          dx, dx_r.to_doubles(), [](size_t) { return 5 * ulp(DType::kF32, 8); }, "dx " + what);
    }
  });
}

TEST(Streams, MixIsDifferentiated) {
  Rng rng(3, "streams.gradient");
  const int64_t d = 3, sources = 2, targets = 4;
  const std::vector<double> c = normals(rng, 8), x = normals(rng, 6), dy = normals(rng, 12);
  const auto run = [&](const std::vector<double>& c, const std::vector<double>& x) {
    std::vector<double> y(12);
    ref::mix<double>(d, sources, targets, c, x, y);
    return y;
  };
  std::vector<double> dc(8), dx(6);
  ref::mix_vjp<double>(d, sources, targets, dy, c, x, dc, dx);
  EXPECT_LT(gradient_error([&](const std::vector<double>& v) { return run(v, x); }, c, dy, dc), 1e-8);
  EXPECT_LT(gradient_error([&](const std::vector<double>& v) { return run(c, v); }, x, dy, dx), 1e-8);
}

TEST(Streams, SinkhornIsDifferentiatedThroughItsIterations) {
  Rng rng(4, "streams.sinkhorn");
  for (const int64_t iterations : {1, 2, 20}) {
    const std::vector<double> x = normals(rng, 16), dy = normals(rng, 16);
    std::vector<double> dx(16), one_less(16);
    ref::sinkhorn_vjp<double>(iterations, 4, dy, x, dx);
    const auto run = [&](const std::vector<double>& v) {
      std::vector<double> y(16);
      ref::sinkhorn<double>(iterations, 4, v, y);
      return y;
    };
    EXPECT_LT(gradient_error(run, x, dy, dx), 1e-7) << iterations;
    if (iterations > 1) continue;
    ref::sinkhorn_vjp<double>(2, 4, dy, x, one_less);
    EXPECT_GT(gradient_error(run, x, dy, one_less), 1e-3);  // another number of iterations is another function
  }
}

// Rows of H (what a target gets) are exact, since they are made 1 last; columns come near.
TEST(Streams, SinkhornMakesBothSumsOne) {
  Rng rng(5, "streams.sums");
  const Tensor x = random_tensor(rng, {50, 16}), y(x.shape(), DType::kF32), expected(x.shape(), DType::kF64);
  kCpu.sinkhorn(20, 4, x, y);
  kReference.sinkhorn(20, 4, x, expected);
  expect_close(
      y, expected.to_doubles(), [](size_t) { return 0.0; }, "sinkhorn");
  for (int64_t t = 0; t < 50; ++t)
    for (int64_t a = 0; a < 4; ++a) {
      double given = 0, got = 0;
      for (int64_t b = 0; b < 4; ++b) given += y.at(t * 16 + a * 4 + b), got += y.at(t * 16 + b * 4 + a);
      EXPECT_NEAR(got, 1, 1e-6);
      EXPECT_NEAR(given, 1, 1e-2);
    }
  const Tensor large = Tensor::from<double>(std::vector<double>{800, 0, 0, 800}, {1, 4}).to(DType::kF32), diagonal({1, 4}, DType::kF32);
  kCpu.sinkhorn(20, 2, large, diagonal);
  EXPECT_EQ(diagonal.to_doubles(), (std::vector<double>{1, 0, 0, 1}));  // no overflow
}

TEST(Streams, SinkhornBackwardIsTheDefinition) {
  Rng rng(6, "streams.sinkhorn_backward");
  const Tensor x = random_tensor(rng, {70, 9}), dy = random_tensor(rng, {70, 9}), dx(x.shape(), DType::kF32), expected(x.shape(), DType::kF64);
  kCpu.sinkhorn_backward(20, 3, dy, x, dx);
  kReference.sinkhorn_backward(20, 3, dy, x, expected);
  expect_close(
      dx, expected.to_doubles(), [](size_t) { return 0.0; }, "sinkhorn backward");
}

TEST(Streams, ThreadsChangeNoBit) {
  Rng rng(7, "streams.threads");
  const Tensor c = random_tensor(rng, {300, 16}), x = random_tensor(rng, {1200, 64});
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor y({1200, 64}, DType::kF32);
        kCpu.mix(4, c, x, y, Write::kReplace);
        return y;
      },
      "mix");
}

}  // namespace
}  // namespace gimbal::kernels
