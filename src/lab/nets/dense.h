// Small dense matrices in double, row-major d x d: what whitening needs of linear algebra.
#pragma once

#include <cstdint>
#include <vector>

namespace gimbal::lab::nets {

/// A square matrix; element (i, j) is values[i * d + j].
struct Square {
  int64_t d = 0;
  std::vector<double> values;

  Square() = default;
  explicit Square(int64_t size) : d(size), values(static_cast<size_t>(size * size)) {}
  double& operator()(int64_t i, int64_t j) { return values[static_cast<size_t>(i * d + j)]; }
  double operator()(int64_t i, int64_t j) const { return values[static_cast<size_t>(i * d + j)]; }
};

Square identity(int64_t d);
Square transposed(const Square& a);
Square times(const Square& a, const Square& b);
/// a + factor * b.
Square plus(const Square& a, double factor, const Square& b);
double trace(const Square& a);
/// Sum of a_ij b_ij.
double inner(const Square& a, const Square& b);

/// a = vectors diag(values) vectors^T of a symmetric matrix, through a tridiagonal form; column k of vectors belongs to values[k].
struct Eigen {
  Square vectors;
  std::vector<double> values;
};
Eigen eigen_of_symmetric(Square a);

/// The lower L with a = L L^T. Error when a is not positive definite.
Square cholesky(const Square& a);
/// The inverse of a lower triangular matrix.
Square inverse_of_lower(const Square& l);

}  // namespace gimbal::lab::nets
