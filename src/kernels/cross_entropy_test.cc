// Cross-entropy against its definition on each instruction set: small and large vocabularies, far logits, ignored rows.
#include "kernels/cross_entropy.h"

#include "kernels/cross_entropy_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

constexpr double kEps = std::numeric_limits<float>::epsilon();
const CrossEntropyKernels kCpu = cross_entropy_cpu(), kReference = cross_entropy_reference();

struct Outputs {
  Tensor loss, lse, dlogits;
  Outputs(int64_t n, int64_t v, DType small, DType large) : loss({n}, small), lse({n}, small), dlogits({n, v}, large) {}
};

Tensor targets_with_an_ignored_row(Rng& rng, int64_t n, int64_t v) {
  std::vector<int32_t> targets(static_cast<size_t>(n));
  for (int32_t& t : targets) t = static_cast<int32_t>(rng.below(static_cast<uint64_t>(v)));
  if (n > 1) targets[1] = -100;
  return Tensor::from_ints(targets);
}

/// Half the logits of the last row are -infinity; its target is finite.
void mask_half(const Tensor& logits, const Tensor& targets) {
  const int64_t v = logits.cols(), last = logits.rows() - 1;
  float* x = logits.data<float>() + last * v;
  for (int64_t j = 0; j < v / 2; ++j) {
    if (j != targets.data<int32_t>()[last]) x[j] = -INFINITY;
  }
}

void compare(const CrossEntropySpec& spec, const Tensor& logits, const Tensor& targets, const Tensor& weights, DType gradient,
             const std::string& what) {
  const int64_t n = logits.rows(), v = logits.cols();
  const double scale = 3.0;
  Outputs expected(n, v, DType::kF64, DType::kF64), actual(n, v, DType::kF32, gradient);
  kReference.rows(spec, logits, targets, weights, scale, expected.loss, expected.lse, expected.dlogits);
  kCpu.rows(spec, logits, targets, weights, scale, actual.loss, actual.lse, actual.dlogits);
  const std::vector<double> lse = expected.lse.to_doubles(), loss = expected.loss.to_doubles(), want = expected.dlogits.to_doubles();
  // Only the sum of exponentials is in f32: v terms in at least 2048 / lanes parallel sums, so a relative error near 1e-6.
  expect_close(
      actual.lse, lse, [](size_t) { return 32 * kEps; }, "lse " + what);
  expect_close(
      actual.loss, loss, [&](size_t i) { return 32 * kEps * (1 + spec.z_loss * std::abs(lse[i])) + 4 * kEps * std::abs(loss[i]); }, "loss " + what);
  // relative to the two parts that are subtracted: factor p, whose exponent is far from 0, and the smoothing
  const auto bound = [&](size_t i) {
    const size_t row = i / static_cast<size_t>(v);
    const double exponent = logits.at(static_cast<int64_t>(i)) - lse[row], weight = weights ? std::abs(weights.at(static_cast<int64_t>(row))) : 1;
    const double p = std::isfinite(exponent) ? (32 - exponent) * std::exp(exponent) * (1 + 2 * spec.z_loss * std::abs(lse[row])) : 0;
    return kEps * scale * weight * (p + 4 * spec.label_smoothing / static_cast<double>(v)) + 4 * kEps * std::abs(want[i]) + 1e-30;
  };
  expect_close(actual.dlogits, want, bound, "dlogits " + what);
}

TEST(CrossEntropy, IsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "cross_entropy");
    for (const auto& [n, v] : std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {1, 1}, {3, 2}, {5, 17}, {9, 65}, {4, 2049}, {3, 5003}}) {
      for (const double spread : {1.0, 30.0}) {
        for (const CrossEntropySpec& spec :
             {CrossEntropySpec{}, CrossEntropySpec{.label_smoothing = 0.1}, CrossEntropySpec{.label_smoothing = 0.05, .z_loss = 1e-3}}) {
          const Tensor logits = misaligned(random_tensor(rng, {n, v}, DType::kF32, spread)), targets = targets_with_an_ignored_row(rng, n, v);
          const std::string what = cat(target, " n=", n, " v=", v, " spread ", spread, " s=", spec.label_smoothing, " z=", spec.z_loss);
          if (n > 2 && spec.label_smoothing == 0) mask_half(logits, targets);
          compare(spec, logits, targets, {}, DType::kF32, what);
          compare(spec, logits, targets, random_tensor(rng, {n}), DType::kBF16, what + " weighted");
        }
      }
    }
  });
}

