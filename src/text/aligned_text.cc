// Alignment under slices and rewrites.
#include "text/aligned_text.h"

#include "core/error.h"
#include "text/byte_alphabet.h"

namespace gimbal::text {

Span AlignedText::byte_origin(uint32_t byte) const {
  if (rewritten_) return origins_[byte];
  const std::string_view t = text();
  uint32_t begin = byte, end = byte + 1;
  while (begin > 0 && continues_character(t[begin])) --begin;
  while (end < t.size() && continues_character(t[end])) ++end;
  return {base_ + begin, base_ + end};
}

Span AlignedText::origin(Span piece) const {
  GIMBAL_ASSERT(tracking_ == Tracking::kOn && piece.begin < piece.end);
  return {byte_origin(piece.begin).begin, byte_origin(piece.end - 1).end};
}

AlignedText AlignedText::slice(Span piece) const {
  AlignedText part = *this;
  part.base_ = base_ + piece.begin;
  if (!owns_) {
    part.borrowed_ = cut(borrowed_, piece);
    return part;
  }
  part.owned_ = std::string(cut(owned_, piece));
  if (rewritten_) {
    part.origins_.assign(origins_.begin() + piece.begin, origins_.begin() + piece.end);
    part.base_ = part.origins_.empty() ? base_ : part.origins_.front().begin;
  }
  return part;
}

void AlignedText::transform(const std::vector<Edit>& edits, uint32_t dropped_first) {
  const std::string_view old = text();
  std::string fresh;
  fresh.reserve(old.size() + old.size() / 4);
  std::vector<Span> origins;
  uint32_t at = 0;  // the next character of the old text
  const auto skip = [&] { at += at < old.size() ? character_length(old[at]) : 0; };
  for (uint32_t dropped = 0; dropped < dropped_first; ++dropped) skip();
  for (const Edit& edit : edits) {
    Span from{base_, base_};
    if (edit.change > 0) {
      if (tracking_ == Tracking::kOn && at > 0) from = byte_origin(at - 1);
    } else {
      GIMBAL_ASSERT(at < old.size());
      if (tracking_ == Tracking::kOn) from = byte_origin(at);
      for (int dropped = 0; dropped <= -edit.change; ++dropped) skip();
    }
    const uint32_t length = append_character(edit.character, fresh);
    if (tracking_ == Tracking::kOn) origins.insert(origins.end(), length, from);
  }
  replace(std::move(fresh), std::move(origins));
}

void AlignedText::replace(std::string text, std::vector<Span> origins) {
  GIMBAL_ASSERT(tracking_ == Tracking::kOff || origins.size() == text.size());
  owned_ = std::move(text);
  owns_ = true;
  rewritten_ = tracking_ == Tracking::kOn;
  origins_ = std::move(origins);
}

void spell_bytes(TextRun& run) {
  GIMBAL_ASSERT(run.byte_level);
  const bool tracked = run.text.tracking() == Tracking::kOn;
  const std::string_view bytes = run.text.text();
  std::string spelled;
  std::vector<Span> origins, words;
  for (const Span word : run.words) {
    const auto begin = static_cast<uint32_t>(spelled.size());
    for (uint32_t i = word.begin; i < word.end; ++i) {
      const uint32_t length = append_character(alphabet_character(bytes[i]), spelled);
      if (tracked) origins.insert(origins.end(), length, run.text.origin({i, i + 1}));
    }
    words.push_back({begin, static_cast<uint32_t>(spelled.size())});
  }
  run.text.replace(std::move(spelled), std::move(origins));
  run.words = std::move(words);
  run.byte_level = false;
}

}  // namespace gimbal::text
