// For tests only: tiny models in double on the reference device, with every parameter moved off its starting point so that every gradient shows.
#pragma once

#include "core/rng.h"
#include "models/family.h"
#include "models/model.h"

namespace gimbal::testing {

inline Architecture tiny_architecture() {
  Architecture a;
  a.family = "gpt2";
  a.vocab = 11;
  a.context = 8;
  a.layers = 2;
  a.width = 8;
  a.heads = 2;
  a.ffn_width = 12;
  a.norm.groups = 2;
  a.norm.share = 0.5;
  return a;
}

/// The family's own choices in those sizes.
inline Architecture tiny_of_family(const std::string& family) {
  Architecture a = family_named(family).defaults();
  const Architecture tiny = tiny_architecture();
  a.vocab = tiny.vocab, a.context = tiny.context, a.layers = tiny.layers, a.width = tiny.width, a.heads = tiny.heads, a.ffn_width = tiny.ffn_width;
  if (a.encoder_layers > 0) a.encoder_layers = 3;
  if (a.kv_heads) a.kv_heads = 1;
  a.head_width.reset();
  a.dropout = 0;
  a.attention_dropout = a.embedding_dropout = std::nullopt;
  return a;
}

/// Adds 0.2 * normal to everything trainable, so that no gain is 1, no bias 0 and no scale 0.
inline void disturb(Model& model, uint64_t seed) {
  for (Parameter& p : model.parameters().all()) {
    if (!p.trainable) continue;
    Rng rng(seed, "disturb/" + p.name);
    for (int64_t i = 0; i < p.value.elements(); ++i) {
      const double moved = p.value.at(i) + 0.2 * rng.normal();
      if (p.value.dtype() == DType::kF64) {
        p.value.data<double>()[i] = moved;
      } else {
        p.value.data<float>()[i] = static_cast<float>(moved);
      }
    }
  }
}

inline std::unique_ptr<Model> tiny_model(const Architecture& a, uint64_t seed, Device device = Device::kReference) {
  auto model = std::make_unique<Model>(a);
  model->parameters().allocate(device, device == Device::kReference ? DType::kF64 : DType::kF32);
  model->parameters().initialize(seed);
  disturb(*model, seed);
  return model;
}

/// Four ragged sequences with everything that any head compares with; an encoder-decoder gets sources of other lengths.
inline TokenRows tiny_rows_for_all(const Architecture& a, Device device = Device::kReference) {
  const std::vector<std::vector<int32_t>> ids = {{1, 4, 2, 9, 3}, {7, 7, 5}, {6, 1, 8, 2}, {3, 3}};
  const std::vector<std::vector<int32_t>> targets = {{1, 2, -100, 0, 1}, {2, 0, 1}, {-100, 2, 2, 0}, {1, 1}};
  TokenRows rows = make_rows(ids, targets, a.context, device);
  rows.types_n = Tensor::from_ints(std::vector<int32_t>{0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1}, device);
  rows.block_positions_n = Tensor::from_ints(std::vector<int32_t>{0, 0, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1}, device);
  auto segments = std::make_shared<std::vector<ops::Segment>>(*rows.segments);
  for (size_t s = 0; s < segments->size(); ++s) (*segments)[s].prefix = static_cast<int64_t>(s);
  rows.segments = segments;
  const std::vector<std::vector<int32_t>> sources = {{5, 2}, {1, 9, 8, 8, 4, 2}, {10}, {3, 7, 1}};
  if (a.encoder_layers > 0) rows.encoder = std::make_shared<TokenRows>(make_rows(sources, {}, a.context, device));
  if (a.head == "choice" || a.head == "double") rows.choices = 2, rows.labels = {1, 0};
  if (a.head == "pretraining" || a.head == "classify") rows.labels = {1, 0, 2 % 2, 1};
  if (a.head == "embed") rows.labels = {1, -1, 3, -1};
  if (a.head == "rerank") rows.values = {1, 0, 0.5, 1};
  if (a.head == "regress") rows.values = {0.5, -1, 2, 0.25};
  if (a.head == "span") rows.span_begins = {1, 0, 2, 7}, rows.span_ends = {3, 2, 2, 1};
  return rows;
}

/// Two ragged sequences with their successors as targets; one target is not counted.
inline TokenRows tiny_rows(const Architecture& a, Device device = Device::kReference) {
  const std::vector<std::vector<int32_t>> ids = {{1, 4, 2, 9, 3}, {7, 7, 5}};
  const std::vector<std::vector<int32_t>> targets = {{4, 2, -100, 3, 6}, {7, 5, 10}};
  return make_rows(ids, targets, a.context, device);
}

/// What a model keeps from step to step without learning it (running statistics), in the order of its parameters.
inline std::vector<Tensor> state_of(const Model& model) {
  std::vector<Tensor> state;
  for (const Parameter& p : model.parameters().all())
    if (!p.trainable) state.push_back(p.value.clone());
  return state;
}
inline void set_state(Model& model, const std::vector<Tensor>& state) {
  size_t i = 0;
  for (Parameter& p : model.parameters().all())
    if (!p.trainable) p.value = state[i++].clone();
}

/// Mean loss, in the training phase unless told otherwise; with gradients when asked.
enum class Gradients : uint8_t { kNo, kYes };
inline double tiny_loss(Model& model, const TokenRows& rows, Gradients gradients, Flow flow = {}, Tape::Phase phase = Tape::Phase::kTrain) {
  model.parameters().clear_gradients();
  Tape tape(gradients == Gradients::kYes ? Tape::Mode::kRecord : Tape::Mode::kInference, phase);
  Losses losses;
  const Var hidden = model.hidden(tape, rows, flow);
  const Var loss =
      model.loss(tape, hidden, rows, {.label_smoothing = 0.1, .z_loss = 0.01}, {.token = 1.0 / 7, .sequence = 1.0 / 3, .end = 1.0 / 3}, losses);
  if (gradients == Gradients::kYes) tape.backward(loss);
  return losses.tokens.loss / 7 + losses.sequences.loss / 3;
}

}  // namespace gimbal::testing
