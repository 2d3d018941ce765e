// Parameter registry and initialization from named random streams.
#include "autograd/parameter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "core/rng.h"
#include "core/threads.h"
#include "kernels/table.h"

namespace gimbal {
namespace {

// Elements [begin, end) of the flat parameter; pair p of a normal stream fills elements 2p and 2p + 1.
template <class T>
void fill_normal(T* data, int64_t begin, int64_t end, double std, const Rng& rng) {
  constexpr int64_t kPiece = 1 << 14;
  parallel_for((end - begin + 1) / 2, kPiece, [&](int64_t first, int64_t last) {
    for (int64_t pair = first; pair < last; ++pair) {
      const auto n = static_cast<uint64_t>(pair);
      const double radius = std * std::sqrt(-2.0 * std::log(1.0 - rng.uniform_at(2 * n)));
      const double angle = 2.0 * std::numbers::pi * rng.uniform_at(2 * n + 1);
      data[begin + 2 * pair] = static_cast<T>(radius * std::cos(angle));
      if (begin + 2 * pair + 1 < end) data[begin + 2 * pair + 1] = static_cast<T>(radius * std::sin(angle));
    }
  });
}

template <class T>
void fill_parts(Parameter& p, uint64_t seed) {
  T* data = p.value.data<T>();
  const int64_t row = p.shape.elements() / std::max<int64_t>(1, p.rows());
  int64_t begin = 0;
  for (size_t i = 0; i < p.init.size(); ++i) {
    const InitPart& part = p.init[i];
    const int64_t end = begin + part.rows * row;
    const Rng rng(seed, cat("init/", p.name, "/", i));
    switch (part.kind) {
      case InitPart::Kind::kConstant:
        std::fill(data + begin, data + end, static_cast<T>(part.value));
        break;
      case InitPart::Kind::kNormal:
        fill_normal(data, begin, end, part.value, rng);
        break;
      case InitPart::Kind::kUniform:
        for (int64_t e = begin; e < end; ++e) data[e] = static_cast<T>((2 * rng.uniform_at(static_cast<uint64_t>(e - begin)) - 1) * part.value);
        break;
    }
    begin = end;
  }
  GIMBAL_ASSERT(begin == p.shape.elements(), p.name, " is not covered by its init parts");
}

template <class T>
void unit_rows(T* data, int64_t rows, int64_t columns) {
  parallel_for(rows, std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, columns)), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      T* row = data + r * columns;
      double squares = 0;
      for (int64_t c = 0; c < columns; ++c) squares += static_cast<double>(row[c]) * static_cast<double>(row[c]);
      if (squares == 0) continue;
      const double inverse = 1 / std::sqrt(squares);
      for (int64_t c = 0; c < columns; ++c) row[c] = static_cast<T>(row[c] * inverse);
    }
  });
}

template <class T>
void unit_columns(T* data, int64_t rows, int64_t columns) {
  std::vector<double> inverses(static_cast<size_t>(columns), 0.0);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      inverses[static_cast<size_t>(c)] += static_cast<double>(data[r * columns + c]) * static_cast<double>(data[r * columns + c]);
  for (double& x : inverses) x = x > 0 ? 1 / std::sqrt(x) : 1;
  parallel_for(rows, std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, columns)), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < columns; ++c) data[r * columns + c] = static_cast<T>(data[r * columns + c] * inverses[static_cast<size_t>(c)]);
  });
}

template <class T>
void constrain_values(Parameter& p) {
  T* data = p.value.data<T>();
  switch (p.constraint) {
    case Constraint::kUnitRows:
      return unit_rows(data, p.value.rows(), p.value.cols());
    case Constraint::kUnitColumns:
      return unit_columns(data, p.value.rows(), p.value.cols());
    case Constraint::kNonNegative:
      std::transform(data, data + p.value.elements(), data, [](T x) { return std::abs(x); });
      return;
    case Constraint::kNone:
      return;
  }
}

}  // namespace

void constrain(Parameter& p) {
  if (p.constraint == Constraint::kNone) return;
  p.value.dtype() == DType::kF64 ? constrain_values<double>(p) : constrain_values<float>(p);
  if (p.shadow) kernels::on(p.value.device()).elementwise.copy(p.value, 1.0, p.shadow, kernels::Write::kReplace);
}

Parameter& Parameters::make(std::string name, Shape shape, std::vector<InitPart> init, Decay decay) {
  if (Parameter* existing = find(name)) {
    GIMBAL_ASSERT(existing->shape == shape, name, " is shared with another shape");
    return *existing;
  }
  by_name_[name] = list_.size();
  Parameter& p = list_.emplace_back();
  p.name = std::move(name);
  p.shape = shape;
  p.init = std::move(init);
  p.decay = decay;
  return p;
}

Parameter& Parameters::make_constant(std::string name, Shape shape, double value, Decay decay) {
  const int64_t rows = shape.rank() < 2 ? 1 : shape[0];
  return make(std::move(name), shape, {{rows, InitPart::Kind::kConstant, value}}, decay);
}

Parameter& Parameters::make_buffer(std::string name, Shape shape, double value) {
  Parameter& p = make_constant(std::move(name), shape, value);
  p.trainable = false;
  return p;
}

Parameter* Parameters::find(const std::string& name) {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &list_[it->second];
}

uint64_t Parameters::content_hash() const {
  uint64_t hash = 0;
  for (const Parameter& p : list_) {
    hash = mix64(hash ^ hash_name(p.name));
    const auto* bytes = static_cast<const std::byte*>(p.value.raw());
    for (int64_t at = 0; at < p.value.bytes(); at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes + at, static_cast<size_t>(std::min<int64_t>(8, p.value.bytes() - at)));
      hash = mix64(hash + word + 0x9e3779b97f4a7c15ULL);
    }
  }
  return hash;
}

int64_t Parameters::count() const {
  int64_t n = 0;
  for (const Parameter& p : list_) n += p.trainable ? p.shape.elements() : 0;
  return n;
}

void Parameters::allocate(Device device, DType dtype) {
  for (Parameter& p : list_) p.value = Tensor(p.shape, dtype, device);
}

void Parameters::initialize(uint64_t seed) {
  for (Parameter& p : list_) {
    if (p.fill) {
      p.fill(p.value);
    } else if (p.value.dtype() == DType::kF64) {
      fill_parts<double>(p, seed);
    } else {
      fill_parts<float>(p, seed);
    }
    constrain(p);
  }
}

void Parameters::refresh_shadows() {
  for (Parameter& p : list_) {
    if (!p.is_matrix() || p.fill) continue;  // a fixed table is looked up, never multiplied
    if (!p.shadow) p.shadow = Tensor(p.shape, DType::kBF16, p.value.device());
    kernels::on(p.value.device()).elementwise.copy(p.value, 1.0, p.shadow, kernels::Write::kReplace);
  }
}

void Parameters::clear_gradients() {
  for (Parameter& p : list_) p.grad_written = false;
}

}  // namespace gimbal
