// Singular values, ranks and least squares against cases that are known by construction.
#include "lab/stand/matrix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"

namespace gimbal::lab {
namespace {

Matrix random_matrix(size_t rows, size_t cols, uint64_t seed) {
  Rng random(seed, "matrix test");
  Matrix m(rows, cols);
  for (double& v : m.values) v = random.normal();
  return m;
}

TEST(Matrix, SingularValuesOfARotatedDiagonal) {
  const double c = std::cos(0.7), s = std::sin(0.7);
  Matrix m(2, 3);  // rotation x diag(5, 2), and a column of zeros
  m.values = {5 * c, -2 * s, 0, 5 * s, 2 * c, 0};
  const std::vector<double> sigma = singular_values(m);
  ASSERT_EQ(sigma.size(), 2u);
  EXPECT_NEAR(sigma[0], 5, 1e-12);
  EXPECT_NEAR(sigma[1], 2, 1e-12);
}

TEST(Matrix, RanksOfAProductOfThinMatrices) {
  const Matrix a = random_matrix(12, 3, 1), b = random_matrix(3, 9, 2);
  Matrix product(12, 9);
  double square = 0;
  for (size_t r = 0; r < 12; ++r)
    for (size_t c = 0; c < 9; ++c) {
      for (size_t k = 0; k < 3; ++k) product.at(r, c) += a.at(r, k) * b.at(k, c);
      square += product.at(r, c) * product.at(r, c);
    }
  const std::vector<double> sigma = singular_values(product);
  double sum = 0;
  for (const double s : sigma) sum += s * s;
  EXPECT_NEAR(sum, square, 1e-9 * square);
  EXPECT_EQ(numerical_rank(sigma, 1e-6), 3);
  EXPECT_GT(effective_rank(sigma), 1);
  EXPECT_LT(effective_rank(sigma), 3.0001);
  EXPECT_NEAR(effective_rank({1, 1, 1, 1}), 4, 1e-12);
}

TEST(Matrix, LeastSquaresFindsTheWeightsThatMadeTheData) {
  const Matrix x = random_matrix(40, 4, 3);
  const std::vector<double> weights = {1, -2, 0.5, 3};
  std::vector<double> y(40);
  for (size_t r = 0; r < 40; ++r)
    for (size_t c = 0; c < 4; ++c) y[r] += x.at(r, c) * weights[c];
  const std::vector<double> found = least_squares(x, y, 0);
  for (size_t c = 0; c < 4; ++c) EXPECT_NEAR(found[c], weights[c], 1e-10);
  EXPECT_NEAR(explained(x, y, found), 1, 1e-12);
  EXPECT_LT(explained(x, y, {0, 0, 0, 0}), 0.1);
}

}  // namespace
}  // namespace gimbal::lab
