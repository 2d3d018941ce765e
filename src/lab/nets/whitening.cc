// Three square roots of an inverse covariance, with their backward.
#include "lab/nets/whitening.h"

#include <algorithm>
#include <cmath>

#include "kernels/table.h"
#include "lab/nets/elements.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::nets {

using kernels::Write;

namespace {

Square symmetric_part(const Square& a) {
  Square s(a.d);
  for (int64_t i = 0; i < a.d; ++i)
    for (int64_t j = 0; j < a.d; ++j) s(i, j) = 0.5 * (a(i, j) + a(j, i));
  return s;
}

Square zca_matrix(const Eigen& e) {
  Square scaled = e.vectors;
  for (int64_t i = 0; i < scaled.d; ++i)
    for (int64_t j = 0; j < scaled.d; ++j) scaled(i, j) /= std::sqrt(e.values[static_cast<size_t>(j)]);
  return times(scaled, transposed(e.vectors));
}

// dSigma = U (K o (U^T dW U)) U^T with K_ij = (f(l_i) - f(l_j)) / (l_i - l_j), f = l^(-1/2), written without the difference that vanishes.
Square zca_backward(const Eigen& e, const Square& dw) {
  const Square t = transposed(e.vectors);
  Square inside = times(times(t, symmetric_part(dw)), e.vectors);
  for (int64_t i = 0; i < dw.d; ++i)
    for (int64_t j = 0; j < dw.d; ++j) {
      const double p = std::sqrt(e.values[static_cast<size_t>(i)]), q = std::sqrt(e.values[static_cast<size_t>(j)]);
      inside(i, j) *= -1 / (p * q * (p + q));
    }
  return times(times(e.vectors, inside), t);
}

// W = L^-1: dL = -(W^T dW W^T), lower part; then Sigma's gradient (Murray, arXiv:1602.07527): sym(W^T phi(L^T dL) W).
Square cholesky_backward(const Square& sigma, const Square& dw) {
  const Square l = cholesky(sigma), w = inverse_of_lower(l), wt = transposed(w);
  Square dl = times(times(wt, dw), wt);
  for (int64_t i = 0; i < sigma.d; ++i)
    for (int64_t j = 0; j < sigma.d; ++j) dl(i, j) = j <= i ? -dl(i, j) : 0;
  Square phi = times(transposed(l), dl);
  for (int64_t i = 0; i < sigma.d; ++i)
    for (int64_t j = i; j < sigma.d; ++j) phi(i, j) = i == j ? phi(i, j) / 2 : 0;
  return symmetric_part(times(times(wt, phi), w));
}

std::vector<Square> newton_schulz_iterates(const Square& s, int64_t iterations) {
  std::vector<Square> p = {identity(s.d)};
  for (int64_t k = 0; k < iterations; ++k) {
    const Square cubed = times(p.back(), times(p.back(), times(p.back(), s)));
    Square next(s.d);
    for (size_t i = 0; i < next.values.size(); ++i) next.values[i] = 1.5 * p.back().values[i] - 0.5 * cubed.values[i];
    p.push_back(std::move(next));
  }
  return p;
}

Square newton_schulz_backward(const Square& sigma, const std::vector<Square>& p, const Square& dw) {
  const double t = trace(sigma);
  const Square s = plus(Square(sigma.d), 1 / t, sigma);
  Square dp = plus(Square(sigma.d), 1 / std::sqrt(t), dw), ds(sigma.d);
  double dt = -0.5 * inner(dw, p.back()) * std::pow(t, -1.5);
  for (size_t k = p.size() - 1; k-- > 0;) {
    const Square& q = p[k];
    const Square qt = transposed(q), qq = times(q, q), qs = times(q, s);
    ds = plus(ds, -0.5, times(transposed(times(qq, q)), dp));
    const Square first = times(dp, transposed(times(q, qs))), second = times(times(qt, dp), transposed(qs)),
                 third = times(times(transposed(qq), dp), transposed(s));
    dp = plus(plus(plus(plus(Square(sigma.d), 1.5, dp), -0.5, first), -0.5, second), -0.5, third);
  }
  Square dsigma = plus(Square(sigma.d), 1 / t, ds);
  dt -= inner(ds, sigma) / (t * t);
  for (int64_t i = 0; i < sigma.d; ++i) dsigma(i, i) += dt;
  return symmetric_part(dsigma);
}

}  // namespace