TEST(CrossEntropy, FarLogitsDoNotOverflow) {
  const Tensor logits = Tensor::from_floats(std::vector<float>{1e4f, 1e4f, -1e4f, 9999, -3e38f, 0, 0, 1}, {2, 4});
  compare({}, logits, Tensor::from_ints(std::vector<int32_t>{0, 3}), {}, DType::kF32, "far");
}

TEST(CrossEntropy, NanIsNotHidden) {
  on_each_instruction_set([](const std::string& target) {
    for (const int64_t at : {0, 7, 99}) {
      const Tensor logits = Tensor::zeros({1, 100}, DType::kF32);
      logits.data<float>()[at] = NAN;
      Outputs out(1, 100, DType::kF32, DType::kF32);
      kCpu.rows({}, logits, Tensor::from_ints(std::vector<int32_t>{3}), {}, 1, out.loss, out.lse, out.dlogits);
      EXPECT_TRUE(std::isnan(out.loss.at(0)) && std::isnan(out.dlogits.at(5))) << target << " at " << at;
    }
  });
}

TEST(CrossEntropy, GradientMayOverwriteTheLogitsOrBeLeftOut) {
  Rng rng(2, "cross_entropy.alias");
  const CrossEntropySpec spec{.label_smoothing = 0.1, .z_loss = 1e-4};
  const Tensor logits = random_tensor(rng, {6, 301}), targets = targets_with_an_ignored_row(rng, 6, 301);
  Outputs apart(6, 301, DType::kF32, DType::kF32), in_place(6, 301, DType::kF32, DType::kF32), none(6, 301, DType::kF32, DType::kF32);
  kCpu.rows(spec, logits, targets, {}, 1, apart.loss, apart.lse, apart.dlogits);
  kCpu.rows(spec, logits, targets, {}, 1, none.loss, none.lse, {});
  kCpu.rows(spec, logits, targets, {}, 1, in_place.loss, in_place.lse, logits);
  EXPECT_TRUE(same_bits(logits, apart.dlogits));
  EXPECT_TRUE(same_bits(in_place.loss, apart.loss));
  EXPECT_TRUE(same_bits(none.loss, apart.loss));
}

TEST(CrossEntropy, DistillationIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(6, "cross_entropy.soft");
    for (const auto& [n, v] : std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {1, 1}, {3, 2}, {5, 17}, {9, 65}, {4, 2049}, {3, 5003}}) {
      for (const double temperature : {1.0, 2.5}) {
        const Tensor logits = misaligned(random_tensor(rng, {n, v}, DType::kF32, 4)),
                     teacher = misaligned(random_tensor(rng, {n, v}, DType::kF32, 4));
        const Tensor targets = targets_with_an_ignored_row(rng, n, v), weights = random_tensor(rng, {n});
        const std::string what = cat(target, " n=", n, " v=", v, " T=", temperature);
        if (n > 2) mask_half(teacher, targets), mask_half(logits, targets);
        const double scale = 3;
        Outputs expected(n, v, DType::kF64, DType::kF64), actual(n, v, DType::kF32, DType::kF32);
        kReference.soft_rows(temperature, logits, teacher, targets, weights, scale, expected.loss, expected.dlogits);
        kCpu.soft_rows(temperature, logits, teacher, targets, weights, scale, actual.loss, actual.dlogits);
        // Both are differences: of logarithms near 10 times T^2, and of probabilities.
        const double t2 = temperature * temperature;
        expect_close(
            actual.loss, expected.loss.to_doubles(), [&](size_t) { return 64 * kEps * t2 * 10; }, "loss " + what);
        expect_close(
            actual.dlogits, expected.dlogits.to_doubles(), [&](size_t) { return 64 * kEps * scale * temperature * 3; }, "dlogits " + what);
        const Tensor in_place = teacher.clone();
        kCpu.soft_rows(temperature, logits, in_place, targets, weights, scale, actual.loss, in_place);
        EXPECT_TRUE(same_bits(in_place, actual.dlogits)) << what;
      }
    }
  });
}

