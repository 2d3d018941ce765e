// A decoder model with its cache: appends new tokens to sequences, all in one pass, and gives the logits of what comes next.
//
// Prefill, decoding and a mix of both are the same call: a prompt is a long piece, a decode step a batch of pieces of one token.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "infer/sequence_cache.h"
#include "models/model.h"

namespace gimbal {

class Decoder {
 public:
  /// `model` must outlive the decoder. compute: kF32, or kBF16 (makes the model's bf16 copies); the reference device always computes in f64.
  Decoder(Model& model, DType compute);

  const Architecture& architecture() const { return model_.architecture(); }
  SequenceCache& cache() { return cache_; }

  enum class Head : uint8_t { kLastRow, kNone };
  /// New tokens of one sequence. Only the last token's row goes through the head, or none.
  struct Piece {
    SequenceCache::Id sequence;
    std::span<const int32_t> ids;
    Head head = Head::kLastRow;
  };
  /// Computes the tokens of all pieces (a sequence at most once) behind those that are cached, and caches them.
  /// Returns [pieces with kLastRow, v] f32 in the order of the pieces; undefined when there are none.
  /// Error for an id outside the vocabulary, or a sequence that grows past the context; the cache is then as before.
  Tensor advance(std::span<const Piece> pieces);

 private:
  void check_pieces(std::span<const Piece> pieces) const;

  Model& model_;
  DType compute_;
  SequenceCache cache_;
  // Kept between steps for their memory.
  std::vector<int32_t> ids_, positions_;
  std::vector<int64_t> heads_;
};

}  // namespace gimbal
