// The walk through the blocks.
#include "layers/stack.h"

#include <cmath>

#include "layers/init.h"
#include "layers/positions.h"
#include "layers/residual/streams.h"

namespace gimbal {

Embedding::Embedding(const Architecture& a, Parameters& parameters)
    : dropout_(a.embedding_dropout.value_or(a.dropout)), scale_(a.scale_embeddings ? std::sqrt(static_cast<double>(a.width)) : 1), gradient_(a.embedding_gradient) {
  const auto table = [&](const char* name, int64_t rows) {
    return &parameters.make(name, Shape{rows, a.width}, {{rows, InitPart::Kind::kNormal, embedding_std(a)}}, Decay::kYes);
  };
  table_ = table("embed.tokens", a.vocab);
  if (a.positions.kind == "learned") positions_ = table("embed.positions", a.context);
  if (a.positions.kind == "blocks") {  // position 0 is nobody's: a context of c has places 0 … c
    positions_ = table("embed.positions", a.context + 1);
    block_positions_ = table("embed.block_positions", a.context + 1);
  }
  if (a.positions.kind == "sinusoid") {
    positions_ = &parameters.make_buffer("embed.sinusoid", Shape{a.context, a.width}, 0);
    positions_->fill = [context = a.context, width = a.width](Tensor& value) {
      const std::vector<double> sines = sinusoid_table(context, width);
      value = Tensor::from<double>(sines, value.shape()).to(value.dtype(), value.device());
    };
  }
  if (a.token_types > 0) types_ = table("embed.types", a.token_types);
  if (placement_named(a.placement).has(Slot::kEmbed)) norm_ = make_norm(norm_at(a, Slot::kEmbed), a.width, parameters, "embed.norm");
}

Var Embedding::forward(Tape& tape, const TokenRows& rows, const Flow& flow) const {
  std::vector<ops::Lookup> lookups = {{table_, rows.ids_n, scale_}};
  if (positions_) lookups.push_back({positions_, flow.positions_n});
  if (block_positions_) lookups.push_back({block_positions_, rows.block_positions()});
  if (types_) lookups.push_back({types_, rows.types()});
  Var h = ops::embedding(tape, lookups, DType::kF32);
  if (gradient_ != 1) h = ops::scale_gradient(tape, h, gradient_);
  if (flow.health && !tape.replaying()) flow.health->embed_least_deviation = ops::least_row_deviation(h.value);
  if (norm_) h = norm_->apply(tape, h, h.value.dtype());
  h = ops::dropout(tape, h, dropout_, "embed.dropout");
  if (flow.health && !tape.replaying()) {
    const ops::TensorMoments m = watch(tape, flow, h, "the embeddings");
    flow.health->embed_rms = m.rms;
    flow.health->embed_max = m.max_abs;
  }
  note(tape, flow, h, "the embeddings");
  if (flow.hidden) flow.hidden->push_back(h);
  return h;
}

Stack::Stack(const Architecture& a, const Depth& depth, Parameters& parameters)
    : depth_(depth), beside_(placement_named(a.placement).beside), streams_(stream_count(a)) {
  const std::string prefix = stack_prefix(depth.role);
  for (int64_t layer = 0; layer < depth.layers; ++layer) blocks_.push_back(std::make_unique<Block>(a, LayerPlace{depth, layer}, parameters));
  if (placement_named(a.placement).has(Slot::kFinal)) final_ = make_norm(norm_at(a, Slot::kFinal), a.width, parameters, prefix + "final");
  if (a.positions.kind != "relative") return;
  const double std = a.init.kind == "fan-in" ? std::sqrt(1.0 / static_cast<double>(a.width)) : a.init.std_at(a.width);
  relative_ =
      &parameters.make(prefix + "relative", Shape{a.positions.buckets, a.heads}, {{a.positions.buckets, InitPart::Kind::kNormal, std}}, Decay::kYes);
  const bool backward_only = mask_of(a, depth.role) == ops::Mask::kCausal;
  buckets_ = {a.positions.buckets, a.positions.max_distance, backward_only ? ops::Directions::kBackward : ops::Directions::kBoth};
}

Stream Stack::through(const Block& block, Tape& tape, const Stream& in, const Flow& flow) const {
  if (!flow.recompute || flow.attention) return block.forward(tape, in, flow);
  // The closure outlives this call inside the tape: it owns a copy of the flow.
  const auto again = [&block, flow](Tape& t, std::span<const Var> in) -> std::vector<Var> {
    Flow inner = flow;
    inner.distance_bias = in[2];
    inner.memory.rows_md = in[3];
    Var first_values = in[4];
    inner.first_values = &first_values;
    const Stream out = block.forward(t, {in[0], in[1]}, inner);
    return {out.h, out.beside, first_values};
  };
  const std::vector<Var> out = recompute(tape, {in.h, in.beside, flow.distance_bias, flow.memory.rows_md, *flow.first_values}, again);
  *flow.first_values = out[2];
  return {out[0], out[1]};
}

Var Stack::closed(Tape& tape, const Var& h) const { return streams_ > 1 ? close_streams(tape, h, streams_) : h; }

Var Stack::finished(Tape& tape, const Stream& s, DType out) const {
  const Var top = beside_ == Beside::kBranches ? s.beside : closed(tape, s.h);
  const Var normed = final_ ? final_->apply(tape, top, out) : ops::convert(tape, top, out);
  return beside_ == Beside::kBranches ? ops::convert(tape, ops::add(tape, s.h, normed), out) : normed;
}

std::vector<Tensor> Stack::of_memory(Tape& tape, const Var& rows) const {
  std::vector<Tensor> layers;
  for (const auto& block : blocks_) layers.push_back(block->of_memory(tape, rows).value);
  return layers;
}

Var Stack::forward(Tape& tape, const Var& embedded, const Flow& outer) const {
  Flow flow = outer;
  if (relative_) flow.distance_bias = ops::distance_bias(tape, *relative_, buckets_);
  if (flow.health) flow.health->layers.resize(static_cast<size_t>(depth_.layers + depth_.other));
  Var first_values;
  flow.first_values = &first_values;
  Stream stream{streams_ > 1 ? open_streams(tape, embedded, streams_) : embedded, beside_ == Beside::kBranches ? embedded : Var()};
  for (const auto& block : blocks_) {
    flow.attention = block == blocks_.back() ? outer.attention : nullptr;
    stream = through(*block, tape, stream, flow);
    if (flow.hidden) flow.hidden->push_back(closed(tape, stream.h));
  }
  const Var top = finished(tape, stream, flow.compute);
  note(tape, flow, top, "what the head reads");
  return top;
}

}  // namespace gimbal
