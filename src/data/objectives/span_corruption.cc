// Span corruption (arXiv:1910.10683 section 3.1.4): the source is the text with each noise span replaced by a sentinel of its own, the target
// is each sentinel followed by its span; both end with eos. Masks and lengths as in T5's released code (spans.h), whose masks end in noise, so
// that the final sentinel of the paper's figure does not occur.
#include "data/objectives/denoise.h"

namespace gimbal {

std::shared_ptr<const Examples> make_span_corruption(const ObjectiveRequest& r) {
  constexpr std::string_view kName = "span-corruption";
  require_ends(r, kName);
  const SpanNoise noise{r.config.mask_rate, r.config.mean_span};
  const int64_t length = longest_stretch(r, kName, tokens_for_source(r.context, noise), [&](int64_t tokens) {
    const SpanCounts counts = span_counts(tokens, noise);
    return PairTokens{counts.source, counts.target, counts.source + counts.target};
  });
  require_sentinels(r, kName, span_counts(length, noise).spans, "shorten the context, raise mean_span, or lower mask_rate");
  return denoise(r, kName, length, [noise, sentinels = r.roles.sentinels](std::vector<int32_t> tokens, Rng rng) {
    return corrupt(tokens, random_spans_mask(static_cast<int64_t>(tokens.size()), noise, rng), sentinels);
  });
}

}  // namespace gimbal
