// The walk through the blocks.
#include "layers/stack.h"

#include <array>

#include "layers/positions.h"

namespace gimbal {

Embedding::Embedding(const Architecture& a, Parameters& parameters) : dropout_(a.embedding_dropout.value_or(a.dropout)) {
  table_ = &parameters.make("embed.tokens", Shape{a.vocab, a.width}, {{a.vocab, InitPart::Kind::kNormal, a.init.std}}, Decay::kYes);
  if (a.positions.kind == "learned") {
    positions_ = &parameters.make("embed.positions", Shape{a.context, a.width}, {{a.context, InitPart::Kind::kNormal, a.init.std}}, Decay::kYes);
  } else if (a.positions.kind == "sinusoid") {
    positions_ = &parameters.make_buffer("embed.sinusoid", Shape{a.context, a.width}, 0);
    positions_->fill = [context = a.context, width = a.width](Tensor& value) {
      const std::vector<double> table = sinusoid_table(context, width);
      value = Tensor::from<double>(table, value.shape()).to(value.dtype(), value.device());
    };
  }
  if (placement_named(a.placement).has(Slot::kEmbed)) norm_ = make_norm(norm_at(a, Slot::kEmbed), a.width, parameters, "embed.norm");
}

Var Embedding::forward(Tape& tape, const Tensor& ids, const Flow& flow) const {
  const std::array<ops::Lookup, 2> lookups = {ops::Lookup{table_, ids}, ops::Lookup{positions_, flow.positions_n}};
  Var h = ops::embedding(tape, std::span(lookups).first(positions_ ? 2 : 1), DType::kF32);
  if (norm_) h = norm_->apply(tape, h, h.value.dtype());
  h = ops::dropout(tape, h, dropout_, "embed.dropout");
  if (flow.health && !tape.replaying()) {
    const ops::TensorMoments m = watch(tape, flow, h, "the embeddings");
    flow.health->embed_rms = m.rms;
    flow.health->embed_max = m.max_abs;
  }
  if (flow.hidden) flow.hidden->push_back(h.value);
  return h;
}

Stack::Stack(const Architecture& a, const Depth& depth, Parameters& parameters) {
  for (int64_t layer = 0; layer < a.layers; ++layer) blocks_.push_back(std::make_unique<Block>(a, depth, layer, parameters));
  if (placement_named(a.placement).has(Slot::kFinal)) final_ = make_norm(norm_at(a, Slot::kFinal), a.width, parameters, "final");
}

Var Stack::forward(Tape& tape, Var h, const Flow& flow) const {
  if (flow.health) flow.health->layers.resize(blocks_.size());
  for (const auto& block : blocks_) {
    if (flow.recompute) {
      // The closure outlives this call inside the tape: it owns a copy of the flow.
      h = recompute(tape, h, [&block = *block, flow](Tape& t, const Var& x) { return block.forward(t, x, flow); });
    } else {
      h = block->forward(tape, h, flow);
    }
    if (flow.hidden) flow.hidden->push_back(h.value);
  }
  return final_ ? final_->apply(tape, h, flow.compute) : ops::convert(tape, h, flow.compute);
}

}  // namespace gimbal
