// The definition of the feed-forward non-linearities, their derivatives, and the gated form.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

#include "kernels/activation.h"

namespace gimbal::kernels::ref {

template <class T>
T sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}

/// Argument of the tanh in GELU's approximation, and its derivative.
template <class T>
T gelu_tanh_inner(T x) {
  return T(std::sqrt(2 / std::numbers::pi)) * (x + T(0.044715) * x * x * x);
}
template <class T>
T gelu_tanh_inner_slope(T x) {
  return T(std::sqrt(2 / std::numbers::pi)) * (T(1) + T(3 * 0.044715) * x * x);
}

template <class T>
T act(const ActivationSpec& spec, T x) {
  switch (spec.act) {
    case Act::kLinear:
      return x;
    case Act::kStep:
      return x > 0 ? T(1) : T(0);
    case Act::kSigmoid:
      return sigmoid(x);
    case Act::kTanh:
      return std::tanh(x);
    case Act::kRelu:
      return x > 0 ? x : T(0);
    case Act::kGelu:
      return x * T(0.5) * std::erfc(-x / T(std::numbers::sqrt2));
    case Act::kGeluTanh:
      return T(0.5) * x * (T(1) + std::tanh(gelu_tanh_inner(x)));
    case Act::kSilu:
      return x * sigmoid(T(spec.beta) * x);
  }
  return x;
}

/// d act / dx; of the step, the stated surrogate.
template <class T>
T act_slope(const ActivationSpec& spec, T x) {
  switch (spec.act) {
    case Act::kLinear:
      return 1;
    case Act::kStep:
    case Act::kSigmoid:
      return sigmoid(x) * sigmoid(-x);
    case Act::kTanh:
      return T(1) - std::tanh(x) * std::tanh(x);
    case Act::kRelu:
      return x > 0 ? T(1) : T(0);
    case Act::kGelu: {
      const T density = std::exp(-x * x / 2) / std::sqrt(T(2 * std::numbers::pi));
      return T(0.5) * std::erfc(-x / T(std::numbers::sqrt2)) + x * density;
    }
    case Act::kGeluTanh: {
      const T t = std::tanh(gelu_tanh_inner(x));
      return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * gelu_tanh_inner_slope(x);
    }
    case Act::kSilu: {
      const T s = sigmoid(T(spec.beta) * x);
      return s + T(spec.beta) * x * s * sigmoid(-T(spec.beta) * x);
    }
  }
  return 1;
}

/// y = act(x), or act(gate) * up over the two halves of each row.
template <class T>
void activation(const ActivationSpec& spec, int64_t f, std::span<const T> x, std::span<T> y_nf) {
  for (size_t i = 0; i < y_nf.size(); ++i) {
    const size_t row = i / f, gate = spec.gated ? row * 2 * f + i % f : i;
    y_nf[i] = act(spec, x[gate]) * (spec.gated ? x[gate + f] : T(1));
  }
}

/// dx = dy act'(x); gated: dgate = dy up act'(gate), dup = dy act(gate)
template <class T>
void activation_vjp(const ActivationSpec& spec, int64_t f, std::span<const T> dy_nf, std::span<const T> x, std::span<T> dx) {
  for (size_t i = 0; i < dy_nf.size(); ++i) {
    const size_t row = i / f, gate = spec.gated ? row * 2 * f + i % f : i;
    const T up = spec.gated ? x[gate + f] : T(1), value = act(spec, x[gate]);
    dx[gate] = dy_nf[i] * up * act_slope(spec, x[gate]);
    if (spec.gated) dx[gate + f] = dy_nf[i] * value;
  }
}

}  // namespace gimbal::kernels::ref
