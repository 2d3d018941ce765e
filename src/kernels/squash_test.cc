// The squashing norms against their definition on each instruction set, and the definition's gradient against finite differences.
#include "kernels/squash.h"

#include "kernels/kernel_checks.h"
#include "kernels/squash_ref.h"

namespace gimbal::kernels {
namespace {

const SquashKernels kCpu = squash_cpu(), kReference = squash_reference();
constexpr Squash kKinds[] = {Squash::kTanh, Squash::kErf};

struct Case {
  int64_t n, d;
};
const std::vector<Case> kCases = {{0, 3}, {1, 1}, {2, 7}, {5, 16}, {3, 17}, {4, 33}, {40, 515}};

Tensor number(float value) { return Tensor::from_floats(std::vector<float>{value}, {1}); }

/// What the norm has besides x: shift only for erf; gain and bias by choice.
struct Parameters {
  Tensor alpha = number(0.7f), shift, gain, bias;

  Parameters(Rng& rng, Squash kind, int64_t d, bool affine) {
    if (kind == Squash::kErf) shift = number(-0.4f);
    if (affine) gain = random_tensor(rng, {d});
    if (affine) bias = random_tensor(rng, {d});
  }
};

std::string name_of_case(const std::string& target, Squash kind, const Case& c, DType dtype) {
  return cat(target, kind == Squash::kTanh ? " tanh " : " erf ", name_of(dtype), " [", c.n, ", ", c.d, "]");
}

TEST(Squash, ValuesOverTheWholeRange) {
  std::vector<float> xs;
  for (int i = -3000; i <= 3000; ++i) xs.push_back(static_cast<float>(i) * 0.005f);
  for (int e = -30; e <= 30; ++e) xs.insert(xs.end(), {std::ldexp(1.3f, e), -std::ldexp(1.3f, e)});
  const Tensor x = Tensor::from<float>(xs, {1, static_cast<int64_t>(xs.size())});
  on_each_instruction_set([&](const std::string& target) {
    for (const Squash kind : kKinds) {
      const Tensor y(x.shape(), DType::kF32), want(x.shape(), DType::kF64);
      kCpu.forward(kind, x, number(1), {}, {}, {}, y);
      kReference.forward(kind, x, number(1), {}, {}, {}, want);
      const std::vector<double> expected = want.to_doubles();
      expect_close(
          y, expected, [&](size_t i) { return 4 * ulp(DType::kF32, expected[i]); }, name_of_case(target, kind, {1, x.cols()}, DType::kF32));
    }
  });
}

TEST(Squash, ForwardAndBackwardAreTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "squash.shapes");
    for (const Squash kind : kKinds) {
      for (const Case& c : kCases) {
        for (const DType dtype : {DType::kF32, DType::kBF16}) {
          for (const bool affine : {false, true}) {
            for (const Write write : {Write::kReplace, Write::kAdd}) {
              const Parameters p(rng, kind, c.d, affine);
              const Tensor x = misaligned(random_tensor(rng, {c.n, c.d}, dtype, 2)), dy = misaligned(random_tensor(rng, {c.n, c.d}, dtype));
              const std::string what = name_of_case(target, kind, c, dtype);
              const Tensor y({c.n, c.d}, dtype), want_y({c.n, c.d}, DType::kF64);
              kCpu.forward(kind, x, p.alpha, p.shift, p.gain, p.bias, y);
              kReference.forward(kind, x, p.alpha, p.shift, p.gain, p.bias, want_y);
              expect_close(
                  y, want_y.to_doubles(), [](size_t) { return 4 * ulp(DType::kF32, 8); }, what);

              const Tensor dx = random_tensor(rng, {c.n, c.d}), dalpha = random_tensor(rng, {1}), dshift = random_tensor(rng, {1});
              const Tensor dgain = random_tensor(rng, {c.d}), dbias = random_tensor(rng, {c.d});
              const auto wide = [](const Tensor& t) { return t.to(DType::kF64).clone(); };
              const Tensor want_dx = wide(dx), want_dalpha = wide(dalpha), want_dshift = wide(dshift), want_dgain = wide(dgain),
                           want_dbias = wide(dbias);
              kCpu.backward(kind, dy, x, p.alpha, p.shift, p.gain, dx, write, {dalpha, dshift, dgain, dbias, write});
              kReference.backward(kind, dy, x, p.alpha, p.shift, p.gain, want_dx, write, {want_dalpha, want_dshift, want_dgain, want_dbias, write});
              const auto bound = [&](double terms) { return [terms](size_t) { return 4 * ulp(DType::kF32, 8) * (terms + 4); }; };
              const double rows = static_cast<double>(c.n), all = static_cast<double>(c.n * c.d);
              expect_close(dx, want_dx.to_doubles(), bound(4), "dx " + what);
              expect_close(dalpha, want_dalpha.to_doubles(), bound(all), "dalpha " + what);
              expect_close(dshift, want_dshift.to_doubles(), bound(all), "dshift " + what);
              expect_close(dgain, want_dgain.to_doubles(), bound(rows), "dgain " + what);
              expect_close(dbias, want_dbias.to_doubles(), bound(rows), "dbias " + what);
            }
          }
        }
      }
    }
  });
}

