// Choosing the next token from a row of logits: penalties, filters, and a seeded draw. Every step is a pure function on the row.
//
// Meanings and order are those of transformers' logits processors: repetition penalty, repeated n-grams, (count penalties), temperature, top-k,
// top-p, min-p. A token that a filter removes has the logit -inf. Where logits are equal, the smaller id ranks higher.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/fields.h"

namespace gimbal {

struct SamplingOptions {
  double temperature = 1;
  int64_t top_k = 0;
  double top_p = 1, min_p = 0;
  double repetition_penalty = 1, frequency_penalty = 0, presence_penalty = 0;
  int64_t no_repeat_ngram = 0;
  int64_t seed = 0;

  template <class V>
  void fields(V&& v) {
    v("temperature", temperature, "divides the logits; 0 always takes the likeliest token");
    v("top_k", top_k, "keep the k likeliest tokens; 0 keeps all");
    v("top_p", top_p, "keep the likeliest tokens that together reach this probability; 1 keeps all");
    v("min_p", min_p, "keep tokens at least this times as likely as the likeliest; 0 keeps all");
    v("repetition_penalty", repetition_penalty, "above 1: tokens of the text so far become less likely (arXiv:1909.05858); 1 is off");
    v("frequency_penalty", frequency_penalty, "subtracted from a token's logit for each time it was generated");
    v("presence_penalty", presence_penalty, "subtracted from the logit of every token that was generated");
    v("no_repeat_ngram", no_repeat_ngram, "no sequence of this many tokens comes twice; 0 is off");
    v("seed", seed, "seed of the draws");
  }
  bool greedy() const { return temperature == 0; }
};

/// Error for a value outside its range, naming the setting.
void check(const SamplingOptions& options);

/// l > 0: l / penalty, else l * penalty, once for every token that occurs in `context`.
void penalize_repetition(std::span<float> logits_v, std::span<const int32_t> context, double penalty);
/// l - presence - frequency * count for every token that occurs `count` > 0 times in `generated`.
void penalize_counts(std::span<float> logits_v, std::span<const int32_t> generated, double frequency, double presence);
/// Removes every token that would complete an n-gram which `context` already holds.
void ban_repeated_ngrams(std::span<float> logits_v, std::span<const int32_t> context, int64_t n);
void divide_by_temperature(std::span<float> logits_v, double temperature);
/// Removes what is smaller than the k-th largest logit; tokens equal to it stay.
void keep_top_k(std::span<float> logits_v, int64_t k);
/// Keeps a token when those ranked above it hold less than p of the probability; the likeliest always stays.
void keep_top_p(std::span<float> logits_v, double p);
/// Keeps tokens of at least p times the largest probability.
void keep_min_p(std::span<float> logits_v, double p);

/// Id of the largest logit.
int32_t likeliest(std::span<const float> logits_v);
/// The token at which the running sum of probabilities, in the order of ids, passes `uniform` in [0, 1).
int32_t draw(std::span<const float> logits_v, double uniform);
/// The number that sample `sample` draws with at position `position` of its sequence: a pure function of the three.
double sampling_number(int64_t seed, int64_t sample, int64_t position);

/// The penalties of `options`, on a row that predicts what follows `context`, whose last tokens from `prompt_length` on were generated.
void apply_penalties(const SamplingOptions& options, std::span<float> logits_v, std::span<const int32_t> context, int64_t prompt_length);
/// Filters and draws (or takes the likeliest, when greedy) from a row whose penalties are applied. The row is overwritten.
int32_t choose(const SamplingOptions& options, std::span<float> logits_v, double uniform);

struct TokenLogProb {
  int32_t id = 0;
  double log_prob = 0;  // nats
};
/// log of the sum of exponentials: log_prob = logit - this.
double log_sum_exp(std::span<const float> logits_v);
/// The n likeliest tokens, likeliest first.
std::vector<TokenLogProb> top_log_probs(std::span<const float> logits_v, int64_t n);

}  // namespace gimbal
