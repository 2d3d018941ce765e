// The other noises that T5 compares (arXiv:1910.10683 section 3.3.1, table 3), each token being noise with probability mask_rate:
//
//   bert            noise reads <extra_id_0> in 90 %, a random ordinary token in 10 %; the target is the whole text
//   mass            noise reads <extra_id_0>; the target is the whole text
//   replaced-spans  each run of noise is one sentinel; the target is sentinels and runs, with a last sentinel where text follows
//   drop            noise is left out; the target is what was left out
//   deshuffle       all tokens in random order; the target is the text
//
// Where the first token is noise, the released code for replaced-spans leaves out the target's first sentinel; here it follows the paper's text.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "data/objectives/denoise.h"

namespace gimbal {
namespace {

constexpr std::string_view kDenoising = "denoising";
constexpr double kRandomTokens = 0.1;

std::vector<bool> noise_of(const std::vector<int32_t>& tokens, const ObjectiveRequest& r, Rng& rng) {
  return independent_mask(static_cast<int64_t>(tokens.size()), r.config.mask_rate, rng);
}

// Noise becomes one sentinel each, or a random token with probability `random`.
Corrupted replace_tokens(std::vector<int32_t> tokens, const ObjectiveRequest& r, double random, Rng rng) {
  const std::vector<bool> noise = noise_of(tokens, r, rng);
  Corrupted c{tokens, tokens};
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (noise[i]) c.source[i] = rng.uniform() < random ? r.roles.random_ordinary(rng) : r.roles.sentinels[0];
  }
  return c;
}

Corrupted bert(std::vector<int32_t> tokens, const ObjectiveRequest& r, Rng rng) { return replace_tokens(std::move(tokens), r, kRandomTokens, rng); }
Corrupted mass(std::vector<int32_t> tokens, const ObjectiveRequest& r, Rng rng) { return replace_tokens(std::move(tokens), r, 0, rng); }

Corrupted replaced_spans(std::vector<int32_t> tokens, const ObjectiveRequest& r, Rng rng) {
  return corrupt(tokens, noise_of(tokens, r, rng), r.roles.sentinels);
}

Corrupted drop(std::vector<int32_t> tokens, const ObjectiveRequest& r, Rng rng) {
  const std::vector<bool> noise = noise_of(tokens, r, rng);
  Corrupted c;
  for (size_t i = 0; i < tokens.size(); ++i) (noise[i] ? c.target : c.source).push_back(tokens[i]);
  return c;
}

Corrupted deshuffle(std::vector<int32_t> tokens, const ObjectiveRequest&, Rng rng) {
  Corrupted c{tokens, tokens};
  for (size_t i = tokens.size(); i > 1; --i) std::swap(c.source[i - 1], c.source[static_cast<size_t>(rng.below(i))]);
  return c;
}

struct Style {
  std::string_view name;
  Corrupted (*noise)(std::vector<int32_t> tokens, const ObjectiveRequest& r, Rng rng);
  int64_t (*sentinels)(int64_t n, double rate);  // at least, for n tokens
  PairTokens (*expansion)(int64_t n);
};

int64_t no_sentinel(int64_t, double) { return 0; }
int64_t one_sentinel(int64_t, double) { return 1; }
// Runs of noise among n tokens of rate p have mean n p q + p^2 and variance about n p q (1 - 3 p q), q = 1 - p: five deviations above are as good as
// never exceeded. One more closes the target.
int64_t one_a_run(int64_t n, double rate) {
  const double spread = rate * (1 - rate), mean = static_cast<double>(n) * spread + rate * rate;
  const double runs = mean + 5 * std::sqrt(static_cast<double>(n) * spread * (1 - 3 * spread));
  return 1 + std::clamp<int64_t>(static_cast<int64_t>(std::ceil(runs)), 1, (n + 1) / 2);
}

PairTokens whole_text(int64_t n) { return {n + 1, n + 1, 2 * n + 2}; }
// At worst every other token is noise, or all are.
PairTokens marked_runs(int64_t n) { return {n + 1, n + 2, 2 * n + 3}; }
PairTokens either_side(int64_t n) { return {n + 1, n + 1, n + 2}; }

constexpr std::array kStyles = {
    Style{"bert", bert, one_sentinel, whole_text},
    Style{"mass", mass, one_sentinel, whole_text},
    Style{"replaced-spans", replaced_spans, one_a_run, marked_runs},
    Style{"drop", drop, no_sentinel, either_side},
    Style{"deshuffle", deshuffle, no_sentinel, whole_text},
};

const Style& style_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Style& style : kStyles) {
    if (style.name == name) return style;
    names.emplace_back(style.name);
  }
  fail("unknown denoising style '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

}  // namespace

std::shared_ptr<const Examples> make_denoising(const ObjectiveRequest& r) {
  const Style& style = style_named(r.config.style);
  require_ends(r, kDenoising);
  const int64_t length = longest_stretch(r, kDenoising, r.context, style.expansion);
  require_sentinels(r, kDenoising, style.sentinels(length, r.config.mask_rate), "shorten the context, or lower mask_rate");
  ObjectiveRequest kept = r;
  kept.shard = {};
  return denoise(r, kDenoising, length, [&style, kept](std::vector<int32_t> tokens, Rng rng) { return style.noise(std::move(tokens), kept, rng); });
}

}  // namespace gimbal
