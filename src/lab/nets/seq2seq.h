// A recurrent sequence-to-sequence net: an encoder's last state starts the decoder; with attention the decoder also looks at every source place.
//
//   without   Sutskever et al. 2014 (arXiv:1409.3215): s_0 = last state of the encoder
//   with      Bahdanau et al. 2014 (arXiv:1409.0473): s_t = cell([y_t-1 | context_t], s_t-1), context_t by additive attention with s_t-1 as its query
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "lab/nets/recurrent.h"

namespace gimbal::lab::nets {

enum class Attention : uint8_t { kNone, kAdditive };

struct Seq2SeqSettings {
  int64_t vocab = 16, width = 48;  // symbols are 0 .. vocab - 1; the decoder starts from a symbol of its own
  Attention attention = Attention::kNone;
  RecurrentSettings layer = {};  // inputs and width are set from the above
};

/// Sequences of one length, one a row.
using Sequences = std::vector<std::vector<int32_t>>;

class Seq2Seq {
 public:
  explicit Seq2Seq(const Seq2SeqSettings& settings);
  Parameters& parameters() { return parameters_; }

  /// Mean loss per target symbol with the right symbols fed back; a [1] loss.
  Var loss(Tape& tape, const Sequences& sources, const Sequences& targets, ops::LossSums& sums);
  /// The likeliest symbol at each step, fed back, for `length` steps.
  Sequences answers(const Sequences& sources, int64_t length);

 private:
  struct Source {
    RecurrentState last;
    Var states, keys;  // [s * b, width]; with attention
  };
  Source encode(Tape& tape, const Sequences& sources);
  /// Next state and logits from the symbols of the step before.
  Var decode_step(Tape& tape, const Source& source, std::span<const int32_t> symbols, RecurrentState& state, int64_t step);
  Var embed(Tape& tape, std::span<const int32_t> symbols);

  Seq2SeqSettings settings_;
  Parameters parameters_;
  Parameter *table_, *query_ = nullptr, *key_ = nullptr, *score_ = nullptr, *out_weight_, *out_bias_;
  std::unique_ptr<Recurrent> encoder_, decoder_;
};

}  // namespace gimbal::lab::nets