TEST(Squash, TheDefinitionsGradientIsTheDerivative) {
  Rng rng(2, "squash.derivative");
  const size_t d = 9;
  for (const Squash kind : kKinds) {
    const std::vector<double> x = normals(rng, d), dy = normals(rng, d), gain = normals(rng, d), bias = normals(rng, d), scalars = {0.8, -0.3};
    const auto y = [&](const std::vector<double>& at, const std::vector<double>& s, const std::vector<double>& g) {
      std::vector<double> out(d);
      reference::squash_forward<double>(kind, at, s[0], s[1], g, bias, out);
      return out;
    };
    std::vector<double> dx(d), dgain(d), dbias(d), dscalars(2);
    reference::squash_vjp<double>(kind, dy, x, scalars[0], scalars[1], gain, dx, dscalars[0], dscalars[1], dgain, dbias);
    EXPECT_LT(gradient_error([&](const auto& v) { return y(v, scalars, gain); }, x, dy, dx), 1e-8);
    EXPECT_LT(gradient_error([&](const auto& v) { return y(x, v, gain); }, scalars, dy, dscalars), 1e-8);
    EXPECT_LT(gradient_error([&](const auto& v) { return y(x, scalars, v); }, gain, dy, dgain), 1e-8);
    EXPECT_EQ(dbias, dy);
  }
}

TEST(Squash, ThreadsDoNotChangeBits) {
  Rng rng(3, "squash.threads");
  const Tensor x = random_tensor(rng, {900, 41}), dy = random_tensor(rng, {900, 41});
  const Parameters p(rng, Squash::kErf, 41, true);
  const auto backward = [&](int which) {
    const Tensor dx({900, 41}, DType::kF32), dalpha({1}, DType::kF32), dshift({1}, DType::kF32), dgain({41}, DType::kF32), dbias({41}, DType::kF32);
    kCpu.backward(Squash::kErf, dy, x, p.alpha, p.shift, p.gain, dx, Write::kReplace, {dalpha, dshift, dgain, dbias, Write::kReplace});
    return std::vector<Tensor>{dx, dalpha, dshift, dgain, dbias}[static_cast<size_t>(which)];
  };
  for (const int which : {0, 1, 2, 3, 4}) expect_same_bits_for_any_thread_count([&] { return backward(which); }, cat("gradient ", which));
}

TEST(Squash, NotFiniteStaysNotFinite) {
  on_each_instruction_set([](const std::string& target) {
    for (const Squash kind : kKinds) {
      const Tensor x =
          Tensor::from_floats(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 0}, {1, 3});
      const Tensor y({1, 3}, DType::kF32);
      kCpu.forward(kind, x, number(1), {}, {}, {}, y);
      const Tensor dx({1, 3}, DType::kF32);
      kCpu.backward(kind, x, x, number(1), {}, {}, dx, Write::kReplace, {});
      EXPECT_TRUE(std::isnan(y.at(0)) && std::isnan(dx.at(0))) << target;
      EXPECT_EQ(y.at(1), 1.0) << target;
      EXPECT_EQ(y.at(2), 0.0) << target;
    }
  });
}

}  // namespace
}  // namespace gimbal::kernels
