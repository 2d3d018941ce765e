// Encoding a pair of texts: each on its own, cut to fit, then laid out together.
#include <algorithm>

#include "core/error.h"
#include "text/tokenizer.h"
#include "text/tokenizer_pipeline.h"

namespace gimbal {
namespace {

using text::Draft;
using text::PairPart;
using text::Tracking;

std::vector<PairPart> laid_out(const Tokenizer::Pipeline& pipeline, Draft a, Draft b, AddSpecial add_special) {
  std::vector<PairPart> parts;
  parts.push_back({std::move(a), 0, PairPart::kFirst});
  parts.push_back({std::move(b), 1, PairPart::kSecond});
  if (pipeline.post_processor) pipeline.post_processor->apply_pair(parts, add_special);
  return parts;
}

size_t count_special(const Tokenizer::Pipeline& pipeline) {
  size_t count = 0;
  for (const PairPart& part : laid_out(pipeline, {}, {}, AddSpecial::kYes)) count += part.draft.ids.size();
  return count;
}

void cut_to(size_t length, Draft& draft) {
  if (draft.ids.size() <= length) return;
  draft.ids.resize(length);
  draft.offsets.resize(length);
  draft.surfaces.resize(length);
}

}  // namespace

std::pair<size_t, size_t> longest_first(size_t a, size_t b, size_t room) {
  if (a + b <= room) return {a, b};
  const size_t shorter = std::min(a, b);
  size_t kept_shorter = shorter, kept_longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (kept_shorter + kept_longer > room) {
    kept_shorter = room / 2;
    kept_longer = room - kept_shorter;
  }
  return a > b ? std::pair(kept_longer, kept_shorter) : std::pair(kept_shorter, kept_longer);
}

PairEncoding Tokenizer::encode_pair(std::string_view a, std::string_view b, std::optional<size_t> max_length) const {
  Draft first = pipeline_->tokens_of(a, Tracking::kOn), second = pipeline_->tokens_of(b, Tracking::kOn);
  if (max_length) {
    const size_t special = count_special(*pipeline_);
    if (*max_length < special) fail("a pair of texts cannot be cut to ", *max_length, " tokens: its special tokens alone are ", special);
    const auto [kept_a, kept_b] = longest_first(first.ids.size(), second.ids.size(), *max_length - special);
    cut_to(kept_a, first);
    cut_to(kept_b, second);
  }
  PairEncoding encoding;
  for (const PairPart& part : laid_out(*pipeline_, std::move(first), std::move(second), AddSpecial::kYes)) {
    encoding.ids.insert(encoding.ids.end(), part.draft.ids.begin(), part.draft.ids.end());
    encoding.offsets.insert(encoding.offsets.end(), part.draft.offsets.begin(), part.draft.offsets.end());
    encoding.type_ids.insert(encoding.type_ids.end(), part.draft.ids.size(), part.type_id);
    encoding.texts.insert(encoding.texts.end(), part.draft.ids.size(), part.text);
  }
  return encoding;
}

}  // namespace gimbal
