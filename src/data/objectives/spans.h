// Noise masks and sentinels as T5 has them (arXiv:1910.10683 section 3.1.4, random_spans_noise_mask of its released code).
//
//   noise  = round(n * rate), between 1 and n - 1        spans = max(1, round(noise / mean))
//   noise and the rest are each cut into that many spans of random length, which alternate, beginning with the rest
//
// round() takes halves to the even number, as Python's and TensorFlow's do.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/rng.h"

namespace gimbal {

struct SpanNoise {
  double rate, mean;
};

/// Rows that n tokens give, both ends' eos included; exact for every n from 2 on.
struct SpanCounts {
  int64_t noise, spans, source, target;
};
SpanCounts span_counts(int64_t tokens, const SpanNoise& noise);

/// Tokens whose corrupted form fills a source of `rows` rows, as random_spans_helper finds them: the released code's way of cutting without
/// padding, with its exception that at a rate of 0.5 the target must not be longer than the source.
int64_t tokens_for_source(int64_t rows, const SpanNoise& noise);

/// `items` in `parts` non-empty parts; every division is equally likely. Needs 1 <= parts <= items.
std::vector<int64_t> random_segmentation(int64_t items, int64_t parts, Rng& rng);

/// True where a token is noise. A single token is none.
std::vector<bool> random_spans_mask(int64_t tokens, const SpanNoise& noise, Rng& rng);
/// Each token is noise with probability `rate`; at least one is, of two or more.
std::vector<bool> independent_mask(int64_t tokens, double rate, Rng& rng);

/// Source: each noise span is one sentinel. Target: the same sentinels, each before the span that it stands for, and one more behind the last
/// when text follows it there. Spans for which no sentinel is left stay in the source. No eos.
struct Corrupted {
  std::vector<int32_t> source, target;
};
Corrupted corrupt(std::span<const int32_t> tokens, const std::vector<bool>& noise, std::span<const int32_t> sentinels);

}  // namespace gimbal
