// Random models for the tests of this folder, one of each kind: small, with weights so large that their logits differ clearly.
#pragma once

#include <memory>

#include "infer/decoder.h"

namespace gimbal {

/// bloom needs no position table and shows the cache's segments in its distances.
inline Architecture tiny_decoder(int64_t vocab, int64_t context, const char* positions = "alibi") {
  Architecture a;
  a.family = "bloom";
  a.vocab = vocab;
  a.context = context;
  a.layers = 2;
  a.width = 32;
  a.heads = 4;
  a.positions.kind = positions;
  a.bos = a.eos = a.pad = std::nullopt;
  a.init.kind = "normal";
  a.init.std = 0.3;
  a.init.projections = "plain";
  return a;
}

/// A model that reads its prompt whole: GLM's two-dimensional positions by default. A head of its own keeps greedy texts from saying one token over
/// and over.
inline Architecture tiny_prefix_decoder(int64_t vocab, int64_t context, const char* positions = "blocks") {
  Architecture a = tiny_decoder(vocab, context, positions);
  a.family = "glm";
  a.mask = "prefix";
  a.tied = false;
  return a;
}

/// A decoder of another depth than its encoder's; positions: relative (T5) or sinusoid (2017).
inline Architecture tiny_encoder_decoder(int64_t vocab, int64_t context, const char* positions = "relative") {
  Architecture a = tiny_decoder(vocab, context, positions);
  a.family = "transformer";
  a.encoder_layers = 3;
  a.tied = false;
  a.positions.buckets = 8;
  a.positions.max_distance = 12;
  a.bos = 0;
  return a;
}

inline std::unique_ptr<Model> tiny_model(const Architecture& a) {
  auto model = std::make_unique<Model>(a);
  model->parameters().allocate(Device::kCpu, DType::kF32);
  model->parameters().initialize(11);
  return model;
}

inline std::unique_ptr<Model> tiny_model(int64_t vocab, int64_t context, const char* positions = "alibi") {
  return tiny_model(tiny_decoder(vocab, context, positions));
}

/// Logits of every row of `ids`, computed whole, without a cache.
inline Tensor uncached_logits(Model& model, const std::vector<int32_t>& ids, const SequenceForm& form = {}) {
  const int64_t context = model.architecture().context;
  TokenRows rows = make_rows({&ids, 1}, {}, context, Device::kCpu);
  auto segments = std::make_shared<std::vector<ops::Segment>>(*rows.segments);
  segments->front().prefix = form.prefix;
  rows.segments = segments;
  if (!form.source.empty()) rows.encoder = std::make_shared<TokenRows>(make_rows({&form.source, 1}, {}, context, Device::kCpu));
  if (!form.blanks.empty()) {
    std::vector<int32_t> positions, block_positions;
    for (size_t b = 0, t = 0; t < ids.size(); ++t) {
      if (b < form.blanks.size() && static_cast<int64_t>(t) == form.blanks[b].begin) ++b;
      positions.push_back(static_cast<int32_t>(b == 0 ? static_cast<int64_t>(t) : form.blanks[b - 1].mask));
      block_positions.push_back(b == 0 ? 0 : static_cast<int32_t>(static_cast<int64_t>(t) - form.blanks[b - 1].begin + 1));
    }
    rows.positions_n = Tensor::from_ints(positions);
    rows.block_positions_n = Tensor::from_ints(block_positions);
  }
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.logits(tape, model.hidden(tape, rows, {})).value;
}

inline std::span<const float> row_of(const Tensor& logits, int64_t row) {
  return {logits.data<float>() + row * logits.cols(), static_cast<size_t>(logits.cols())};
}

}  // namespace gimbal
