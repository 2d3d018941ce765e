// Whole-tensor passes against their definition on each instruction set.
#include "kernels/elementwise.h"

#include "kernels/elementwise_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const ElementwiseKernels kCpu = elementwise_cpu(), kReference = elementwise_reference();
const std::vector<int64_t> kCounts = {0, 1, 3, 7, 15, 16, 17, 31, 33, 255, 257, 16384, 40001};

TEST(Elementwise, CopyConvertsScalesAndAdds) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "elementwise.copy");
    for (const int64_t n : kCounts) {
      for (const DType from : {DType::kF32, DType::kBF16}) {
        for (const DType to : {DType::kF32, DType::kBF16}) {
          for (const Write write : {Write::kReplace, Write::kAdd}) {
            const Tensor x = misaligned(random_tensor(rng, {n}, from)), y = misaligned(random_tensor(rng, {n}, to)), expected = y.to(DType::kF64);
            kCpu.copy(x, 0.75, y, write);
            kReference.copy(x, 0.75, expected, write);
            const auto bound = [&](size_t i) { return ulp(DType::kF32, std::abs(x.at(static_cast<int64_t>(i))) + 1); };
            expect_close(y, expected.to_doubles(), bound, cat(target, " n=", n, " ", name_of(from), " to ", name_of(to)));
          }
        }
      }
    }
  });
}

TEST(Elementwise, ConversionToBFloat16RoundsToNearestEvenAndKeepsNan) {
  on_each_instruction_set([](const std::string& target) {
    std::vector<float> values = {0.0f,    -0.0f,  1.0f,     0x1.01p0f, 0x1.03p0f, 0x1.0100001p0f, -0x1.01p0f, 3e38f,
                                 3.4e38f, 1e-40f, INFINITY, -INFINITY, NAN};
    for (uint32_t i = 0; i < 4000; ++i) {
      const auto bits = static_cast<uint32_t>(mix64(i));
      float value;
      std::memcpy(&value, &bits, sizeof value);
      values.push_back(value);
    }
    const Tensor x = Tensor::from<float>(values, {static_cast<int64_t>(values.size())}), y(x.shape(), DType::kBF16);
    kCpu.copy(x, 1, y, Write::kReplace);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) {
        EXPECT_TRUE(std::isnan(y.at(static_cast<int64_t>(i)))) << target;
      } else {
        EXPECT_EQ(y.data<BFloat16>()[i].bits, BFloat16::from(values[i]).bits) << target << " " << values[i];
      }
    }
  });
}

TEST(Elementwise, CopyInPlace) {
  on_each_instruction_set([](const std::string& target) {
    const Tensor x = Tensor::from_floats(std::vector<float>{1, 2, 3, 4, 5}, {5});
    kCpu.copy(x, 2, x, Write::kAdd);
    EXPECT_EQ(x.to_doubles(), (std::vector<double>{3, 6, 9, 12, 15})) << target;
  });
}

TEST(Elementwise, DropoutKeepsWhatTheStreamSays) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "elementwise.dropout");
    const Rng stream(3, "dropout");
    for (const int64_t n : kCounts) {
      for (const double p : {0.0, 0.1, 0.5, 1.0}) {
        for (const DType dtype : {DType::kF32, DType::kBF16}) {
          const Tensor x = misaligned(random_tensor(rng, {n}, dtype)), y = x.clone();
          kCpu.dropout(y, p, stream.key(), y);
          for (int64_t i = 0; i < n; ++i) {
            const bool kept = stream.uniform_at(static_cast<uint64_t>(i)) >= p;
            if (!kept) {
              ASSERT_EQ(y.at(i), 0) << target << " n=" << n << " i=" << i;
            } else {
              ASSERT_NEAR(y.at(i), x.at(i) / (1 - p), 2 * ulp(dtype, y.at(i))) << target << " n=" << n << " i=" << i;
            }
          }
        }
      }
    }
  });
}

