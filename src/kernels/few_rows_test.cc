// Few rows times a weight matrix: every row count, odd sizes, both sides of the block lengths, and oneDNN's bits.
#include "kernels/few_rows.h"

#include "kernels/kernel_checks.h"
#include "kernels/matmul.h"
#include "kernels/onednn.h"

namespace gimbal::kernels {
namespace {

class FewRowsOf : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (!few_rows_supported(GetParam())) GTEST_SKIP() << "this CPU has no kernel for few rows of " << name_of(GetParam());
  }
};

TEST_P(FewRowsOf, AreTheDefinition) {
  const DType in = GetParam();
  Rng rng(1, "few_rows");
  for (int64_t n = 1; n <= kMostFewRows; ++n) {
    for (const auto& [k, m] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {17, 15}, {31, 16}, {64, 33}, {515, 70}, {1041, 18}}) {
      for (const DType out : {DType::kF32, in}) {
        const Tensor x = misaligned(random_tensor(rng, {n, k}, in)), w = misaligned(random_tensor(rng, {m, k}, in)), bias = random_tensor(rng, {m});
        const Tensor y = misaligned(Tensor({n, m}, out)), expected({n, m}, DType::kF64);
        linear_few_rows({n, k, m, x.raw(), w.raw(), bias.data<float>(), y.raw(), in, out});
        matmul_reference().linear(x, w, bias, expected);
        const double bound = 2 * ulp(DType::kF32, 1) * static_cast<double>(k + 4);
        expect_close(
            y, expected.to_doubles(), [bound](size_t) { return bound; }, cat(n, " x ", k, " x ", m, " ", name_of(in), " to ", name_of(out)));
      }
    }
  }
}

TEST_P(FewRowsOf, HaveTheBitsOfOneDnn) {
  const DType in = GetParam();
  Rng rng(2, "few_rows.bits");
  for (const int64_t k : {40, 511, 513, 768, 1000, 1024, 1100, 3072}) {
    const Tensor x = random_tensor(rng, {3, k}, in), w = random_tensor(rng, {50, k}, in), bias = random_tensor(rng, {50});
    for (const DType out : {DType::kF32, in}) {
      const Tensor ours({3, 50}, out), theirs({3, 50}, out);
      linear_few_rows({3, k, 50, x.raw(), w.raw(), bias.data<float>(), ours.raw(), in, out});
      const Product p{.rows = 3, .inner = k, .cols = 50, .a = Stored::kPlain, .b = Stored::kTransposed, .in = in, .out = out, .has_bias = true};
      onednn::multiply(p, x.raw(), w.raw(), bias.raw(), theirs.raw());
      EXPECT_TRUE(same_bits(ours, theirs)) << "k=" << k << " " << name_of(in) << " to " << name_of(out);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, FewRowsOf, ::testing::Values(DType::kF32, DType::kBF16),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace gimbal::kernels
