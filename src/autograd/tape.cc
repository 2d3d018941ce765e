// Recording, walking back, and recomputation.
#include "autograd/tape.h"

#include <cstring>

#include "kernels/table.h"

namespace gimbal {

using kernels::Write;

Var Tape::input(Tensor value) {
  if (!recording()) return constant(std::move(value));
  gradients_.emplace_back();
  return {std::move(value), static_cast<int32_t>(gradients_.size()) - 1};
}

Var Tape::emit(Tensor value, bool wants_gradient, Backward backward) {
  if (!recording() || !wants_gradient) return constant(std::move(value));
  GIMBAL_ASSERT(backward, "an operation without a backward was recorded");
  gradients_.emplace_back();
  const auto slot = static_cast<int32_t>(gradients_.size()) - 1;
  steps_.push_back({slot, std::move(backward)});
  return {std::move(value), slot};
}

Var Tape::remakable(Var result, std::function<Tensor()> again) const {
  if (recording()) result.again = std::make_shared<const std::function<Tensor()>>(std::move(again));
  return result;
}

Tape::Destination Tape::destination(int32_t slot, const Shape& shape, DType dtype, Device device) {
  Tensor& g = gradients_[static_cast<size_t>(slot)];
  if (!g) {
    g = Tensor(shape, dtype, device);
    return {g, Write::kReplace};
  }
  if (!g.unique()) g = g.clone();
  return {g, Write::kAdd};
}

void Tape::add_gradient(const Var& v, Tensor d) {
  if (!v.wants_gradient()) return;
  Tensor& g = gradients_[static_cast<size_t>(v.slot)];
  if (!g) {
    g = std::move(d);
    return;
  }
  if (!g.unique()) g = g.clone();
  kernels::on(g.device()).elementwise.copy(d, 1.0, g, Write::kAdd);
}

Tape::Destination Tape::destination(Parameter& p) {
  if (!p.trainable) return {};
  if (!p.grad) p.grad = Tensor(p.shape, p.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32, p.value.device());
  const Write write = p.grad_written ? Write::kAdd : Write::kReplace;
  p.grad_written = true;
  return {p.grad, write};
}

void Tape::backward(const Var& y, Tensor dy) {
  GIMBAL_ASSERT(recording() && y.wants_gradient(), "backward needs a recorded result");
  add_gradient(y, std::move(dy));
  while (!steps_.empty()) {
    Step step = std::move(steps_.back());
    steps_.pop_back();
    Tensor g = std::move(gradients_[static_cast<size_t>(step.slot)]);
    gradients_[static_cast<size_t>(step.slot)] = {};
    if (!g) continue;
    if (const auto looks = looks_.find(step.slot); looks != looks_.end())
      for (const auto& look : looks->second) look(g);
    step.backward(*this, std::move(g));
  }
}

void Tape::look_at_gradient(const Var& v, std::function<void(const Tensor&)> look) {
  if (v.wants_gradient()) looks_[v.slot].push_back(std::move(look));
}

void Tape::backward(const Var& loss) {
  GIMBAL_ASSERT(loss.value.elements() == 1);
  const double one = 1;
  backward(loss, Tensor::from<double>({&one, 1}, Shape{1}).to(loss.value.dtype(), loss.value.device()));
}

std::vector<Var> recompute(Tape& tape, std::vector<Var> inputs, const Replayable& fn) {
  if (!tape.recording()) return fn(tape, inputs);
  Tape forward(Tape::Mode::kInference, tape.phase(), tape.dropout());
  std::vector<Var> constants;
  for (const Var& x : inputs) constants.push_back(Tape::constant(x.value));
  std::vector<Var> results = fn(forward, constants);
  // Steps are walked in reverse: the other results leave their cotangents here before the first one asks for the replay.
  const auto others = std::make_shared<std::vector<Tensor>>(results.size());
  results[0] = tape.emit(results[0].value, true, [inputs = std::move(inputs), fn, others](Tape& tape, Tensor dy) {
    Tape replay(Tape::Mode::kRecord, tape.phase(), tape.dropout());
    replay.mark_replaying();
    std::vector<Var> again;
    for (const Var& x : inputs) again.push_back(x.wants_gradient() ? replay.input(x.value) : Tape::constant(x.value));
    const std::vector<Var> out = fn(replay, again);
    if (!out[0].wants_gradient()) return;  // everything in it, and below it, is frozen
    for (size_t i = 1; i < out.size(); ++i)
      if ((*others)[i]) replay.add_gradient(out[i], std::move((*others)[i]));
    replay.backward(out[0], std::move(dy));
    for (size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].wants_gradient() && replay.gradient(again[i])) tape.add_gradient(inputs[i], replay.gradient(again[i]));
  });
  for (size_t i = 1; i < results.size(); ++i)
    if (results[i].value) results[i] = tape.emit(results[i].value, true, [others, i](Tape&, Tensor dy) { (*others)[i] = std::move(dy); });
  return results;
}

}  // namespace gimbal
