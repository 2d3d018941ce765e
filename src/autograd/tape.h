// The tape: what was computed, in order, and how to walk it backwards.
//
// The same model code trains and serves: on a recording tape every operation leaves its backward, on an inference tape it leaves nothing and its
// inputs are freed as soon as their handles go. An operation without a backward cannot be recorded (emit() demands one).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "autograd/parameter.h"
#include "core/rng.h"
#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal {

/// A value on its way through the model. slot < 0: no gradient flows through it.
struct Var {
  Tensor value;
  int32_t slot = -1;
  /// Makes the value once more, bit for bit, from what the backward of its operation keeps anyway; null where there is no cheap way. Who needs the
  /// value for a small product only keeps this instead.
  std::shared_ptr<const std::function<Tensor()>> again = nullptr;

  bool wants_gradient() const { return slot >= 0; }
  int64_t rows() const { return value.rows(); }
  int64_t cols() const { return value.cols(); }
};

class Tape {
 public:
  enum class Mode : uint8_t { kRecord, kInference };
  /// kTrain: dropout drops, BatchNorm uses and updates batch statistics. kEval: neither.
  enum class Phase : uint8_t { kTrain, kEval };

  Tape(Mode mode, Phase phase, Rng dropout = Rng(0, "dropout")) : mode_(mode), phase_(phase), dropout_(dropout) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  bool recording() const { return mode_ == Mode::kRecord; }
  bool training() const { return phase_ == Phase::kTrain; }
  Phase phase() const { return phase_; }
  const Rng& dropout() const { return dropout_; }
  /// The stream of one dropout site: the same for the forward pass and its replay.
  uint64_t dropout_key(std::string_view site) const { return Rng(dropout_.key(), site).key(); }

  /// True while a block is computed a second time for its backward: side effects (running statistics, health) must not happen again.
  bool replaying() const { return replaying_; }
  void mark_replaying() { replaying_ = true; }

  /// A leaf whose gradient is wanted (recording) or a constant (inference).
  Var input(Tensor value);
  static Var constant(Tensor value) { return {std::move(value), -1}; }

  /// The result of an operation. `backward` gets the cotangent of the result (owned: it may be overwritten when unique()).
  using Backward = std::function<void(Tape&, Tensor dy)>;
  Var emit(Tensor value, bool wants_gradient, Backward backward);

  /// The result of emit() with a way to make its value again.
  Var remakable(Var result, std::function<Tensor()> again) const;

  /// Where the gradient of `v` is to be written: a fresh tensor to replace, or what is already there to add to.
  struct Destination {
    Tensor tensor;
    kernels::Write write = kernels::Write::kReplace;
  };
  Destination destination(const Var& v, DType dtype) { return destination(v.slot, v.value.shape(), dtype, v.value.device()); }
  /// The same for an operation that did not keep the value: its gradient's shape and device are given.
  Destination destination(int32_t slot, const Shape& shape, DType dtype, Device device);
  /// Adds `d` to the gradient of v; the first one is kept without a copy.
  void add_gradient(const Var& v, Tensor d);

  /// Where the gradient of a parameter goes in this window of accumulation. Undefined tensor when it is frozen.
  static Destination destination(Parameter& p);

  /// Walks back from `y` with cotangent dy, freeing as it goes. Gradients of inputs stay readable.
  void backward(const Var& y, Tensor dy);
  /// For a scalar [1] loss: cotangent 1.
  void backward(const Var& loss);
  /// Calls `look` with the whole gradient of v when the walk back has it. Nothing where no gradient flows.
  void look_at_gradient(const Var& v, std::function<void(const Tensor& dv)> look);
  /// The gradient collected for v, or undefined.
  const Tensor& gradient(const Var& v) const { return gradients_[static_cast<size_t>(v.slot)]; }

 private:
  struct Step {
    int32_t slot;
    Backward backward;
  };
  Mode mode_;
  Phase phase_;
  Rng dropout_;
  bool replaying_ = false;
  std::vector<Step> steps_;
  std::vector<Tensor> gradients_;
  std::unordered_map<int32_t, std::vector<std::function<void(const Tensor&)>>> looks_;  // by slot
};

/// Runs fn without recording and again, recording, when its gradient is needed: memory of one block instead of all (arXiv:1604.06174). Every variable
/// that fn uses must be among its inputs; those without a value are handed on as they are, as are results. A gradient that reaches any result must
/// reach the first.
using Replayable = std::function<std::vector<Var>(Tape&, std::span<const Var>)>;
std::vector<Var> recompute(Tape& tape, std::vector<Var> inputs, const Replayable& fn);

}  // namespace gimbal
