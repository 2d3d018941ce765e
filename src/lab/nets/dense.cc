// Eigenvalues by Householder's reflections and shifted QR steps (Golub & Van Loan, sections 8.3.1 and 8.3.5), Cholesky's factor, products.
#include "lab/nets/dense.h"

#include <cmath>
#include <limits>

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

/// A symmetric matrix on its way: rows^T tridiagonal(diagonal, beside) rows.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
  Square rows;  // orthogonal; row k belongs to diagonal[k] in the end
};

// One reflection I - 2 v v^T that clears column k below its first two entries, from both sides.
void reflect(Square& a, Square& rows, int64_t k) {
  const int64_t d = a.d;
  std::vector<double> v(static_cast<size_t>(d)), p(static_cast<size_t>(d)), along(static_cast<size_t>(d));
  double size = 0;
  for (int64_t i = k + 1; i < d; ++i) size += a(i, k) * a(i, k);
  size = std::sqrt(size);
  if (size == 0) return;
  double length = 0;
  for (int64_t i = k + 1; i < d; ++i) {
    const double target = i == k + 1 ? (a(i, k) > 0 ? -size : size) : 0;
    v[static_cast<size_t>(i)] = a(i, k) - target;
    length += v[static_cast<size_t>(i)] * v[static_cast<size_t>(i)];
  }
  for (double& x : v) x /= std::sqrt(length);
  double shared = 0;
  for (int64_t i = k; i < d; ++i) {
    double sum = 0;
    for (int64_t j = k; j < d; ++j) sum += a(i, j) * v[static_cast<size_t>(j)];
    p[static_cast<size_t>(i)] = sum;
    shared += sum * v[static_cast<size_t>(i)];
  }
  for (int64_t i = k; i < d; ++i) p[static_cast<size_t>(i)] = 2 * (p[static_cast<size_t>(i)] - shared * v[static_cast<size_t>(i)]);
  for (int64_t i = k; i < d; ++i)
    for (int64_t j = k; j < d; ++j)
      a(i, j) -= v[static_cast<size_t>(i)] * p[static_cast<size_t>(j)] + p[static_cast<size_t>(i)] * v[static_cast<size_t>(j)];
  for (int64_t i = k + 1; i < d; ++i)
    for (int64_t j = 0; j < d; ++j) along[static_cast<size_t>(j)] += v[static_cast<size_t>(i)] * rows(i, j);
  for (int64_t i = k + 1; i < d; ++i)
    for (int64_t j = 0; j < d; ++j) rows(i, j) -= 2 * v[static_cast<size_t>(i)] * along[static_cast<size_t>(j)];
}

// One QR step with Wilkinson's shift on the block [low, high]: a bulge is chased down by rotations of neighbours.
void qr_step(Tridiagonal& t, size_t low, size_t high) {
  auto& [diagonal, beside, rows] = t;
  const double half = (diagonal[high - 1] - diagonal[high]) / 2, last = beside[high - 1];
  const double shift = diagonal[high] - last * last / (half + (half >= 0 ? 1 : -1) * std::hypot(half, last));
  double x = diagonal[low] - shift, z = beside[low];
  for (size_t k = low; k < high; ++k) {
    const double r = std::hypot(x, z), c = r > 0 ? x / r : 1, s = r > 0 ? z / r : 0;
    if (k > low) beside[k - 1] = r;
    const double upper = diagonal[k], lower = diagonal[k + 1], between = beside[k];
    diagonal[k] = c * c * upper + 2 * c * s * between + s * s * lower;
    diagonal[k + 1] = s * s * upper - 2 * c * s * between + c * c * lower;
    beside[k] = c * s * (lower - upper) + (c * c - s * s) * between;
    if (k + 1 < high) {
      x = beside[k];
      z = s * beside[k + 1];
      beside[k + 1] *= c;
    }
    double *a = rows.values.data() + static_cast<int64_t>(k) * rows.d, *b = a + rows.d;
#pragma omp simd
    for (int64_t j = 0; j < rows.d; ++j) {
      const double above = a[j], below = b[j];
      a[j] = c * above + s * below;
      b[j] = c * below - s * above;
    }
  }
}

}  // namespace

Eigen eigen_of_symmetric(Square a) {
  const int64_t d = a.d;
  Tridiagonal t{{}, {}, identity(d)};
  for (int64_t k = 0; k + 2 < d; ++k) reflect(a, t.rows, k);
  for (int64_t i = 0; i < d; ++i) t.diagonal.push_back(a(i, i));
  for (int64_t i = 0; i + 1 < d; ++i) t.beside.push_back(a(i + 1, i));
  const auto vanishes = [&](size_t i) {
    return std::abs(t.beside[i]) <= std::numeric_limits<double>::epsilon() * (std::abs(t.diagonal[i]) + std::abs(t.diagonal[i + 1]));
  };
  int64_t steps_left = 60 * d;  // two or three steps an eigenvalue are usual; values that are not finite never converge
  for (size_t high = d > 0 ? static_cast<size_t>(d) - 1 : 0; high > 0 && steps_left > 0;) {
    if (vanishes(high - 1)) {
      --high;
      continue;
    }
    size_t low = high - 1;
    while (low > 0 && !vanishes(low - 1)) --low;
    qr_step(t, low, high);
    --steps_left;
  }
  return {transposed(t.rows), t.diagonal};
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
