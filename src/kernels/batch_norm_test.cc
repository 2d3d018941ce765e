// BatchNorm against its definition on each instruction set, and the definition's gradient against finite differences.
#include "kernels/batch_norm.h"

#include "kernels/batch_norm_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const BatchNormKernels kCpu = batch_norm_cpu(), kReference = batch_norm_reference();
constexpr double kEps = 1e-3;

struct Case {
  int64_t n, d;
};
const std::vector<Case> kCases = {{1, 1}, {2, 7}, {5, 16}, {33, 17}, {70, 48}, {3, 129}, {300, 33}};

std::string name_of_case(const std::string& target, const Case& c, DType dtype) {
  return cat(target, " ", name_of(dtype), " [", c.n, ", ", c.d, "]");
}

/// n terms of size `size` added in f32, and a few operations on top.
double rounding(int64_t n, double size) { return ulp(DType::kF32, size) * (8 + 0.25 * static_cast<double>(n)); }

struct Statistics {
  Tensor mean, var;
};
Statistics statistics(const BatchNormKernels& kernels, const Tensor& x, DType dtype) {
  const Statistics s{Tensor({x.cols()}, dtype), Tensor({x.cols()}, dtype)};
  kernels.statistics(x, s.mean, s.var);
  return s;
}

TEST(BatchNorm, StatisticsAndNormAreTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "batch_norm.forward");
    for (const Case& c : kCases) {
      for (const DType in : {DType::kF32, DType::kBF16}) {
        for (const DType out : {DType::kF32, DType::kBF16}) {
          const Tensor x = misaligned(random_tensor(rng, {c.n, c.d}, in)), gain = random_tensor(rng, {c.d}), bias = random_tensor(rng, {c.d});
          const Statistics got = statistics(kCpu, x, DType::kF32), want = statistics(kReference, x, DType::kF64);
          const std::string what = name_of_case(target, c, in);
          const double n = static_cast<double>(c.n);  // the sum of n deviates comes to a few sqrt(n), that of their squares to n
          expect_close(
              got.mean, want.mean.to_doubles(), [&](size_t) { return rounding(c.n, 4 * std::sqrt(n)) / n; }, "mean " + what);
          expect_close(
              got.var, want.var.to_doubles(), [&](size_t) { return rounding(c.n, 4 * n) / n; }, "var " + what);
          for (const bool affine : {false, true}) {
            const Tensor y({c.n, c.d}, out), expected({c.n, c.d}, DType::kF64);
            kCpu.apply(kEps, x, got.mean, got.var, affine ? gain : Tensor(), affine ? bias : Tensor(), y);
            kReference.apply(kEps, x, got.mean, got.var, affine ? gain : Tensor(), affine ? bias : Tensor(), expected);
            // |x - mean| < 8, 1 / sqrt(var + eps) <= 32
            expect_close(
                y, expected.to_doubles(), [&](size_t) { return ulp(DType::kF32, 8.0 * 32 * 4); }, what);
          }
        }
      }
    }
  });
}

TEST(BatchNorm, BothGradientsAreTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "batch_norm.backward");
    for (const Case& c : kCases) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        for (const Write write : {Write::kReplace, Write::kAdd}) {
          for (const auto& backward : {&BatchNormKernels::backward, &BatchNormKernels::backward_eval}) {
            const Tensor x = misaligned(random_tensor(rng, {c.n, c.d}, dtype)), dy = misaligned(random_tensor(rng, {c.n, c.d}, dtype));
            const Tensor gain = random_tensor(rng, {c.d}), dgain = random_tensor(rng, {c.d}), dbias = random_tensor(rng, {c.d});
            const Tensor dx = random_tensor(rng, {c.n, c.d}), want_dx = dx.to(DType::kF64);
            const Tensor want_dgain = dgain.to(DType::kF64), want_dbias = dbias.to(DType::kF64);
            const Statistics s = statistics(kCpu, x, DType::kF32);
            (kCpu.*backward)(kEps, dy, x, s.mean, s.var, gain, dx, write, {dgain, dbias, write});
            (kReference.*backward)(kEps, dy, x, s.mean, s.var, gain, want_dx, write, {want_dgain, want_dbias, write});
            const std::string what = name_of_case(target, c, dtype);
            // |xhat| <= sqrt(n), 1 / sqrt(var + eps) <= 32, |gain| and |dy| < 5
            const double sums = rounding(c.n, 5 * std::sqrt(static_cast<double>(c.n)));
            expect_close(
                dx, want_dx.to_doubles(), [&](size_t) { return 32 * 5 * sums; }, "dx " + what);
            expect_close(
                dgain, want_dgain.to_doubles(), [&](size_t) { return sums * 32; }, "dgain " + what);
            expect_close(
                dbias, want_dbias.to_doubles(), [&](size_t) { return sums; }, "dbias " + what);
          }
        }
      }
    }
  });
}

