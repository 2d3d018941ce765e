// LSTM and GRU arithmetic and additive attention, with their derivatives written out.
#include "lab/nets/gates.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/table.h"
#include "lab/nets/elements.h"

namespace gimbal::lab::nets {
namespace {

template <class T>
T logistic(T x) {
  return T(1) / (T(1) + std::exp(-x));
}

/// Calls fn(row of the gates, element of the state) for every unit.
template <class Fn>
void each_unit(int64_t rows, int64_t width, int64_t gates, Fn&& fn) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < width; ++j) fn(r * gates * width + j, r * width + j);
}

}  // namespace

Var lstm_memory(Tape& tape, const Var& gates, const Var& c) {
  const int64_t b = c.rows(), h = c.cols();
  GIMBAL_ASSERT(gates.cols() == 4 * h && gates.rows() == b);
  Tensor y = same_kind(c.value, c.value.shape());
  with_element_type(y, [&]<class T>(T) {
    const T *g = gates.value.data<T>(), *old = c.value.data<T>();
    each_unit(b, h, 4, [&](int64_t k, int64_t e) { y.data<T>()[e] = logistic(g[k]) * old[e] + logistic(g[k + h]) * std::tanh(g[k + 3 * h]); });
  });
  return tape.emit(y, gates.wants_gradient() || c.wants_gradient(), [gates, c, b, h](Tape& tape, const Tensor& dy) {
    Tensor dgates = zeros_of_kind(dy, gates.value.shape()), dc = same_kind(dy, dy.shape());
    with_element_type(dy, [&]<class T>(T) {
      const T *g = gates.value.data<T>(), *old = c.value.data<T>(), *d = dy.data<T>();
      T* dg = dgates.data<T>();
      each_unit(b, h, 4, [&](int64_t k, int64_t e) {
        const T f = logistic(g[k]), i = logistic(g[k + h]), t = std::tanh(g[k + 3 * h]);
        dc.data<T>()[e] = d[e] * f;
        dg[k] = d[e] * old[e] * f * (1 - f);
        dg[k + h] = d[e] * t * i * (1 - i);
        dg[k + 3 * h] = d[e] * i * (1 - t * t);
      });
    });
    tape.add_gradient(gates, dgates);
    tape.add_gradient(c, dc);
  });
}

Var lstm_output(Tape& tape, const Var& gates, const Var& c) {
  const int64_t b = c.rows(), h = c.cols();
  Tensor y = same_kind(c.value, c.value.shape());
  with_element_type(y, [&]<class T>(T) {
    const T *g = gates.value.data<T>() + 2 * h, *memory = c.value.data<T>();
    each_unit(b, h, 4, [&](int64_t k, int64_t e) { y.data<T>()[e] = logistic(g[k]) * std::tanh(memory[e]); });
  });
  return tape.emit(y, gates.wants_gradient() || c.wants_gradient(), [gates, c, b, h](Tape& tape, const Tensor& dy) {
    Tensor dgates = zeros_of_kind(dy, gates.value.shape()), dc = same_kind(dy, dy.shape());
    with_element_type(dy, [&]<class T>(T) {
      const T *g = gates.value.data<T>() + 2 * h, *memory = c.value.data<T>(), *d = dy.data<T>();
      T* dg = dgates.data<T>() + 2 * h;
      each_unit(b, h, 4, [&](int64_t k, int64_t e) {
        const T o = logistic(g[k]), t = std::tanh(memory[e]);
        dg[k] = d[e] * t * o * (1 - o);
        dc.data<T>()[e] = d[e] * o * (1 - t * t);
      });
    });
    tape.add_gradient(gates, dgates);
    tape.add_gradient(c, dc);
  });
}

Var gru_state(Tape& tape, const Var& gates, const Var& from_x, const Var& from_h, const Var& state) {
  const int64_t b = state.rows(), h = state.cols();
  GIMBAL_ASSERT(gates.cols() == 2 * h);
  Tensor y = same_kind(state.value, state.value.shape());
  with_element_type(y, [&]<class T>(T) {
    const T *g = gates.value.data<T>(), *x = from_x.value.data<T>(), *u = from_h.value.data<T>(), *old = state.value.data<T>();
    each_unit(b, h, 2, [&](int64_t k, int64_t e) {
      const T z = logistic(g[k]), n = std::tanh(x[e] + logistic(g[k + h]) * u[e]);
      y.data<T>()[e] = (1 - z) * old[e] + z * n;
    });
  });
  const bool wants = gates.wants_gradient() || from_x.wants_gradient() || from_h.wants_gradient() || state.wants_gradient();
  return tape.emit(y, wants, [gates, from_x, from_h, state, b, h](Tape& tape, const Tensor& dy) {
    Tensor dgates = same_kind(dy, gates.value.shape()), dx = same_kind(dy, dy.shape()), dh = same_kind(dy, dy.shape()),
           dstate = same_kind(dy, dy.shape());
    with_element_type(dy, [&]<class T>(T) {
      const T *g = gates.value.data<T>(), *x = from_x.value.data<T>(), *u = from_h.value.data<T>(), *old = state.value.data<T>(), *d = dy.data<T>();
      each_unit(b, h, 2, [&](int64_t k, int64_t e) {
        const T z = logistic(g[k]), r = logistic(g[k + h]), n = std::tanh(x[e] + r * u[e]);
        const T inside = d[e] * z * (1 - n * n);
        dgates.data<T>()[k] = d[e] * (n - old[e]) * z * (1 - z);
        dgates.data<T>()[k + h] = inside * u[e] * r * (1 - r);
        dx.data<T>()[e] = inside;
        dh.data<T>()[e] = inside * r;
        dstate.data<T>()[e] = d[e] * (1 - z);
      });
    });
    tape.add_gradient(gates, dgates);
    tape.add_gradient(from_x, dx);
    tape.add_gradient(from_h, dh);
    tape.add_gradient(state, dstate);
  });
}

