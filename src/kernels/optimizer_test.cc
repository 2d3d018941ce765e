// Optimizer updates against their definition on each instruction set, with the sums they return.
#include "kernels/optimizer.h"

#include "kernels/kernel_checks.h"
#include "kernels/optimizer_ref.h"

namespace gimbal::kernels {
namespace {

const OptimizerKernels kCpu = optimizer_cpu(), kReference = optimizer_reference();
const std::vector<int64_t> kSizes = {0, 1, 3, 8, 15, 16, 17, 33, 70, 20000};

/// A parameter's tensors, misaligned, and the same values in double for the reference.
struct Parameter {
  Tensor g, m, v, w, shadow;

  Parameter(Rng& rng, int64_t n)
      : g(misaligned(random_tensor(rng, {n}))),
        m(misaligned(random_tensor(rng, {n}))),
        v(misaligned(random_tensor(rng, {n}))),
        w(misaligned(random_tensor(rng, {n}))),
        shadow(misaligned(Tensor({n}, DType::kBF16))) {
    for (int64_t i = 0; i < n; ++i) v.data<float>()[i] *= v.data<float>()[i];
  }
  Parameter wide() const {
    Parameter p = *this;
    for (Tensor* t : {&p.g, &p.m, &p.v, &p.w, &p.shadow}) *t = t->to(DType::kF64);
    return p;
  }
};

void expect_equal_tensors(const Parameter& got, const Parameter& want, const std::string& what) {
  const auto bound = [](size_t) { return 4 * ulp(DType::kF32, 4); };
  expect_close(got.w, want.w.to_doubles(), bound, "w " + what);
  expect_close(got.m, want.m.to_doubles(), bound, "m " + what);
  expect_close(got.v, want.v.to_doubles(), bound, "v " + what);
  for (int64_t i = 0; i < got.w.elements(); ++i)
    ASSERT_EQ(got.shadow.at(i), BFloat16::from(got.w.data<float>()[i]).to_float()) << "shadow " << what << " element " << i;
}

void expect_equal_sums(const UpdateSums& got, const UpdateSums& want, const std::string& what) {
  EXPECT_NEAR(got.weight_squares, want.weight_squares, 1e-6 * want.weight_squares) << what;
  EXPECT_NEAR(got.update_squares, want.update_squares, 1e-5 * want.update_squares) << what;  // differences of rounded weights
}

/// Runs update(kernels, parameter) on both kinds of kernel and compares everything.
using Update = std::function<UpdateSums(const OptimizerKernels&, const Parameter&)>;
void expect_same(const std::string& name, const Update& update) {
  on_each_instruction_set([&](const std::string& target) {
    Rng rng(1, name);
    for (const int64_t n : kSizes) {
      const Parameter cpu(rng, n), reference = cpu.wide();
      const std::string what = cat(target, " ", name, " of ", n);
      const UpdateSums got = update(kCpu, cpu), want = update(kReference, reference);
      expect_equal_tensors(cpu, reference, what);
      expect_equal_sums(got, want, what);
    }
  });
}

TEST(Optimizer, AdamW) {
  for (const int64_t t : {1, 2, 1000})
    expect_same("optimizer.adamw", [&](const OptimizerKernels& k, const Parameter& p) {
      const AdamWStep step{.lr = 0.05, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.3, .t = t};
      return k.adamw(step, 0.7, p.g, p.m, p.v, p.w, p.shadow);
    });
}

TEST(Optimizer, Sgd) {
  for (const bool nesterov : {false, true})
    for (const int64_t t : {1, 2})
      expect_same("optimizer.sgd", [&](const OptimizerKernels& k, const Parameter& p) {
        const SgdStep step{.lr = 0.05, .momentum = 0.9, .weight_decay = 0.3, .nesterov = nesterov, .t = t};
        return k.sgd(step, 0.7, p.g, p.m, p.w, p.shadow);
      });
}

TEST(Optimizer, SgdWithoutMomentumNeedsNoState) {
  expect_same("optimizer.plain_sgd", [](const OptimizerKernels& k, const Parameter& p) {
    return k.sgd({.lr = 0.05, .weight_decay = 0.3, .t = 3}, 0.7, p.g, {}, p.w, p.shadow);
  });
}

TEST(Optimizer, Lion) {
  expect_same("optimizer.lion", [](const OptimizerKernels& k, const Parameter& p) {
    return k.lion({.lr = 0.05, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.3}, 0.7, p.g, p.m, p.w, p.shadow);
  });
}

TEST(Optimizer, Apply) {
  expect_same("optimizer.apply", [](const OptimizerKernels& k, const Parameter& p) { return k.apply(0.01, p.g, p.w, p.shadow); });
}

TEST(Optimizer, AdamWByHand) {
  // One step from zero state: m = 0.1 g, v = 0.05 g^2, both corrected to g and g^2, so the weight moves by lr against the gradient's sign.
  const auto floats = [](std::vector<float> v) { return Tensor::from_floats(v, {2}); };
  const Tensor g = floats({4, -0.5f}), m = floats({0, 0}), v = floats({0, 0}), w = floats({1, 2});
  const UpdateSums sums = kCpu.adamw({.lr = 0.1, .beta1 = 0.9, .beta2 = 0.95, .eps = 0, .weight_decay = 0.5, .t = 1}, 1, g, m, v, w, {});
  EXPECT_NEAR(w.at(0), 1 * 0.95 - 0.1, 1e-6);
  EXPECT_NEAR(w.at(1), 2 * 0.95 + 0.1, 1e-6);
  EXPECT_NEAR(m.at(0), 0.4, 1e-6);
  EXPECT_NEAR(v.at(1), 0.0125, 1e-7);
  EXPECT_NEAR(sums.weight_squares, 0.85 * 0.85 + 2.0 * 2.0, 1e-5);
  EXPECT_NEAR(sums.update_squares, 0.15 * 0.15 + 0.0, 1e-5);
}

TEST(Optimizer, LionStandsStillWithoutAGradientAndPassesNaNOn) {
  on_each_instruction_set([](const std::string& target) {
    const Tensor g = Tensor::from_floats(std::vector<float>{0, std::numeric_limits<float>::quiet_NaN(), 1e-30f}, {3});
    const Tensor m = Tensor::zeros({3}, DType::kF32), w = Tensor::from_floats(std::vector<float>{1, 1, 1}, {3});
    kCpu.lion({.lr = 0.5}, 1, g, m, w, {});
    EXPECT_EQ(w.at(0), 1.0) << target;
    EXPECT_TRUE(std::isnan(w.at(1))) << target;
    EXPECT_EQ(w.at(2), 0.5) << target;
  });
}

TEST(Optimizer, ThreadsDoNotChangeBitsOrSums) {
  Rng rng(2, "optimizer.threads");
  const Parameter start(rng, 100000);
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor m = start.m.clone(), v = start.v.clone(), w = start.w.clone();
        const UpdateSums sums = kCpu.adamw({.lr = 0.05, .t = 3}, 1, start.g, m, v, w, {});
        Tensor all({100002}, DType::kF64);
        std::memcpy(all.raw(), w.raw(), static_cast<size_t>(w.bytes()));
        std::memset(static_cast<std::byte*>(all.raw()) + w.bytes(), 0, static_cast<size_t>(w.bytes()));
        all.data<double>()[100000] = sums.weight_squares;
        all.data<double>()[100001] = sums.update_squares;
        return all;
      },
      "adamw");
}

}  // namespace
}  // namespace gimbal::kernels
