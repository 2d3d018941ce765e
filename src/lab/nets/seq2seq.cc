// Encoder, attention, decoder.
#include "lab/nets/seq2seq.h"

#include <algorithm>

#include "lab/nets/gates.h"
#include "lab/nets/net.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::nets {

Seq2Seq::Seq2Seq(const Seq2SeqSettings& settings) : settings_(settings) {
  const int64_t w = settings.width;
  const bool attends = settings.attention == Attention::kAdditive;
  table_ = &parameters_.make("table", Shape{settings.vocab + 1, w}, {{settings.vocab + 1, InitPart::Kind::kNormal, 1}}, Decay::kYes);
  RecurrentSettings layer = settings.layer;
  layer.inputs = w, layer.width = w;
  encoder_ = std::make_unique<Recurrent>(layer, parameters_, "encoder");
  layer.inputs = attends ? 2 * w : w;
  decoder_ = std::make_unique<Recurrent>(layer, parameters_, "decoder");
  if (attends) {
    query_ = &make_map(parameters_, "attention.query.weight", w, w, 1);
    key_ = &make_map(parameters_, "attention.key.weight", w, w, 1);
    score_ = &parameters_.make("attention.score", Shape{w}, {{1, InitPart::Kind::kNormal, 1 / std::sqrt(static_cast<double>(w))}}, Decay::kYes);
  }
  out_weight_ = &make_map(parameters_, "out.weight", settings.vocab, attends ? 2 * w : w, 1);
  out_bias_ = &parameters_.make_constant("out.bias", Shape{settings.vocab}, 0);
}

Var Seq2Seq::embed(Tape& tape, std::span<const int32_t> symbols) {
  const ops::Lookup lookup{table_, Tensor::from_ints(symbols, table_->value.device())};
  return ops::embedding(tape, {&lookup, 1}, table_->value.dtype());
}

Seq2Seq::Source Seq2Seq::encode(Tape& tape, const Sequences& sources) {
  const auto batch = static_cast<int64_t>(sources.size());
  std::vector<int32_t> time_major;
  for (size_t t = 0; t < sources[0].size(); ++t)
    for (const auto& sequence : sources) time_major.push_back(sequence[t]);
  Source source{encoder_->zero_state(batch, table_->value.device()), {}, {}};
  const std::vector<Var> states = encoder_->forward(tape, embed(tape, time_major), batch, source.last);
  if (settings_.attention == Attention::kAdditive) {
    source.states = stack_rows(tape, states);
    source.keys = ops::linear(tape, source.states, *key_, nullptr);
  }
  return source;
}

Var Seq2Seq::decode_step(Tape& tape, const Source& source, std::span<const int32_t> symbols, RecurrentState& state, int64_t step) {
  const auto batch = static_cast<int64_t>(symbols.size());
  Var x = embed(tape, symbols), context;
  if (query_) {
    context = additive_attention(tape, ops::linear(tape, state.h, *query_, nullptr), source.keys, source.states, *score_);
    x = join_columns(tape, x, context);
  }
  state = decoder_->step(tape, decoder_->project(tape, x, batch, step), state, step);
  return ops::linear(tape, query_ ? join_columns(tape, state.h, context) : state.h, *out_weight_, out_bias_);
}

Var Seq2Seq::loss(Tape& tape, const Sequences& sources, const Sequences& targets, ops::LossSums& sums) {
  const Source source = encode(tape, sources);
  RecurrentState state = source.last;
  std::vector<int32_t> symbols(sources.size(), static_cast<int32_t>(settings_.vocab)), wanted;
  std::vector<Var> logits;
  for (size_t t = 0; t < targets[0].size(); ++t) {
    logits.push_back(decode_step(tape, source, symbols, state, static_cast<int64_t>(t)));
    for (size_t b = 0; b < targets.size(); ++b) symbols[b] = targets[b][t];
    wanted.insert(wanted.end(), symbols.begin(), symbols.end());
  }
  return cross_entropy(tape, stack_rows(tape, logits), wanted, 1 / static_cast<double>(wanted.size()), sums);
}

Sequences Seq2Seq::answers(const Sequences& sources, int64_t length) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const Source source = encode(tape, sources);
  RecurrentState state = source.last;
  std::vector<int32_t> symbols(sources.size(), static_cast<int32_t>(settings_.vocab));
  Sequences answers(sources.size());
  for (int64_t t = 0; t < length; ++t) {
    const Tensor logits = decode_step(tape, source, symbols, state, t).value;
    for (size_t b = 0; b < sources.size(); ++b) {
      const std::vector<double> row = logits.slice_rows(static_cast<int64_t>(b), static_cast<int64_t>(b) + 1).to_doubles();
      symbols[b] = static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
      answers[b].push_back(symbols[b]);
    }
  }
  return answers;
}

}  // namespace gimbal::lab::nets
