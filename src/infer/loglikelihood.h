// How likely a model finds given texts behind given contexts: what multiple-choice and cloze tasks rank by, and perplexity sums up.
#pragma once

#include <span>
#include <vector>

#include "infer/prompt.h"

namespace gimbal {

/// Continuation: what the model is to say, its end of text or of a piece included where that is to count. Neither may be empty.
struct ContextAndContinuation {
  std::vector<int32_t> context;  // ids as for request_for(): a text to continue, a source, or a text with one blank
  std::vector<int32_t> continuation;
  int64_t blank = -1;  // where several tokens of the context stand for blanks: the one that is filled
};

struct Loglikelihood {
  double log_prob = 0;                                              // of the whole continuation, nats
  int64_t tokens = 0;                                               // of the continuation
  enum class Greedy : uint8_t { kNo, kYes } greedy = Greedy::kYes;  // kYes: each token is the likeliest one, so that greedy decoding says just this
};

/// One result a pair. Contexts are computed in ragged batches, once where consecutive pairs have the same one; their continuations follow in a second
/// pass. Error for a pair that the model cannot serve: outside of its vocabulary, longer than its context, several blanks.
std::vector<Loglikelihood> loglikelihood(Decoder& decoder, const PromptForm& form, std::span<const ContextAndContinuation> pairs);

}  // namespace gimbal
