// The product for older CPUs on each instruction set: against the definition, and row by row.
#include "kernels/tiled_product.h"

#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

struct Case {
  int64_t rows, inner, cols;
};

/// a[rows, inner] b[inner, cols] in double, whatever way the two are stored.
std::vector<double> expected_of(const Product& p, const Tensor& a, const Tensor& b) {
  std::vector<double> dst(static_cast<size_t>(p.rows * p.cols), 0.0);
  for (int64_t i = 0; i < p.rows; ++i) {
    for (int64_t j = 0; j < p.cols; ++j) {
      for (int64_t k = 0; k < p.inner; ++k) {
        const double left = a.at(p.a == Stored::kPlain ? i * p.inner + k : k * p.rows + i);
        const double right = b.at(p.b == Stored::kPlain ? k * p.cols + j : j * p.inner + k);
        dst[static_cast<size_t>(i * p.cols + j)] += left * right;
      }
    }
  }
  return dst;
}

TEST(TiledProduct, IsTheDefinitionInEveryForm) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "tiled_product");
    for (const Case& c : {Case{1, 1, 1}, Case{7, 3, 65}, Case{5, 300, 17}, Case{200, 33, 70}}) {
      for (const Stored a_stored : {Stored::kPlain, Stored::kTransposed}) {
        for (const Stored b_stored : {Stored::kPlain, Stored::kTransposed}) {
          const Product p{.rows = c.rows, .inner = c.inner, .cols = c.cols, .a = a_stored, .b = b_stored, .has_bias = true, .write = Write::kAdd};
          const Tensor a = misaligned(random_tensor(rng, {c.rows * c.inner})), b = misaligned(random_tensor(rng, {c.inner * c.cols}));
          const Tensor bias = random_tensor(rng, {c.cols}), dst = misaligned(random_tensor(rng, {c.rows, c.cols}));
          std::vector<double> expected = expected_of(p, a, b);
          for (int64_t i = 0; i < dst.elements(); ++i) expected[static_cast<size_t>(i)] += dst.at(i) + bias.at(i % c.cols);
          multiply_in_tiles(p, a.data<float>(), b.data<float>(), bias.data<float>(), dst.data<float>());
          const auto bound = [&](size_t) { return 2 * ulp(DType::kF32, 1) * static_cast<double>(c.inner + 4); };
          expect_close(dst, expected, bound, cat(target, " ", c.rows, " x ", c.inner, " x ", c.cols));
        }
      }
    }
  });
}

TEST(TiledProduct, ARowIsTheSameAmongAnyNumberOfRows) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "tiled_product.rows");
    const Tensor a = random_tensor(rng, {205, 300}), b = random_tensor(rng, {300, 70}), all({205, 70}, DType::kF32), last({1, 70}, DType::kF32);
    const Product p{.rows = 205, .inner = 300, .cols = 70, .a = Stored::kPlain, .b = Stored::kPlain};
    const Product one{.rows = 1, .inner = 300, .cols = 70, .a = Stored::kPlain, .b = Stored::kPlain};
    multiply_in_tiles(p, a.data<float>(), b.data<float>(), nullptr, all.data<float>());
    multiply_in_tiles(one, a.data<float>() + 204 * 300, b.data<float>(), nullptr, last.data<float>());
    EXPECT_TRUE(same_bits(last, all.slice_rows(204, 205))) << target;
  });
}

}  // namespace
}  // namespace gimbal::kernels
