// Optimizer updates by definition, one element at a time: each takes the gradient and the old weight, updates the state, returns the new weight.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/optimizer.h"

namespace gimbal::kernels::reference {

template <class T>
T adamw(const AdamWStep& s, T g, T& m, T& v, T w) {
  const T beta1 = static_cast<T>(s.beta1), beta2 = static_cast<T>(s.beta2), t = static_cast<T>(s.t);
  w -= static_cast<T>(s.lr * s.weight_decay) * w;
  m = beta1 * m + (T(1) - beta1) * g;
  v = beta2 * v + (T(1) - beta2) * g * g;
  return w - static_cast<T>(s.lr) / (T(1) - std::pow(beta1, t)) * m / (std::sqrt(v / (T(1) - std::pow(beta2, t))) + static_cast<T>(s.eps));
}

template <class T>
T sgd(const SgdStep& s, T g, T& velocity, T w) {
  const T momentum = static_cast<T>(s.momentum);
  g += static_cast<T>(s.weight_decay) * w;
  velocity = s.t == 1 ? g : momentum * velocity + g;
  return w - static_cast<T>(s.lr) * (s.nesterov ? g + momentum * velocity : velocity);
}

template <class T>
T lion(const LionStep& s, T g, T& m, T w) {
  const T beta1 = static_cast<T>(s.beta1), beta2 = static_cast<T>(s.beta2);
  const T direction = beta1 * m + (T(1) - beta1) * g;
  const T sign = direction > T(0) ? T(1) : direction < T(0) ? T(-1) : direction;  // 0 and NaN stay what they are
  m = beta2 * m + (T(1) - beta2) * g;
  return w - static_cast<T>(s.lr * s.weight_decay) * w - static_cast<T>(s.lr) * sign;
}

template <class T>
T apply(T decay, T u, T w) {
  return (T(1) - decay) * w - u;
}

}  // namespace gimbal::kernels::reference
