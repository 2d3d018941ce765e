// Penalties and filters work on the row in place; nothing here depends on anything but its arguments.
#include "infer/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/rng.h"

namespace gimbal {
namespace {

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

float largest(std::span<const float> logits) { return *std::max_element(logits.begin(), logits.end()); }

// Descending logits, then ascending ids.
struct RanksHigher {
  std::span<const float> logits;
  bool operator()(int32_t a, int32_t b) const {
    const float la = logits[static_cast<size_t>(a)], lb = logits[static_cast<size_t>(b)];
    return la != lb ? la > lb : a < b;
  }
};

std::vector<int32_t> kept_ids(std::span<const float> logits) {
  std::vector<int32_t> ids;
  ids.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    if (logits[i] != kRemoved) ids.push_back(static_cast<int32_t>(i));
  return ids;
}

bool in_vocabulary(std::span<const float> logits, int32_t id) { return id >= 0 && static_cast<size_t>(id) < logits.size(); }

}  // namespace

void check(const SamplingOptions& o) {
  if (!(o.temperature >= 0) || std::isinf(o.temperature)) fail("temperature ", o.temperature, " is not a number of 0 or more");
  if (o.top_k < 0) fail("top-k ", o.top_k, " is below 0; 0 keeps all tokens");
  if (!(o.top_p > 0 && o.top_p <= 1)) fail("top-p ", o.top_p, " is not in (0, 1]; 1 keeps all tokens");
  if (!(o.min_p >= 0 && o.min_p <= 1)) fail("min-p ", o.min_p, " is not in [0, 1]; 0 keeps all tokens");
  if (!(o.repetition_penalty > 0) || std::isinf(o.repetition_penalty))
    fail("repetition penalty ", o.repetition_penalty, " is not above 0; 1 switches it off");
  if (!std::isfinite(o.frequency_penalty) || !std::isfinite(o.presence_penalty)) fail("frequency and presence penalties must be finite numbers");
  if (o.no_repeat_ngram < 0) fail("no-repeat-ngram ", o.no_repeat_ngram, " is below 0; 0 switches it off");
}

void penalize_repetition(std::span<float> logits, std::span<const int32_t> context, double penalty) {
  if (penalty == 1) return;
  std::vector<int32_t> ids(context.begin(), context.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  const auto factor = static_cast<float>(penalty);
  for (const int32_t id : ids) {
    if (!in_vocabulary(logits, id)) continue;
    float& l = logits[static_cast<size_t>(id)];
    l = l < 0 ? l * factor : l / factor;
  }
}

void penalize_counts(std::span<float> logits, std::span<const int32_t> generated, double frequency, double presence) {
  if (frequency == 0 && presence == 0) return;
  std::map<int32_t, int64_t> counts;
  for (const int32_t id : generated) ++counts[id];
  for (const auto& [id, count] : counts)
    if (in_vocabulary(logits, id)) logits[static_cast<size_t>(id)] -= static_cast<float>(presence + frequency * static_cast<double>(count));
}

void ban_repeated_ngrams(std::span<float> logits, std::span<const int32_t> context, int64_t n) {
  if (n <= 0 || static_cast<int64_t>(context.size()) < n) return;
  const auto before = static_cast<size_t>(n - 1);
  const auto tail = context.last(before);
  for (size_t i = 0; i + before < context.size(); ++i) {
    if (!std::equal(tail.begin(), tail.end(), context.begin() + static_cast<std::ptrdiff_t>(i))) continue;
    if (in_vocabulary(logits, context[i + before])) logits[static_cast<size_t>(context[i + before])] = kRemoved;
  }
}

void divide_by_temperature(std::span<float> logits, double temperature) {
  if (temperature == 1) return;
  for (float& l : logits) l /= static_cast<float>(temperature);
}

void keep_top_k(std::span<float> logits, int64_t k) {
  if (k <= 0 || k >= static_cast<int64_t>(logits.size())) return;
  std::vector<float> sorted(logits.begin(), logits.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const float least = sorted[static_cast<size_t>(k - 1)];
  for (float& l : logits)
    if (l < least) l = kRemoved;
}

void keep_top_p(std::span<float> logits, double p) {
  if (p >= 1) return;
  const double lse = log_sum_exp(logits);
  std::vector<int32_t> ids = kept_ids(logits);
  // The fewest that reach p are found by halves, in linear time: ids before `first` are kept and hold `above`; ids from `last` on are out.
  const auto at = [&](size_t i) { return ids.begin() + static_cast<std::ptrdiff_t>(i); };
  double above = 0;
  size_t first = 0, last = ids.size();
  while (last - first > 1) {
    const size_t middle = (first + last) / 2;
    std::nth_element(at(first), at(middle), at(last), RanksHigher{logits});
    double mass = 0;
    for (size_t i = first; i < middle; ++i) mass += std::exp(static_cast<double>(logits[static_cast<size_t>(ids[i])]) - lse);
    if (above + mass >= p) {
      last = middle;
    } else {
      above += mass;
      first = middle;
    }
  }
  for (size_t i = last; i < ids.size(); ++i) logits[static_cast<size_t>(ids[i])] = kRemoved;
}

void keep_min_p(std::span<float> logits, double p) {
  if (p <= 0) return;
  const double least = static_cast<double>(largest(logits)) + std::log(p);
  for (float& l : logits)
    if (static_cast<double>(l) < least) l = kRemoved;
}

int32_t likeliest(std::span<const float> logits) { return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()); }

int32_t draw(std::span<const float> logits, double uniform) {
  const std::vector<int32_t> ids = kept_ids(logits);
  const float most = largest(logits);
  std::vector<float> weights(ids.size());
  double total = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    weights[i] = std::exp(logits[static_cast<size_t>(ids[i])] - most);
    total += weights[i];
  }
  double left = uniform * total;
  for (size_t i = 0; i < ids.size(); ++i) {
    left -= weights[i];
    if (left < 0) return ids[i];
  }
  return likeliest(logits);  // rounding left nothing, or no logit is a number
}

double sampling_number(int64_t seed, int64_t sample, int64_t position) {
  return Rng(static_cast<uint64_t>(seed), "sampling").child(static_cast<uint64_t>(sample)).uniform_at(static_cast<uint64_t>(position));
}

void apply_penalties(const SamplingOptions& o, std::span<float> logits, std::span<const int32_t> context, int64_t prompt_length) {
  penalize_repetition(logits, context, o.repetition_penalty);
  ban_repeated_ngrams(logits, context, o.no_repeat_ngram);
  penalize_counts(logits, context.subspan(static_cast<size_t>(prompt_length)), o.frequency_penalty, o.presence_penalty);
}

int32_t choose(const SamplingOptions& o, std::span<float> logits, double uniform) {
  if (o.greedy()) return likeliest(logits);
  divide_by_temperature(logits, o.temperature);
  keep_top_k(logits, o.top_k);
  keep_top_p(logits, o.top_p);
  keep_min_p(logits, o.min_p);
  return draw(logits, uniform);
}

double log_sum_exp(std::span<const float> logits) {
  const float most = largest(logits);
  double sum = 0;
  for (const float l : logits) sum += std::exp(l - most);
  return most + std::log(sum);
}

std::vector<TokenLogProb> top_log_probs(std::span<const float> logits, int64_t n) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto count = std::min<std::ptrdiff_t>(n, static_cast<std::ptrdiff_t>(ids.size()));
  std::partial_sort(ids.begin(), ids.begin() + count, ids.end(), RanksHigher{logits});
  const double lse = log_sum_exp(logits);
  std::vector<TokenLogProb> top;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const int32_t id = ids[static_cast<size_t>(i)];
    top.push_back({id, static_cast<double>(logits[static_cast<size_t>(id)]) - lse});
  }
  return top;
}

}  // namespace gimbal
