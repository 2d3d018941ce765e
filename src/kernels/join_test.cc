// The residual join and its gradients against their definition on each instruction set.
#include "kernels/join.h"

#include "kernels/join_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const JoinKernels kCpu = join_cpu(), kReference = join_reference();
const JoinSpec kSpec{.skip_scale = 1.5, .branch_scale = -0.25};

struct Case {
  int64_t n, d;
};
const std::vector<Case> kCases = {{0, 8}, {1, 1}, {1, 16}, {3, 7}, {5, 33}, {70, 48}, {3, 130}};

/// Absent, one number, or one a channel.
Tensor gain_of(Rng& rng, int64_t elements) { return elements == 0 ? Tensor() : random_tensor(rng, {elements}); }

TEST(Join, ForwardIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "join.forward");
    for (const auto& [n, d] : kCases) {
      for (const DType branch_type : {DType::kF32, DType::kBF16}) {
        for (const int64_t skip_gains : {int64_t{0}, int64_t{1}, d}) {
          for (const int64_t branch_gains : {int64_t{0}, int64_t{1}, d}) {
            const Tensor skip = misaligned(random_tensor(rng, {n, d})), branch = misaligned(random_tensor(rng, {n, d}, branch_type));
            const Tensor sg = gain_of(rng, skip_gains), bg = gain_of(rng, branch_gains), expected({n, d}, DType::kF64);
            kReference.forward(kSpec, skip, sg, branch, bg, expected);
            kCpu.forward(kSpec, skip, sg, branch, bg, skip);  // y may be skip
            const auto bound = [](size_t) { return 4 * ulp(DType::kF32, 8); };
            expect_close(skip, expected.to_doubles(), bound, cat(target, " n=", n, " d=", d, " gains ", skip_gains, " ", branch_gains));
          }
        }
      }
    }
  });
}

TEST(Join, BackwardIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "join.backward");
    for (const auto& [n, d] : kCases) {
      for (const DType branch_type : {DType::kF32, DType::kBF16}) {
        for (const int64_t gains : {int64_t{1}, d}) {
          for (const Write write : {Write::kReplace, Write::kAdd}) {
            const Tensor dy = misaligned(random_tensor(rng, {n, d})), skip = random_tensor(rng, {n, d}),
                         branch = random_tensor(rng, {n, d}, branch_type);
            const Tensor sg = gain_of(rng, gains), bg = gain_of(rng, gains);
            const Tensor dskip = random_tensor(rng, {n, d}), dbranch({n, d}, branch_type), dsg = gain_of(rng, gains), dbg = gain_of(rng, gains);
            const Tensor dskip_r = dskip.to(DType::kF64), dbranch_r({n, d}, DType::kF64), dsg_r = dsg.to(DType::kF64), dbg_r = dbg.to(DType::kF64);
            kCpu.backward(kSpec, dy, skip, sg, branch, bg, dskip, write, dbranch, dsg, dbg, write);
            kReference.backward(kSpec, dy, skip, sg, branch, bg, dskip_r, write, dbranch_r, dsg_r, dbg_r, write);
            const std::string what = cat(target, " n=", n, " d=", d, " gains ", gains, " branch ", name_of(branch_type));
            const auto bound = [](size_t) { return 4 * ulp(DType::kF32, 8); };
            // the sums' terms are products of two normals; sqrt(terms) of them, each rounding relative to it
            const double terms = static_cast<double>(gains == 1 ? n * d : n);
            const auto sum_bound = [&](size_t) { return 2 * ulp(DType::kF32, 1) * (terms + 4); };
            expect_close(dskip, dskip_r.to_doubles(), bound, "dskip " + what);
            expect_close(dbranch, dbranch_r.to_doubles(), bound, "dbranch " + what);
            expect_close(dsg, dsg_r.to_doubles(), sum_bound, "dskip_gain " + what);
            expect_close(dbg, dbg_r.to_doubles(), sum_bound, "dbranch_gain " + what);
          }
        }
      }
    }
  });
}

TEST(Join, EitherGradientMayOverwriteDy) {
  Rng rng(3, "join.alias");
  const Tensor dy = random_tensor(rng, {5, 19}), skip = random_tensor(rng, {5, 19}), branch = random_tensor(rng, {5, 19});
  const Tensor sg = gain_of(rng, 19), bg = gain_of(rng, 19), dskip({5, 19}, DType::kF32), dbranch({5, 19}, DType::kF32);
  kCpu.backward(kSpec, dy, skip, sg, branch, bg, dskip, Write::kReplace, dbranch, {}, {}, Write::kReplace);
  const Tensor a = dy.clone(), a_branch({5, 19}, DType::kF32);
  kCpu.backward(kSpec, a, skip, sg, branch, bg, a, Write::kReplace, a_branch, {}, {}, Write::kReplace);
  EXPECT_TRUE(same_bits(a, dskip));
  EXPECT_TRUE(same_bits(a_branch, dbranch));
  const Tensor b = dy.clone(), b_skip({5, 19}, DType::kF32);
  kCpu.backward(kSpec, b, skip, sg, branch, bg, b_skip, Write::kReplace, b, {}, {}, Write::kReplace);
  EXPECT_TRUE(same_bits(b, dbranch));
  EXPECT_TRUE(same_bits(b_skip, dskip));
}

TEST(Join, ThreadsChangeNoBit) {
  Rng rng(4, "join.threads");
  const Tensor dy = random_tensor(rng, {300, 129}), skip = random_tensor(rng, {300, 129}), branch = random_tensor(rng, {300, 129});
  const Tensor gain = gain_of(rng, 129);
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor dgain({129}, DType::kF32);
        kCpu.backward(kSpec, dy, skip, {}, branch, gain, {}, Write::kReplace, {}, {}, dgain, Write::kReplace);
        return dgain;
      },
      "dbranch_gain");
}

TEST(Join, GradientsOfTheDefinitionAreDerivatives) {
  Rng rng(5, "join.gradient");
  for (const size_t gains : {size_t{0}, size_t{1}, size_t{4}}) {
    const std::vector<double> skip = normals(rng, 12), branch = normals(rng, 12), sg = normals(rng, gains), bg = normals(rng, gains),
                              dy = normals(rng, 12);
    const auto run = [&](const std::vector<double>& branch, const std::vector<double>& bg) {
      std::vector<double> y(12);
      ref::join<double>(4, {1.5, sg}, skip, {-0.25, bg}, branch, y);
      return y;
    };
    std::vector<double> dbranch(12), dbg(gains);
    ref::join_vjp<double>(4, {-0.25, bg}, dy, branch, dbranch, dbg);
    EXPECT_LT(gradient_error([&](auto& v) { return run(v, bg); }, branch, dy, dbranch), 1e-8);
    if (gains == 0) continue;
    EXPECT_LT(gradient_error([&](auto& v) { return run(branch, v); }, bg, dy, dbg), 1e-8);
    std::vector<double> forgets_the_scale(gains);
    ref::join_vjp<double>(4, {1.0, bg}, dy, branch, {}, forgets_the_scale);
    EXPECT_GT(gradient_error([&](auto& v) { return run(branch, v); }, bg, dy, forgets_the_scale), 0.1);
  }
}

}  // namespace
}  // namespace gimbal::kernels
