// Jacobi rotations, Cholesky.
#include "lab/stand/matrix.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gimbal::lab {
namespace {

constexpr int kMostSweeps = 60;
constexpr double kOrthogonal = 1e-14;

Matrix transposed(const Matrix& m) {
  Matrix t(m.cols, m.rows);
  for (size_t r = 0; r < m.rows; ++r)
    for (size_t c = 0; c < m.cols; ++c) t.at(c, r) = m.at(r, c);
  return t;
}

// Turns rows a and b until they are orthogonal; false when they were.
bool make_orthogonal(Matrix& m, size_t a, size_t b) {
  double aa = 0, bb = 0, ab = 0;
  for (size_t c = 0; c < m.cols; ++c) aa += m.at(a, c) * m.at(a, c), bb += m.at(b, c) * m.at(b, c), ab += m.at(a, c) * m.at(b, c);
  if (std::abs(ab) <= kOrthogonal * std::sqrt(aa * bb)) return false;
  const double zeta = (bb - aa) / (2 * ab), t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const double cosine = 1 / std::sqrt(1 + t * t), sine = cosine * t;
  for (size_t c = 0; c < m.cols; ++c) {
    const double x = m.at(a, c), y = m.at(b, c);
    m.at(a, c) = cosine * x - sine * y;
    m.at(b, c) = sine * x + cosine * y;
  }
  return true;
}

// In place: the lower triangle of a becomes L with L L^T = a.
void cholesky(Matrix& a) {
  for (size_t j = 0; j < a.rows; ++j)
    for (size_t i = j; i < a.rows; ++i) {
      double sum = a.at(i, j);
      for (size_t k = 0; k < j; ++k) sum -= a.at(i, k) * a.at(j, k);
      GIMBAL_ASSERT(i != j || sum > 0, "the columns are not independent; a ridge would help");
      a.at(i, j) = i == j ? std::sqrt(sum) : sum / a.at(j, j);
    }
}

}  // namespace

std::vector<double> singular_values(Matrix m) {
  if (m.rows > m.cols) m = transposed(m);
  bool turned = true;
  for (int sweep = 0; turned && sweep < kMostSweeps; ++sweep) {
    turned = false;
    for (size_t a = 0; a < m.rows; ++a)
      for (size_t b = a + 1; b < m.rows; ++b) turned = make_orthogonal(m, a, b) || turned;
  }
  std::vector<double> sigma;
  for (size_t r = 0; r < m.rows; ++r) {
    double square = 0;
    for (size_t c = 0; c < m.cols; ++c) square += m.at(r, c) * m.at(r, c);
    sigma.push_back(std::sqrt(square));
  }
  std::sort(sigma.rbegin(), sigma.rend());
  return sigma;
}

double effective_rank(const std::vector<double>& sigma) {
  const double sum = std::accumulate(sigma.begin(), sigma.end(), 0.0);
  double entropy = 0;
  for (const double s : sigma)
    if (s > 0) entropy -= s / sum * std::log(s / sum);
  return std::exp(entropy);
}

int64_t numerical_rank(const std::vector<double>& sigma, double relative) {
  return std::count_if(sigma.begin(), sigma.end(), [&](double s) { return s > relative * sigma.front(); });
}

std::vector<double> least_squares(const Matrix& x, const std::vector<double>& y, double ridge) {
  Matrix gram(x.cols, x.cols);
  std::vector<double> w(x.cols);
  for (size_t r = 0; r < x.rows; ++r)
    for (size_t i = 0; i < x.cols; ++i) {
      w[i] += x.at(r, i) * y[r];
      for (size_t j = 0; j <= i; ++j) gram.at(i, j) += x.at(r, i) * x.at(r, j);
    }
  for (size_t i = 0; i < x.cols; ++i) gram.at(i, i) += ridge;
  cholesky(gram);
  for (size_t i = 0; i < w.size(); ++i) {
    for (size_t k = 0; k < i; ++k) w[i] -= gram.at(i, k) * w[k];
    w[i] /= gram.at(i, i);
  }
  for (size_t i = w.size(); i-- > 0;) {
    for (size_t k = i + 1; k < w.size(); ++k) w[i] -= gram.at(k, i) * w[k];
    w[i] /= gram.at(i, i);
  }
  return w;
}

double explained(const Matrix& x, const std::vector<double>& y, const std::vector<double>& w) {
  const double mean = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
  double residual = 0, variance = 0;
  for (size_t r = 0; r < x.rows; ++r) {
    double guess = 0;
    for (size_t c = 0; c < x.cols; ++c) guess += x.at(r, c) * w[c];
    residual += (guess - y[r]) * (guess - y[r]);
    variance += (y[r] - mean) * (y[r] - mean);
  }
  return 1 - residual / variance;
}

}  // namespace gimbal::lab
