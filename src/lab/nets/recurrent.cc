// Recurrent layers: products, norms, gates.
#include "lab/nets/recurrent.h"

#include <algorithm>

#include "lab/nets/elements.h"
#include "lab/nets/gates.h"
#include "lab/nets/net.h"
#include "lab/nets/net_norm.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::nets {
namespace {

NormConfig without_bias(NormConfig config) {
  config.bias = false;
  return config;
}

void start_gain_at(Parameters& parameters, const std::string& name, double gain) {
  if (Parameter* p = parameters.find(name))
    for (InitPart& part : p->init) part.value = part.value * gain;
}

}  // namespace

StepNorm::StepNorm(const RecurrentSettings& settings, NormConfig config, int64_t width, Parameters& parameters, const std::string& prefix) {
  if (config.kind == "batch" && settings.steps == StepStatistics::kPerStep) {
    eps_ = config.eps;
    gain_ = &parameters.make_constant(prefix + ".gain", Shape{width}, 1);
    if (config.bias) bias_ = &parameters.make_constant(prefix + ".bias", Shape{width}, 0);
    for (int64_t t = 0; t < settings.longest; ++t)
      steps_.push_back({&parameters.make_buffer(cat(prefix, ".running_mean.", t), Shape{width}, 0),
                        &parameters.make_buffer(cat(prefix, ".running_var.", t), Shape{width}, 1), config.momentum});
  } else {
    norm_ = make_net_norm(config, width, parameters, prefix);
  }
  start_gain_at(parameters, prefix + ".gain", settings.norm_gain);
}

Var StepNorm::apply(Tape& tape, const Var& x, int64_t step) const {
  if (norm_) return norm_->apply(tape, x, x.value.dtype());
  const size_t t = std::min(static_cast<size_t>(step), steps_.size() - 1);
  return ops::batch_norm(tape, eps_, x, gain_, bias_, steps_[t], x.value.dtype());
}

Recurrent::Recurrent(const RecurrentSettings& settings, Parameters& parameters, const std::string& prefix) : settings_(settings) {
  const int64_t h = settings.width;
  const bool lstm = settings.cell == Cell::kLstm;
  const int64_t gates = lstm ? 4 * h : 2 * h;
  gates_h_ = make(prefix + ".gates_h", gates, h, parameters);
  gates_x_ = make(prefix + ".gates_x", gates, settings.inputs, parameters);
  if (lstm) {
    gates_bias_ = &parameters.make(prefix + ".gates.bias", Shape{gates}, {{1, InitPart::Kind::kConstant, 0}}, Decay::kNo);
    gates_bias_->fill = [h, forget = settings.forget_bias](Tensor& value) {
      with_element_type(value, [&]<class T>(T) {
        for (int64_t j = 0; j < value.elements(); ++j) value.data<T>()[j] = j < h ? static_cast<T>(forget) : T(0);
      });
    };
    cell_norm_ = std::make_unique<StepNorm>(settings, settings.norm, h, parameters, prefix + ".cell.norm");
  } else {
    gates_bias_ = &parameters.make_constant(prefix + ".gates.bias", Shape{gates}, 0);
    candidate_h_ = make(prefix + ".candidate_h", h, h, parameters);
    candidate_x_ = make(prefix + ".candidate_x", h, settings.inputs, parameters);
    candidate_bias_ = &parameters.make_constant(prefix + ".candidate.bias", Shape{h}, 0);
  }
}

Recurrent::Map Recurrent::make(const std::string& name, int64_t rows, int64_t inputs, Parameters& parameters) const {
  return {&make_map(parameters, name + ".weight", rows, inputs, 1),
          std::make_unique<StepNorm>(settings_, without_bias(settings_.norm), rows, parameters, name + ".norm")};
}

Var Recurrent::project_map(Tape& tape, const Map& map, const Var& x, int64_t batch, int64_t first_step) const {
  const Var y = ops::linear(tape, x, *map.weight, nullptr);
  if (settings_.norm.kind != "batch") return map.norm->apply(tape, y, first_step);
  std::vector<Var> steps;  // BatchNorm's statistics belong to one step
  for (int64_t t = 0; t < x.rows() / batch; ++t)
    steps.push_back(map.norm->apply(tape, row_block(tape, y, t * batch, (t + 1) * batch), first_step + t));
  return stack_rows(tape, steps);
}

Recurrent::Projected Recurrent::project(Tape& tape, const Var& x, int64_t batch, int64_t first_step) const {
  Projected p{channel_affine(tape, project_map(tape, gates_x_, x, batch, first_step), nullptr, gates_bias_), {}};
  if (settings_.cell == Cell::kGru)
    p.candidate = channel_affine(tape, project_map(tape, candidate_x_, x, batch, first_step), nullptr, candidate_bias_);
  return p;
}

RecurrentState Recurrent::step(Tape& tape, const Projected& x, const RecurrentState& state, int64_t step) const {
  const auto normed = [&](const Map& map) { return map.norm->apply(tape, ops::linear(tape, state.h, *map.weight, nullptr), step); };
  const Var gates = sum(tape, normed(gates_h_), x.gates);
  if (settings_.cell == Cell::kGru) return {gru_state(tape, gates, x.candidate, normed(candidate_h_), state.h), {}};
  const Var c = lstm_memory(tape, gates, state.c);
  return {lstm_output(tape, gates, cell_norm_->apply(tape, c, step)), c};
}

RecurrentState Recurrent::zero_state(int64_t batch, Device device) const {
  const DType type = device == Device::kReference ? DType::kF64 : DType::kF32;
  const auto zeros = [&] { return Tape::constant(Tensor::zeros(Shape{batch, settings_.width}, type, device)); };
  return {zeros(), settings_.cell == Cell::kLstm ? zeros() : Var{}};
}

std::vector<Var> Recurrent::forward(Tape& tape, const Var& x, int64_t batch, RecurrentState& state) const {
  const Projected all = project(tape, x, batch, 0);
  std::vector<Var> states;
  for (int64_t t = 0; t < x.rows() / batch; ++t) {
    Projected now{row_block(tape, all.gates, t * batch, (t + 1) * batch), {}};
    if (all.candidate.value) now.candidate = row_block(tape, all.candidate, t * batch, (t + 1) * batch);
    state = step(tape, now, state, t);
    states.push_back(state.h);
  }
  return states;
}

}  // namespace gimbal::lab::nets
