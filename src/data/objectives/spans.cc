// Drawing spans, and writing them with sentinels.
#include "data/objectives/spans.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace gimbal {
namespace {

int64_t rounded(double x) { return static_cast<int64_t>(std::nearbyint(x)); }

}  // namespace

SpanCounts span_counts(int64_t tokens, const SpanNoise& noise) {
  const int64_t n = std::max<int64_t>(tokens, 2);
  SpanCounts c{};
  c.noise = std::clamp<int64_t>(rounded(static_cast<double>(n) * noise.rate), 1, n - 1);
  // At high rates the released code may ask for more spans than there are tokens between them.
  c.spans = std::clamp<int64_t>(rounded(static_cast<double>(c.noise) / noise.mean), 1, std::min(c.noise, n - c.noise));
  c.source = n - c.noise + c.spans + 1;
  c.target = c.noise + c.spans + 1;
  return c;
}

int64_t tokens_for_source(int64_t rows, const SpanNoise& noise) {
  int64_t tokens = std::max<int64_t>(rows - 1, 1);
  while (span_counts(tokens + 1, noise).source <= rows) ++tokens;
  const SpanCounts counts = span_counts(tokens, noise);
  return noise.rate == 0.5 && counts.target > counts.source ? tokens - 1 : tokens;
}

std::vector<int64_t> random_segmentation(int64_t items, int64_t parts, Rng& rng) {
  GIMBAL_ASSERT(1 <= parts && parts <= items, parts, " of ", items);
  std::vector<int64_t> lengths = {1};
  int64_t cuts = parts - 1;  // of the items - 1 places between two items: selection sampling (Knuth, volume 2, 3.4.2, algorithm S)
  for (int64_t places = items - 1; places > 0; --places) {
    const bool cut = static_cast<int64_t>(rng.below(static_cast<uint64_t>(places))) < cuts;
    cut ? lengths.push_back(1) : void(++lengths.back());
    cuts -= cut;
  }
  return lengths;
}

std::vector<bool> random_spans_mask(int64_t tokens, const SpanNoise& noise, Rng& rng) {
  const SpanCounts counts = span_counts(tokens, noise);
  const std::vector<int64_t> hidden = random_segmentation(counts.noise, counts.spans, rng);
  const std::vector<int64_t> kept = random_segmentation(std::max<int64_t>(tokens, 2) - counts.noise, counts.spans, rng);
  std::vector<bool> mask;
  for (size_t i = 0; i < hidden.size(); ++i) {
    mask.insert(mask.end(), static_cast<size_t>(kept[i]), false);
    mask.insert(mask.end(), static_cast<size_t>(hidden[i]), true);
  }
  mask.resize(static_cast<size_t>(tokens));
  return mask;
}

std::vector<bool> independent_mask(int64_t tokens, double rate, Rng& rng) {
  std::vector<bool> mask(static_cast<size_t>(tokens));
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = rng.uniform() < rate;
  if (tokens > 1 && std::find(mask.begin(), mask.end(), true) == mask.end()) mask[static_cast<size_t>(rng.below(mask.size()))] = true;
  return mask;
}

Corrupted corrupt(std::span<const int32_t> tokens, const std::vector<bool>& noise, std::span<const int32_t> sentinels) {
  GIMBAL_ASSERT(tokens.size() == noise.size() && !sentinels.empty(), tokens.size(), ", ", noise.size(), ", ", sentinels.size());
  Corrupted c;
  size_t used = 0;
  bool inside = false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool begins = noise[i] && (i == 0 || !noise[i - 1]);
    if (begins) inside = used < sentinels.size();
    if (begins && inside) {
      c.source.push_back(sentinels[used]);
      c.target.push_back(sentinels[used++]);
    }
    inside = inside && noise[i];
    (inside ? c.target : c.source).push_back(tokens[i]);
  }
  if (!inside && used < sentinels.size()) c.target.push_back(sentinels[used]);
  return c;
}

}  // namespace gimbal
