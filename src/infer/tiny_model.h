// A random model for the tests of this folder: small, with weights so large that its logits differ clearly.
#pragma once

#include <memory>

#include "models/model.h"

namespace gimbal {

/// bloom needs no position table and shows the cache's segments in its distances.
inline std::unique_ptr<Model> tiny_model(int64_t vocab, int64_t context, const char* positions = "alibi") {
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
  auto model = std::make_unique<Model>(a);
  model->parameters().allocate(Device::kCpu, DType::kF32);
  model->parameters().initialize(11);
  return model;
}

/// Logits of every row of `ids`, computed whole, without a cache.
inline Tensor uncached_logits(Model& model, const std::vector<int32_t>& ids) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.logits(tape, model.hidden(tape, make_rows({&ids, 1}, {}, model.architecture().context, Device::kCpu), {})).value;
}

inline std::span<const float> row_of(const Tensor& logits, int64_t row) {
  return {logits.data<float>() + row * logits.cols(), static_cast<size_t>(logits.cols())};
}

}  // namespace gimbal
