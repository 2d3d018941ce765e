// A model that writes, with its cache: appends new tokens to sequences, all in one pass, and gives the logits of what comes next.
//
// Prefill, decoding and a mix of both are the same call: a prompt is a long piece, a decode step a batch of pieces of one token. What an encoder read
// is kept as the keys and values of cross-attention, in a cache of its own: a source is computed once, whatever is written about it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "infer/sequence_cache.h"
#include "models/model.h"

namespace gimbal {

/// Error for an encoder, which answers about texts and writes none.
void check_writes(const Architecture& a);

/// What a sequence is besides its tokens. By default they stand one behind the other, and each sees those before it.
struct SequenceForm {
  std::vector<int32_t> source;  // of an encoder-decoder: what its encoder reads
  int64_t prefix = 0;           // under a prefix mask: this many first tokens see each other
  /// GLM (arXiv:2103.10360 section 2.1): tokens from `begin` on, up to the next blank's, fill the blank whose mask is token `mask`. They stand at
  /// that mask's position, and their block positions count from 1.
  struct Blank {
    int64_t begin, mask;
  };
  std::vector<Blank> blanks;
};

class Decoder {
 public:
  using Sequence = SequenceCache::Id;

  /// `model` must outlive the decoder. compute: kF32, or kBF16 (makes the model's bf16 copies); the reference device always computes in f64.
  /// Error for an encoder.
  Decoder(Model& model, DType compute);

  const Architecture& architecture() const { return model_.architecture(); }
  SequenceCache& cache() { return cache_; }
  /// Of what encoders read: keys and values of cross-attention, one run a source that has a sequence.
  const SequenceCache& memory() const { return memory_; }

  /// Room for an answer of unknown length, which grows when it is full.
  static constexpr int64_t room_at_first = 256;
  /// A new, empty sequence with room for `capacity` tokens at first.
  Sequence open(SequenceForm form, int64_t capacity);
  /// A copy of a sequence, as far as it is computed. They share the source.
  Sequence fork(Sequence from, int64_t capacity);
  /// The next token that is appended begins to fill the blank of token `mask`.
  void begin_blank(Sequence id, int64_t mask);
  /// Gives the rows back; the id may be used again.
  void close(Sequence id);

  /// New tokens of one sequence. The rows of the last `heads` of them go through the head. Tokens of a prefix come in one piece.
  struct Piece {
    Sequence sequence;
    std::span<const int32_t> ids;
    int64_t heads = 1;
  };
  /// Computes the tokens of all pieces (a sequence at most once) behind those that are cached, and caches them; before that, the sources that no pass
  /// has read yet. Returns [sum of heads, v] f32 in the order of the pieces; undefined when there are none.
  /// Error for an id outside the vocabulary, or a sequence or source that is longer than the context; the cache is then as before.
  Tensor advance(std::span<const Piece> pieces);

 private:
  struct Source {
    std::vector<int32_t> ids;
    std::optional<SequenceCache::Id> memory;  // its rows, once read
  };
  struct Form {
    std::shared_ptr<Source> source;
    int64_t prefix = 0;
    std::vector<SequenceForm::Blank> blanks;
  };
  void keep(Sequence id, Form form);
  void check_pieces(std::span<const Piece> pieces) const;
  void read_sources(std::span<const Piece> pieces);
  void place_tokens(const Form& form, int64_t begin, int64_t end);
  Memory memory_of(std::span<const Piece> pieces);

  Model& model_;
  DType compute_;
  SequenceCache cache_;
  SequenceCache memory_;
  std::vector<Form> forms_;  // of each sequence
  // Kept between steps for their memory.
  std::vector<int32_t> ids_, positions_, block_positions_;
  std::vector<int64_t> heads_;
};

}  // namespace gimbal
