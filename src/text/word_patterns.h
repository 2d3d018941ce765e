// The patterns that cut text into words: known ones matched by hand-written loops, all others by the regular expression engine.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"
#include "text/regex.h"
#include "text/utf8.h"

namespace gimbal::text {

/// GPT-2 (Radford et al. 2019, encoder.py), also OPT and RoBERTa.
inline constexpr std::string_view kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
/// Llama 3, GLM-4: tiktoken's cl100k_base as Hugging Face files write it.
inline constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// Qwen 2: as Llama 3, but each digit alone.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// BLOOM. The inner brackets are a nested class, so the brackets themselves are not excluded.
inline constexpr std::string_view kBloomPattern = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+";
/// Every character on its own, newlines too.
inline constexpr std::string_view kAnyCharacterPattern = R"([\s\S])";

/// Appends all matches in `text` (valid UTF-8) in order, shifted by `base`.
using MatchAll = void (*)(std::string_view text, uint32_t base, std::vector<Span>& matches);

struct KnownPattern {
  std::string_view pattern;
  MatchAll match_all;
};
std::vector<KnownPattern> known_patterns();

class WordPattern {
 public:
  /// A known pattern's loop, or the compiled expression. Error when the pattern is malformed.
  static WordPattern from_regex(std::string_view pattern);
  /// Matches `literal` itself, which must not be empty.
  static WordPattern from_literal(std::string_view literal);
  /// From {"Regex": …} or {"String": …}, as tokenizer.json writes patterns.
  static WordPattern from_json(const Json& json);

  void find_all(std::string_view text, uint32_t base, std::vector<Span>& matches) const {
    if (known_) return known_(text, base, matches);
    regex_ ? regex_->find_all(text, base, matches) : find_literal(text, base, matches);
  }

 private:
  void find_literal(std::string_view text, uint32_t base, std::vector<Span>& matches) const;

  std::string literal_;
  MatchAll known_ = nullptr;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace gimbal::text