TEST(CrossEntropy, ATeacherOfOnesOwnTeachesNothing) {
  Rng rng(7, "cross_entropy.self");
  const Tensor logits = random_tensor(rng, {5, 33}, DType::kF32, 5), targets = targets_with_an_ignored_row(rng, 5, 33);
  Outputs out(5, 33, DType::kF32, DType::kF32);
  kCpu.soft_rows(2, logits, logits.clone(), targets, {}, 1, out.loss, out.dlogits);
  for (int64_t i = 0; i < 5; ++i) EXPECT_NEAR(out.loss.at(i), 0, 1e-6);
  for (int64_t i = 0; i < 5 * 33; ++i) EXPECT_NEAR(out.dlogits.at(i), 0, 1e-7);
}

TEST(CrossEntropy, GradientOfDistillationIsADerivative) {
  Rng rng(8, "cross_entropy.soft_gradient");
  const std::vector<double> x = normals(rng, 9), y = normals(rng, 9), dy = {1.7};
  const auto run = [&](const std::vector<double>& v) { return std::vector<double>{ref::soft_cross_entropy<double>(1.8, v, y)}; };
  std::vector<double> dx(9), at_another_temperature(9);
  ref::soft_cross_entropy_vjp<double>(1.8, x, y, 1.7, dx);
  ref::soft_cross_entropy_vjp<double>(1.0, x, y, 1.7, at_another_temperature);
  EXPECT_LT(gradient_error(run, x, dy, dx), 1e-8);
  EXPECT_GT(gradient_error(run, x, dy, at_another_temperature), 0.01);
}

TEST(CrossEntropy, LogProbabilities) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(3, "cross_entropy.logp");
    const Tensor logits = random_tensor(rng, {7, 777}, DType::kF32, 5), targets = targets_with_an_ignored_row(rng, 7, 777);
    const Tensor logp({7}, DType::kF32), expected({7}, DType::kF64);
    kCpu.log_probabilities(logits, targets, logp);
    kReference.log_probabilities(logits, targets, expected);
    expect_close(
        logp, expected.to_doubles(), [](size_t) { return 32 * kEps; }, target);
    EXPECT_EQ(logp.at(1), 0);
  });
}

TEST(CrossEntropy, ThreadsChangeNoBit) {
  Rng rng(4, "cross_entropy.threads");
  const Tensor logits = random_tensor(rng, {50, 1003}), targets = targets_with_an_ignored_row(rng, 50, 1003);
  expect_same_bits_for_any_thread_count(
      [&] {
        Outputs out(50, 1003, DType::kF32, DType::kF32);
        kCpu.rows({}, logits, targets, {}, 1, out.loss, out.lse, out.dlogits);
        return out.dlogits;
      },
      "dlogits");
}

TEST(CrossEntropy, GradientOfTheDefinitionIsADerivative) {
  Rng rng(5, "cross_entropy.gradient");
  const std::vector<double> x = normals(rng, 9), dy = {1.7};
  const CrossEntropySpec spec{.label_smoothing = 0.2, .z_loss = 0.05};
  const auto run = [&](const std::vector<double>& v) { return std::vector<double>{ref::cross_entropy<double>(spec, v, 4)}; };
  std::vector<double> dx(9), forgets_the_z_loss(9);
  ref::cross_entropy_vjp<double>(spec, x, 4, 1.7, dx);
  ref::cross_entropy_vjp<double>({.label_smoothing = 0.2}, x, 4, 1.7, forgets_the_z_loss);
  EXPECT_LT(gradient_error(run, x, dy, dx), 1e-8);
  EXPECT_GT(gradient_error(run, x, dy, forgets_the_z_loss), 0.01);
}

}  // namespace
}  // namespace gimbal::kernels
