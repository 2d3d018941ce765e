// What a forward pass carries besides the stream: which rows belong together, where they stand, the cache, and what is watched.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/ops.h"

namespace gimbal {

/// Health of one block, read while it computes (definitions: docs/health.md). Values of the latest micro-batch.
struct LayerHealth {
  double stream_rms = 0, stream_max = 0;                       // of the stream that leaves the block
  double attention_ratio = 0, cross_ratio = 0, ffn_ratio = 0;  // rms(branch) / rms(stream it joins)
  double entropy = 0;                                          // of attention rows, mean over heads and rows, nats
  double max_logit = 0;                                        // largest attention logit
};

/// Statistics of one tensor on the way, where every one is wanted (gimbal doctor --replay).
struct TensorReading {
  std::string what;  // "block.3.ffn.hidden", "gradient of block.3.ffn.hidden"
  double rms = 0, max_abs = 0;
  int64_t non_finite = 0;
};

struct Health {
  double embed_rms = 0, embed_max = 0;
  double embed_least_deviation = 0;  // of one token's channels, over the tokens; before the embed slot
  std::vector<LayerHealth> layers;  // in the order of computation: an encoder's before its decoder's
  /// The first tensor with a non-finite value, in the order of computation: "block 3, attention branch". Empty when all are finite.
  std::string first_non_finite;
  /// Receives a reading of every tensor that is noted, in the order of computation; null: none are taken.
  std::vector<TensorReading>* tensors = nullptr;
};

/// Keys and values of earlier tokens, one tensor a layer: [rows, 2 kv_heads head_width] as k|v. Segments say which rows are a sequence's.
struct KeyValueCache {
  std::vector<Tensor> layers;
  std::vector<int64_t> rows_of_new;  // where this pass's tokens go, one a row of the stream
};

/// What a decoder's cross-attention reads: the rows of the encoder, and which of them belong to which of the decoder's sequences.
struct Memory {
  Var rows_md;
  std::shared_ptr<const std::vector<ops::Segment>> segments;  // q: rows of the decoder, kv: rows of the encoder
  const std::vector<Tensor>* keys_and_values = nullptr;       // of each layer, where they are known already (generation)
};

/// What a block's self-attention compares and carries: columns of its fused map, behind the norms and rotations of heads.
struct AttentionParts {
  ops::AttentionSpec spec;
  ops::Part q, k, v;
};

struct Flow {
  std::shared_ptr<const std::vector<ops::Segment>> segments;
  Tensor positions_n;
  DType compute = DType::kF32;  // type that branches read and write; the stream itself is f32
  bool recompute = false;       // blocks keep only their input and are computed again for their backward
  Var distance_bias;            // of this stack's attention, where positions are relative
  Var* first_values = nullptr;  // receives the projection of the stack's first self-attention, and gives it to the others (residual value)
  Memory memory;
  KeyValueCache* cache = nullptr;
  Health* health = nullptr;
  std::vector<Var>*hidden = nullptr, *encoder_hidden = nullptr;       // receive the embeddings and every block's output
  AttentionParts *attention = nullptr, *encoder_attention = nullptr;  // receive those of the last block, which is then not recomputed
};

/// Moments of the stream or of a branch for health; notes the first non-finite tensor. Nothing is read when nobody watches.
inline ops::TensorMoments watch(const Tape& tape, const Flow& flow, const Var& x, const std::string& what) {
  if (!flow.health || tape.replaying()) return {};
  const ops::TensorMoments m = ops::moments(x.value);
  if (m.non_finite > 0 && flow.health->first_non_finite.empty()) flow.health->first_non_finite = what;
  return m;
}

/// A reading of x, and of its gradient once the tape walks back, where readings are wanted; else nothing is read.
inline void note(Tape& tape, const Flow& flow, const Var& x, std::string_view of, std::string_view part = {}) {
  if (!flow.health || !flow.health->tensors || tape.replaying()) return;
  const std::string what = cat(of, part);
  const auto take = [to = flow.health->tensors](const std::string& name, const Tensor& value) {
    const ops::TensorMoments m = ops::moments(value);
    to->push_back({name, m.rms, m.max_abs, m.non_finite});
  };
  take(what, x.value);
  tape.look_at_gradient(x, [take, what](const Tensor& dx) { take("gradient of " + what, dx); });
}

}  // namespace gimbal
