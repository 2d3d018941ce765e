// The non-linearities against their definition on each instruction set, with the promised bound in ULP.
#include "kernels/activation.h"

#include "kernels/activation_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const ActivationKernels kCpu = activation_cpu(), kReference = activation_reference();
const std::vector<Act> kActs = {Act::kLinear, Act::kStep, Act::kSigmoid, Act::kTanh, Act::kRelu, Act::kGelu, Act::kGeluTanh, Act::kSilu};

std::string name_of_case(const std::string& target, const ActivationSpec& spec, DType dtype) {
  return cat(target, " act ", static_cast<int>(spec.act), spec.gated ? " gated " : " ", name_of(dtype));
}

/// 4 ULP of the largest number that enters: the value, or the argument it is multiplied with.
std::function<double(size_t)> bound_around(const std::vector<double>& expected, const std::vector<double>& x) {
  return [&](size_t i) { return 4 * ulp(DType::kF32, std::max({std::abs(expected[i]), std::abs(x[i]), 1e-30})); };
}

TEST(Activation, ValuesOverTheWholeRange) {
  std::vector<float> xs;
  for (int i = -4000; i <= 4000; ++i) xs.push_back(static_cast<float>(i) * 0.005f);
  for (int e = -30; e <= 30; ++e) xs.insert(xs.end(), {std::ldexp(1.3f, e), -std::ldexp(1.3f, e)});
  const Tensor x = Tensor::from<float>(xs, {static_cast<int64_t>(xs.size())});
  on_each_instruction_set([&](const std::string& target) {
    for (const Act act : kActs) {
      const ActivationSpec spec{.act = act, .beta = 1.7};
      const Tensor y(x.shape(), DType::kF32), expected(x.shape(), DType::kF64);
      kCpu.forward(spec, x, y);
      kReference.forward(spec, x, expected);
      const std::vector<double> want = expected.to_doubles(), at = x.to_doubles();
      // sigmoid and tanh are good to 4 ULP of themselves
      const bool relative = act == Act::kSigmoid || act == Act::kTanh;
      expect_close(y, want, bound_around(want, relative ? want : at), name_of_case(target, spec, DType::kF32));
    }
  });
}

TEST(Activation, SlopesOverTheWholeRange) {
  std::vector<float> xs;
  for (int i = -4000; i <= 4000; ++i) xs.push_back(static_cast<float>(i) * 0.005f);
  const Tensor x = Tensor::from<float>(xs, {static_cast<int64_t>(xs.size())}),
               dy = Tensor::from<float>(std::vector<float>(xs.size(), 1.0f), x.shape());
  on_each_instruction_set([&](const std::string& target) {
    for (const Act act : kActs) {
      const ActivationSpec spec{.act = act, .beta = 1.7};
      const Tensor dx(x.shape(), DType::kF32), expected(x.shape(), DType::kF64);
      kCpu.backward(spec, dy, x, dx);
      kReference.backward(spec, dy, x, expected);
      expect_close(
          dx, expected.to_doubles(), [](size_t) { return 4 * ulp(DType::kF32, 1.0); }, name_of_case(target, spec, DType::kF32));
    }
  });
}

TEST(Activation, ForwardAndBackwardOfAllKindsAndShapes) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "activation.shapes");
    for (const Act act : kActs) {
      for (const bool gated : {false, true}) {
        for (const DType dtype : {DType::kF32, DType::kBF16}) {
          for (const auto& [n, f] : std::vector<std::pair<int64_t, int64_t>>{{0, 3}, {1, 1}, {1, 33}, {3, 17}, {2, 64}, {5, 130}}) {
            const ActivationSpec spec{.act = act, .gated = gated, .beta = 1.3};
            const Tensor x = misaligned(random_tensor(rng, {n, gated ? 2 * f : f}, dtype)), dy = misaligned(random_tensor(rng, {n, f}, dtype));
            const Tensor y({n, f}, dtype), expected({n, f}, DType::kF64), expected_dx(x.shape(), DType::kF64);
            const std::string what = name_of_case(target, spec, dtype);
            const auto bound = [](size_t) { return 8 * ulp(DType::kF32, 8.0); };
            kCpu.forward(spec, x, y);
            kReference.forward(spec, x, expected);
            expect_close(y, expected.to_doubles(), bound, what);
            kReference.backward(spec, dy, x, expected_dx);
            const Tensor in_place = x.clone();
            kCpu.backward(spec, dy, in_place, in_place);
            expect_close(in_place, expected_dx.to_doubles(), bound, "dx " + what);
            if (gated) continue;
            kCpu.forward(spec, x, x);
            EXPECT_TRUE(same_bits(x.clone(), y)) << what;
          }
        }
      }
    }
  });
}

TEST(Activation, NanIsNotHidden) {
  on_each_instruction_set([](const std::string& target) {
    const Tensor x = Tensor::from_floats(std::vector<float>(40, NAN), {40}), one = Tensor::from_floats(std::vector<float>(40, 1.0f), {40});
    for (const Act act : kActs) {
      if (act == Act::kStep) continue;
      const Tensor y({40}, DType::kF32);
      kCpu.forward({.act = act}, x, y);
      EXPECT_TRUE(std::isnan(y.at(0)) && std::isnan(y.at(39))) << name_of_case(target, {.act = act}, DType::kF32);
    }
  });
}

TEST(Activation, ThreadsChangeNoBit) {
  Rng rng(2, "activation.threads");
  const Tensor x = random_tensor(rng, {100, 2 * 515});
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor y({100, 515}, DType::kF32);
        kCpu.forward({.act = Act::kSilu, .gated = true}, x, y);
        return y;
      },
      "swiglu");
}

TEST(Activation, GradientsOfTheDefinitionAreDerivatives) {
  Rng rng(3, "activation.gradient");
  for (const Act act : kActs) {
    if (act == Act::kStep) continue;  // a surrogate by agreement
    for (const bool gated : {false, true}) {
      const ActivationSpec spec{.act = act, .gated = gated, .beta = 1.3};
      const std::vector<double> x = normals(rng, gated ? 24 : 12), dy = normals(rng, 12);
      const auto run = [&](const std::vector<double>& v) {
        std::vector<double> y(12);
        ref::activation<double>(spec, 4, v, y);
        return y;
      };
      std::vector<double> dx(x.size()), forgets_the_cotangent(x.size());
      ref::activation_vjp<double>(spec, 4, dy, x, dx);
      ref::activation_vjp<double>(spec, 4, std::vector<double>(12, 1.0), x, forgets_the_cotangent);
      EXPECT_LT(gradient_error(run, x, dy, dx), 1e-8) << name_of_case("", spec, DType::kF64);
      EXPECT_GT(gradient_error(run, x, dy, forgets_the_cotangent), 0.1) << name_of_case("", spec, DType::kF64);
    }
  }
}

}  // namespace
}  // namespace gimbal::kernels