WhiteningMatrix whitening_matrix(const WhiteningSpec& spec, const Square& sigma) {
  WhiteningMatrix m{.sigma = sigma};
  switch (spec.kind) {
    case Whitening::kZca:
      m.eigen = eigen_of_symmetric(sigma);
      m.w = zca_matrix(m.eigen);
      break;
    case Whitening::kCholesky:
      m.w = inverse_of_lower(cholesky(sigma));
      break;
    case Whitening::kNewtonSchulz: {
      const double t = trace(sigma);
      m.iterates = newton_schulz_iterates(plus(Square(sigma.d), 1 / t, sigma), spec.iterations);
      m.w = plus(Square(sigma.d), 1 / std::sqrt(t), m.iterates.back());
    }
  }
  return m;
}

Square whitening_matrix_backward(const WhiteningSpec& spec, const WhiteningMatrix& m, const Square& dw) {
  switch (spec.kind) {
    case Whitening::kZca:
      return zca_backward(m.eigen, dw);
    case Whitening::kCholesky:
      return cholesky_backward(m.sigma, dw);
    case Whitening::kNewtonSchulz:
      break;
  }
  return newton_schulz_backward(m.sigma, m.iterates, dw);
}

namespace {

// Subtracts the column means of x (or of a gradient) from its rows.
Tensor centered(const Tensor& x, std::span<const double> mean) {
  Tensor y = same_kind(x, x.shape());
  const int64_t d = x.cols();
  with_element_type(x, [&]<class T>(T) {
    for (int64_t i = 0; i < x.elements(); ++i)
      y.data<T>()[i] = static_cast<T>(static_cast<double>(x.data<T>()[i]) - mean[static_cast<size_t>(i % d)]);
  });
  return y;
}

std::vector<double> column_means(const Tensor& x) {
  std::vector<double> mean(static_cast<size_t>(x.cols()));
  for (int64_t i = 0; i < x.elements(); ++i) mean[static_cast<size_t>(i % x.cols())] += x.at(i);
  for (double& m : mean) m /= static_cast<double>(x.rows());
  return mean;
}

Square square_from(const Tensor& t) {
  Square a(t.cols());
  a.values = t.to_doubles();
  return a;
}

// a^T b, [d, d], by the device's matrix kernels.
Square product_of_columns(const Tensor& a, const Tensor& b) {
  Tensor out = same_kind(a, Shape{a.cols(), b.cols()});
  kernels::on(a.device()).matmul.linear_dw(a, b, out, Write::kReplace);
  return square_from(out);
}

void blend(Parameter& running, std::span<const double> batch, double rate) {
  with_element_type(running.value, [&]<class T>(T) {
    for (size_t i = 0; i < batch.size(); ++i)
      running.value.data<T>()[i] = static_cast<T>((1 - rate) * static_cast<double>(running.value.data<T>()[i]) + rate * batch[i]);
  });
}

Square with_eps(Square covariance, double eps) {
  for (int64_t i = 0; i < covariance.d; ++i) covariance(i, i) += eps;
  return covariance;
}

Square covariance_of(const Tensor& centered_nd) {
  return plus(Square(centered_nd.cols()), 1 / static_cast<double>(centered_nd.rows()), product_of_columns(centered_nd, centered_nd));
}

}  // namespace