TEST(Elementwise, ReferenceDropoutIsTheSameChoice) {
  const uint64_t key = Rng(4, "dropout").key();
  Rng rng(5, "elementwise.same");
  const Tensor x = random_tensor(rng, {5000}), y(x.shape(), DType::kF32), expected(x.shape(), DType::kF32);
  kCpu.dropout(x, 0.3, key, y);
  kReference.dropout(x, 0.3, key, expected);
  for (int64_t i = 0; i < 5000; ++i) EXPECT_EQ(y.at(i) == 0, expected.at(i) == 0) << i;
}

TEST(Elementwise, MomentsCountWhatIsNotFinite) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(6, "elementwise.moments");
    for (const int64_t n : {0, 1, 17, 1000, 65536, 70001}) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        const Tensor x = misaligned(random_tensor(rng, {n}, dtype));
        if (n > 20) {
          kCpu.copy(Tensor::from_floats(std::vector<float>{INFINITY, -7, NAN, -INFINITY}, {4}), 1, x.slice_rows(13, 17), Write::kReplace);
        }
        const Moments m = kCpu.moments(x), expected = kReference.moments(x);
        EXPECT_EQ(m.count, n) << target;
        EXPECT_EQ(m.non_finite, n > 20 ? 3 : 0) << target;
        EXPECT_EQ(m.max_abs, expected.max_abs) << target;
        EXPECT_NEAR(m.sum, expected.sum, 1e-12 * static_cast<double>(n)) << target;
        EXPECT_NEAR(m.sum_squares, expected.sum_squares, 1e-12 * static_cast<double>(n)) << target;
      }
    }
  });
}

TEST(Elementwise, LeastDeviationOfARow) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(8, "elementwise.deviation");
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const int64_t d : {1, 2, 7, 16, 17, 33, 255, 1000}) {
        for (const int64_t n : {0, 1, 3, 130}) {
          Tensor x = random_tensor(rng, {n, d});
          for (int64_t i = 0; dtype == DType::kF32 && i < x.elements(); ++i) x.data<float>()[i] += 1000;  // whose square has no digits for the rest
          if (n > 100) x.data<float>()[100 * d] = NAN, x.data<float>()[101 * d + d - 1] = INFINITY;
          x = misaligned(x.to(dtype));
          const double expected = kReference.least_row_deviation(x);
          EXPECT_EQ(expected > 0, n > 0 && d > 1) << "there is something to be wrong about";
          EXPECT_NEAR(kCpu.least_row_deviation(x), expected, 1e-4 * expected) << target << " " << name_of(dtype) << " n " << n << " d " << d;
        }
      }
    }
  });
}

TEST(Elementwise, ThreadsChangeNoBit) {
  Rng rng(7, "elementwise.threads");
  const Tensor x = random_tensor(rng, {200001});
  expect_same_bits_for_any_thread_count(
      [&] {
        const Moments m = kCpu.moments(x);
        return Tensor::from<double>(std::vector<double>{m.sum, m.sum_squares, m.max_abs}, {3});
      },
      "moments");
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor y(x.shape(), DType::kF32);
        kCpu.dropout(x, 0.2, 99, y);
        return y;
      },
      "dropout");
}

TEST(Elementwise, DropoutIsItsOwnGradient) {
  Rng rng(8, "elementwise.gradient");
  const std::vector<double> x = normals(rng, 40), dy = normals(rng, 40);
  std::vector<double> dx(40), with_another_stream(40);
  const auto run = [](const std::vector<double>& v) {
    std::vector<double> y(v.size());
    ref::dropout<double>(v, 0.4, 123, y);
    return y;
  };
  ref::dropout<double>(dy, 0.4, 123, dx);
  ref::dropout<double>(dy, 0.4, 124, with_another_stream);
  EXPECT_LT(gradient_error(run, x, dy, dx), 1e-8);
  EXPECT_GT(gradient_error(run, x, dy, with_another_stream), 0.1);
}

}  // namespace
}  // namespace gimbal::kernels
