// Perplexity and bits per byte: what a language model's summed negative log-likelihood (in nats) means per token and per byte of text.
//
//   perplexity = exp(nats / tokens),   bits per byte = nats / (ln 2 bytes)
//
// Bits per byte do not depend on the tokenizer, perplexity does.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace gimbal::metrics {

/// NaN of no tokens; infinite where the mean exceeds what a double can hold.
inline double perplexity(double nats, int64_t tokens) {
  return tokens > 0 ? std::exp(nats / static_cast<double>(tokens)) : std::numeric_limits<double>::quiet_NaN();
}

/// NaN of no bytes.
inline double bits_per_byte(double nats, int64_t bytes) {
  return bytes > 0 ? nats / (std::numbers::ln2 * static_cast<double>(bytes)) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace gimbal::metrics