TEST(BatchNorm, TheDefinitionsGradientIsTheDerivative) {
  Rng rng(3, "batch_norm.derivative");
  const size_t n = 5, d = 4;
  const std::vector<double> x = normals(rng, n * d), dy = normals(rng, n * d), gain = normals(rng, d), bias = normals(rng, d);
  std::vector<double> mean(d), var(d), dx(n * d), dgain(d), dbias(d);
  reference::batch_statistics<double>(x, mean, var);
  // y as a function of x and the parameters: with statistics of x itself, or with the ones above
  const auto train = [&](const std::vector<double>& at, const std::vector<double>& g, const std::vector<double>& b) {
    std::vector<double> m(d), v(d), y(n * d);
    reference::batch_statistics<double>(at, m, v);
    reference::batch_apply<double>(kEps, at, m, v, g, b, y);
    return y;
  };
  const auto eval = [&](const std::vector<double>& at) {
    std::vector<double> y(n * d);
    reference::batch_apply<double>(kEps, at, mean, var, gain, bias, y);
    return y;
  };
  reference::batch_affine_vjp<double>(kEps, dy, x, mean, var, dgain, dbias);
  EXPECT_LT(gradient_error([&](const auto& v) { return train(x, v, bias); }, gain, dy, dgain), 1e-8);
  EXPECT_LT(gradient_error([&](const auto& v) { return train(x, gain, v); }, bias, dy, dbias), 1e-8);
  reference::batch_eval_vjp<double>(kEps, dy, var, gain, dx);
  EXPECT_LT(gradient_error(eval, x, dy, dx), 1e-8);
  const auto of_x = [&](const auto& v) { return train(v, gain, bias); };
  EXPECT_GT(gradient_error(of_x, x, dy, dx), 1e-2) << "constant statistics are a wrong gradient for batch statistics, and must be seen as one";
  reference::batch_vjp<double>(kEps, dy, x, mean, var, gain, dx);
  EXPECT_LT(gradient_error(of_x, x, dy, dx), 1e-8);
}

TEST(BatchNorm, VarianceKeepsItsDigitsBesideALargeMean) {
  Rng rng(4, "batch_norm.large_mean");
  Tensor x = random_tensor(rng, {5000, 9}, DType::kF64);
  for (int64_t i = 0; i < x.elements(); ++i) x.data<double>()[i] += 1e4 + static_cast<double>(i / 900);  // pieces have different means
  x = x.to(DType::kF32);
  const Statistics want = statistics(kReference, x, DType::kF64);
  on_each_instruction_set([&](const std::string& target) {
    const Statistics got = statistics(kCpu, x, DType::kF32);
    for (int64_t j = 0; j < 9; ++j) {
      EXPECT_NEAR(got.var.at(j) / want.var.at(j), 1, 1e-6) << target;
      EXPECT_NEAR(got.mean.at(j), want.mean.at(j), ulp(DType::kF32, 1e4)) << target;
    }
  });
}

TEST(BatchNorm, ThreadsDoNotChangeBits) {
  Rng rng(5, "batch_norm.threads");
  const Tensor x = random_tensor(rng, {1000, 40}), dy = random_tensor(rng, {1000, 40}), gain = random_tensor(rng, {40});
  const Statistics s = statistics(kCpu, x, DType::kF32);
  expect_same_bits_for_any_thread_count([&] { return statistics(kCpu, x, DType::kF32).mean; }, "mean");
  expect_same_bits_for_any_thread_count([&] { return statistics(kCpu, x, DType::kF32).var; }, "var");
  const auto backward = [&](int which) {
    const Tensor dx({1000, 40}, DType::kF32), dgain({40}, DType::kF32), dbias({40}, DType::kF32);
    kCpu.backward(kEps, dy, x, s.mean, s.var, gain, dx, Write::kReplace, {dgain, dbias, Write::kReplace});
    return std::vector<Tensor>{dx, dgain, dbias}[static_cast<size_t>(which)];
  };
  for (const int which : {0, 1, 2}) expect_same_bits_for_any_thread_count([&] { return backward(which); }, cat("gradient ", which));
}

}  // namespace
}  // namespace gimbal::kernels
