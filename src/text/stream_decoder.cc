// Two ways to stream: byte by byte where tokens do not depend on their neighbours, else by decoding a window of the latest ids.
#include "text/stream_decoder.h"

#include "text/tokenizer_pipeline.h"

namespace gimbal {

std::string StreamDecoder::feed(int32_t id) {
  const Tokenizer::Pipeline& pipeline = tokenizer_.pipeline();
  const Tokenizer::Pipeline::Entry& entry = pipeline.entry(id);
  if (entry.special && skip_special_ == SkipSpecial::kYes) return "";
  return pipeline.decoder && pipeline.decoder->is_bytewise() ? feed_bytes(entry.bytes) : feed_window(id);
}

std::string StreamDecoder::feed_bytes(std::string_view bytes) {
  unfinished_ += bytes;
  std::string_view rest = unfinished_;
  while (!rest.empty()) {
    const text::Utf8Step step = text::first_utf8_step(rest);
    if (step.kind == text::Utf8Step::Kind::kUnfinished) break;
    rest.remove_prefix(step.length);
  }
  const size_t certain = unfinished_.size() - rest.size();
  std::string piece = text::replace_broken_utf8(std::string_view(unfinished_).substr(0, certain));
  unfinished_.erase(0, certain);
  return piece;
}

std::string StreamDecoder::feed_window(int32_t id) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  window_.push_back(id);
  const std::string whole = tokenizer_.decode(window_, skip_special_);
  // A replacement character at the end may yet become a character; text that does not continue what was returned waits for more.
  if (whole.ends_with(kReplacement) || !whole.starts_with(returned_)) return "";
  std::string piece = whole.substr(returned_.size());
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(returned_ids_));
  returned_ids_ = window_.size();
  returned_ = tokenizer_.decode(window_, skip_special_);
  return piece;
}

std::string StreamDecoder::finish() {
  std::string rest = text::replace_broken_utf8(unfinished_);
  if (!window_.empty()) {
    const std::string whole = tokenizer_.decode(window_, skip_special_);
    rest += whole.starts_with(returned_) ? whole.substr(returned_.size()) : "";
  }
  unfinished_.clear();
  window_.clear();
  returned_ids_ = 0;
  returned_.clear();
  return rest;
}

}  // namespace gimbal