Var whiten(Tape& tape, const WhiteningSpec& spec, const Var& x, const RunningCovariance& running) {
  const int64_t n = x.rows(), d = x.cols();
  if (tape.training() && n < 2) fail("whitening cannot train on a batch of one row: its covariance is undefined");
  const std::vector<double> mean = tape.training() ? column_means(x.value) : running.mean_d->value.to_doubles();
  const Tensor rows = centered(x.value, mean);
  const Square covariance = tape.training() ? covariance_of(rows) : square_from(running.covariance_dd->value);
  if (tape.training() && !tape.replaying()) {
    blend(*running.mean_d, mean, running.rate);
    blend(*running.covariance_dd, covariance.values, running.rate);
  }
  WhiteningMatrix matrix = whitening_matrix(spec, with_eps(covariance, spec.eps));
  const Tensor w = like(x.value, matrix.w.values, Shape{d, d});
  Tensor y = same_kind(x.value, x.value.shape());
  const auto& matmul = kernels::on(y.device()).matmul;
  matmul.linear(rows, w, {}, y);
  return tape.emit(y, x.wants_gradient(),
                   [spec, matrix = std::move(matrix), rows, w, n, d, slot = Var{Tensor(), x.slot}](Tape& tape, const Tensor& dy) {
                     const auto& matmul = kernels::on(dy.device()).matmul;
                     Tensor dx = same_kind(dy, dy.shape());
                     matmul.linear_dx(dy, w, dx, Write::kReplace);
                     if (tape.training()) {
                       const Square dsigma = whitening_matrix_backward(spec, matrix, product_of_columns(dy, rows));
                       const Tensor through = like(dy, plus(Square(d), 2 / static_cast<double>(n), dsigma).values, Shape{d, d});
                       matmul.linear_dx(rows, through, dx, Write::kAdd);
                       dx = centered(dx, column_means(dx));
                     }
                     tape.add_gradient(slot, dx);
                   });
}

double residual_correlation(const Tensor& x) {
  const Square c = covariance_of(centered(x, column_means(x)));
  double sum = 0;
  for (int64_t i = 0; i < c.d; ++i)
    for (int64_t j = 0; j < c.d; ++j)
      if (i != j && c(i, i) > 0 && c(j, j) > 0) sum += c(i, j) * c(i, j) / (c(i, i) * c(j, j));
  return std::sqrt(sum / static_cast<double>(std::max<int64_t>(1, c.d * (c.d - 1))));
}

namespace {

class WhiteningNorm final : public Norm {
 public:
  WhiteningNorm(const WhiteningSpec& spec, Parameter& gain, Parameter* bias, RunningCovariance running)
      : spec_(spec), gain_(gain), bias_(bias), running_(running) {}
  Var apply(Tape& tape, const Var& x, DType) const override { return channel_affine(tape, whiten(tape, spec_, x, running_), &gain_, bias_); }

 private:
  WhiteningSpec spec_;
  Parameter& gain_;
  Parameter* bias_;
  RunningCovariance running_;
};

void fill_identity(Tensor& value) {
  with_element_type(value, [&]<class T>(T) {
    for (int64_t i = 0, d = value.cols(); i < value.elements(); ++i) value.data<T>()[i] = i / d == i % d ? 1 : 0;
  });
}

}  // namespace

std::unique_ptr<Norm> make_whitening(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix) {
  WhiteningSpec spec{.eps = config.eps};
  if (config.kind == "cholesky") {
    spec.kind = Whitening::kCholesky;
  } else if (config.kind == "newton-schulz") {
    spec.kind = Whitening::kNewtonSchulz;
  } else if (config.kind != "zca") {
    return nullptr;
  }
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1);
  Parameter* bias = config.bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  Parameter& covariance = parameters.make_buffer(prefix + ".running_covariance", Shape{width, width}, 0);
  covariance.fill = fill_identity;
  return std::make_unique<WhiteningNorm>(
      spec, gain, bias, RunningCovariance{&parameters.make_buffer(prefix + ".running_mean", Shape{width}, 0), &covariance, config.momentum});
}

}  // namespace gimbal::lab::nets
