// Jacobi's eigenvalues, Cholesky's factor, products.
#include "lab/nets/dense.h"

#include <cmath>

#include "core/error.h"

namespace gimbal::lab::nets {

Square identity(int64_t d) {
  Square a(d);
  for (int64_t i = 0; i < d; ++i) a(i, i) = 1;
  return a;
}

Square transposed(const Square& a) {
  Square t(a.d);
  for (int64_t i = 0; i < a.d; ++i)
    for (int64_t j = 0; j < a.d; ++j) t(j, i) = a(i, j);
  return t;
}

Square times(const Square& a, const Square& b) {
  const int64_t d = a.d;
  Square c(d);
  for (int64_t i = 0; i < d; ++i) {
    const double* row = a.values.data() + i * d;
    double* sums = c.values.data() + i * d;
    int64_t k = 0;
    for (; k + 4 <= d; k += 4) {  // four rows of b at once, so that the sums are read and written a quarter as often
      const double f0 = row[k], f1 = row[k + 1], f2 = row[k + 2], f3 = row[k + 3];
      const double *b0 = b.values.data() + k * d, *b1 = b0 + d, *b2 = b1 + d, *b3 = b2 + d;
#pragma omp simd
      for (int64_t j = 0; j < d; ++j) sums[j] += f0 * b0[j] + f1 * b1[j] + f2 * b2[j] + f3 * b3[j];
    }
    for (; k < d; ++k)
      for (int64_t j = 0; j < d; ++j) sums[j] += row[k] * b(k, j);
  }
  return c;
}

Square plus(const Square& a, double factor, const Square& b) {
  Square c = a;
  for (size_t i = 0; i < c.values.size(); ++i) c.values[i] += factor * b.values[i];
  return c;
}

double trace(const Square& a) {
  double sum = 0;
  for (int64_t i = 0; i < a.d; ++i) sum += a(i, i);
  return sum;
}

double inner(const Square& a, const Square& b) {
  double sum = 0;
  for (size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

namespace {

// Turns rows (or columns) p and q of `m` by the angle whose cosine and sine are c and s.
void turn_rows(Square& m, int64_t p, int64_t q, double c, double s) {
  for (int64_t k = 0; k < m.d; ++k) {
    const double x = m(p, k), y = m(q, k);
    m(p, k) = c * x - s * y;
    m(q, k) = s * x + c * y;
  }
}
void turn_columns(Square& m, int64_t p, int64_t q, double c, double s) {
  for (int64_t k = 0; k < m.d; ++k) {
    const double x = m(k, p), y = m(k, q);
    m(k, p) = c * x - s * y;
    m(k, q) = s * x + c * y;
  }
}

double off_diagonal_squares(const Square& a) {
  double sum = 0;
  for (int64_t i = 0; i < a.d; ++i)
    for (int64_t j = 0; j < a.d; ++j)
      if (i != j) sum += a(i, j) * a(i, j);
  return sum;
}

}  // namespace

Eigen eigen_of_symmetric(Square a) {
  const int64_t d = a.d;
  Square rows = identity(d);  // eigenvectors, as rows: neighbours in memory
  const double enough = 1e-28 * inner(a, a);
  for (int sweep = 0; sweep < 40 && off_diagonal_squares(a) > enough; ++sweep)
    for (int64_t p = 0; p < d; ++p)
      for (int64_t q = p + 1; q < d; ++q) {
        if (a(p, q) == 0) continue;
        const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        turn_rows(a, p, q, c, s);
        turn_columns(a, p, q, c, s);
        turn_rows(rows, p, q, c, s);
      }
  Eigen eigen{transposed(rows), std::vector<double>(static_cast<size_t>(d))};
  for (int64_t i = 0; i < d; ++i) eigen.values[static_cast<size_t>(i)] = a(i, i);
  return eigen;
}

Square cholesky(const Square& a) {
  const int64_t d = a.d;
  Square l(d);
  for (int64_t i = 0; i < d; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double rest = a(i, j);
      for (int64_t k = 0; k < j; ++k) rest -= l(i, k) * l(j, k);
      if (i != j) {
        l(i, j) = rest / l(j, j);
      } else {
        if (!(rest > 0)) fail("a covariance is not positive definite: its channels depend on each other; raise eps");
        l(i, i) = std::sqrt(rest);
      }
    }
  return l;
}

Square inverse_of_lower(const Square& l) {
  const int64_t d = l.d;
  Square inverse(d);
  for (int64_t j = 0; j < d; ++j)
    for (int64_t i = j; i < d; ++i) {
      double rest = i == j ? 1 : 0;
      for (int64_t k = j; k < i; ++k) rest -= l(i, k) * inverse(k, j);
      inverse(i, j) = rest / l(i, i);
    }
  return inverse;
}

}  // namespace gimbal::lab::nets
