// Sources and targets of text-to-text tasks (arXiv:1910.10683 section 2.4), read from JSON lines, and how several tasks are mixed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/files.h"
#include "text/tokenizer.h"

namespace gimbal {

/// Calls `take` with each {"source" or "input": …, "target" or "output": …} of a file of JSON lines.
/// Error naming the file and the line: malformed, a key missing or both, or no pairs at all.
void read_text_pairs(const fs::path& path, const std::function<void(std::string source, std::string target)>& take);

/// Tokens of the pairs of one task, without any eos; cheap enough to hold in memory (4 bytes a token).
class TextPairs {
 public:
  /// `prefix` is put before each source ("summarize: "). Error as above, and for an empty target.
  static TextPairs read(const fs::path& path, const std::string& prefix, const Tokenizer& tokenizer);

  void add(std::span<const int32_t> source, std::span<const int32_t> target);
  uint64_t content_hash() const;
  /// Pairs [begin, end).
  TextPairs slice(int64_t begin, int64_t end) const;
  int64_t size() const { return static_cast<int64_t>(ends_.size()) / 2; }
  std::span<const int32_t> source(int64_t i) const { return part(2 * static_cast<size_t>(i)); }
  std::span<const int32_t> target(int64_t i) const { return part(2 * static_cast<size_t>(i) + 1); }

 private:
  std::span<const int32_t> part(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::span(tokens_).subspan(begin, ends_[i] - begin);
  }
  std::vector<int32_t> tokens_;
  std::vector<size_t> ends_;  // of source 0, target 0, source 1, …
};

}  // namespace gimbal