namespace {

/// Softmax weights a_sb of additive attention.
template <class T>
std::vector<T> attention_weights(const T* query, const T* keys, const T* v, int64_t places, int64_t b, int64_t h) {
  std::vector<T> a(static_cast<size_t>(places * b));
  for (int64_t i = 0; i < b; ++i) {
    T most = -std::numeric_limits<T>::infinity(), mass = 0;
    for (int64_t s = 0; s < places; ++s) {
      T e = 0;
      for (int64_t j = 0; j < h; ++j) e += v[j] * std::tanh(query[i * h + j] + keys[(s * b + i) * h + j]);
      a[static_cast<size_t>(s * b + i)] = e;
      most = std::max(most, e);
    }
    for (int64_t s = 0; s < places; ++s) mass += a[static_cast<size_t>(s * b + i)] = std::exp(a[static_cast<size_t>(s * b + i)] - most);
    for (int64_t s = 0; s < places; ++s) a[static_cast<size_t>(s * b + i)] /= mass;
  }
  return a;
}

/// The backward of one attention: what flows to query, keys, values and v.
template <class T>
void attention_backward(const Tensor& dy, const Var& query, const Var& keys, const Var& values, const Tensor& v, std::span<const double> weights,
                        const Tensor& dquery, const Tensor& dkeys, const Tensor& dvalues, const Tensor& dv) {
  const int64_t b = query.rows(), h = query.cols(), d = values.cols(), places = keys.rows() / b;
  const T *q = query.value.data<T>(), *key = keys.value.data<T>(), *value = values.value.data<T>(), *along = v.data<T>(), *cotangent = dy.data<T>();
  for (int64_t i = 0; i < b; ++i) {
    std::vector<T> da(static_cast<size_t>(places));
    T mean = 0;
    for (int64_t s = 0; s < places; ++s) {
      const int64_t row = s * b + i;
      const T a = static_cast<T>(weights[static_cast<size_t>(row)]);
      for (int64_t j = 0; j < d; ++j) {
        dvalues.data<T>()[row * d + j] = a * cotangent[i * d + j];
        da[static_cast<size_t>(s)] += value[row * d + j] * cotangent[i * d + j];
      }
      mean += a * da[static_cast<size_t>(s)];
    }
    for (int64_t s = 0; s < places; ++s) {
      const int64_t row = s * b + i;
      const T de = static_cast<T>(weights[static_cast<size_t>(row)]) * (da[static_cast<size_t>(s)] - mean);
      for (int64_t j = 0; j < h; ++j) {
        const T t = std::tanh(q[i * h + j] + key[row * h + j]), inside = de * along[j] * (1 - t * t);
        dv.data<T>()[j] += de * t;
        dkeys.data<T>()[row * h + j] = inside;
        dquery.data<T>()[i * h + j] += inside;
      }
    }
  }
}

}  // namespace

Var additive_attention(Tape& tape, const Var& query, const Var& keys, const Var& values, Parameter& v) {
  const int64_t b = query.rows(), h = query.cols(), d = values.cols(), places = keys.rows() / b;
  GIMBAL_ASSERT(keys.rows() == places * b && values.rows() == places * b && keys.cols() == h);
  Tensor y = zeros_of_kind(values.value, Shape{b, d});
  std::vector<double> weights;
  with_element_type(y, [&]<class T>(T) {
    const std::vector<T> a = attention_weights(query.value.data<T>(), keys.value.data<T>(), v.value.data<T>(), places, b, h);
    for (int64_t row = 0; row < places * b; ++row)
      for (int64_t j = 0; j < d; ++j) y.data<T>()[row % b * d + j] += a[static_cast<size_t>(row)] * values.value.data<T>()[row * d + j];
    weights.assign(a.begin(), a.end());
  });
  const bool wants = query.wants_gradient() || keys.wants_gradient() || values.wants_gradient() || v.trainable;
  return tape.emit(y, wants, [query, keys, values, &v, weights = std::move(weights)](Tape& tape, const Tensor& dy) {
    const Tensor dquery = zeros_of_kind(dy, query.value.shape()), dkeys = same_kind(dy, keys.value.shape()),
                 dvalues = same_kind(dy, values.value.shape()), dv = zeros_of_kind(dy, v.shape);
    with_element_type(dy, [&]<class T>(T) { attention_backward<T>(dy, query, keys, values, v.value, weights, dquery, dkeys, dvalues, dv); });
    if (const auto to = Tape::destination(v); to.tensor) kernels::on(dy.device()).elementwise.copy(dv, 1, to.tensor, to.write);
    tape.add_gradient(query, dquery);
    tape.add_gradient(keys, dkeys);
    tape.add_gradient(values, dvalues);
  });
}

}  // namespace gimbal::lab::nets
