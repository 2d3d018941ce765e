// A one-pass rewriter over the pattern's characters.
#include "text/oniguruma.h"

#include "core/error.h"

namespace gimbal::text {
namespace {

// Oniguruma's word characters; it also counts the superscript digits and fractions of Latin-1.
constexpr std::string_view kWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";

class Rewriter {
 public:
  explicit Rewriter(std::string_view pattern) : pattern_(pattern) {}

  std::string rewrite() {
    while (at_ < pattern_.size()) {
      if (pattern_[at_] == '\\') {
        escape();
      } else if (pattern_[at_] == '[') {
        character_class();
      } else if (starts_with("(?")) {
        group_flags();
      } else if (pattern_[at_] == '{') {
        interval();
      } else {
        copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  bool starts_with(std::string_view prefix) const { return pattern_.substr(at_).starts_with(prefix); }

  void copy(size_t count) {
    out_ += pattern_.substr(at_, count);
    at_ += count;
  }

  void emit(std::string_view replacement, size_t consumed) {
    out_ += replacement;
    at_ += consumed;
  }

  [[noreturn]] void refuse(std::string_view what) const {
    fail("the regular expression \"", pattern_, "\" uses ", what, ", which is not supported; rewrite the pattern without it");
  }

  void unicode_escape() {
    const std::string_view digits = pattern_.substr(at_ + 2, 4);
    if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      refuse("\\u without four hexadecimal digits");
    emit(cat("\\x{", digits, "}"), 6);
  }

  // An escape that both understand, with its braces: \p{L}, \x{1F600}.
  void plain_escape() {
    const size_t end = pattern_.find('}', at_);
    const bool braced =
        at_ + 2 < pattern_.size() && pattern_[at_ + 2] == '{' && std::string_view("pPxo").find(pattern_[at_ + 1]) != std::string_view::npos;
    copy(braced && end != std::string_view::npos ? end + 1 - at_ : 2);
  }

  void escape() {
    const std::string word(kWord);
    switch (at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0') {
      case 's':
        return emit("\\p{wspace}", 2);
      case 'S':
        return emit("\\P{wspace}", 2);
      case 'w':
        return emit("[" + word + "]", 2);
      case 'W':
        return emit("[^" + word + "]", 2);
      case 'b':
        return emit("(?:(?<=[" + word + "])(?![" + word + "])|(?<![" + word + "])(?=[" + word + "]))", 2);
      case 'B':
        return emit("(?:(?<=[" + word + "])(?=[" + word + "])|(?<![" + word + "])(?![" + word + "]))", 2);
      case 'h':
        return emit("[0-9a-fA-F]", 2);
      case 'H':
        return emit("[^0-9a-fA-F]", 2);
      case 'u':
        return unicode_escape();
      default:
        return plain_escape();
    }
  }

  void escape_in_class() {
    switch (at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0') {
      case 's':
        return emit("\\p{wspace}", 2);
      case 'S':
        return emit("\\P{wspace}", 2);
      case 'w':
        return emit(kWord, 2);
      case 'h':
        return emit("0-9a-fA-F", 2);
      case 'W':
      case 'H':
        refuse("a negated escape (\\W or \\H) inside a character class");
      case 'u':
        return unicode_escape();
      default:
        return plain_escape();
    }
  }

  // The class that opens at at_, brackets included.
  void character_class() {
    copy(1);
    if (starts_with("^")) copy(1);
    class_items();
    out_ += ']';
  }

  // Up to and past the closing bracket, which is not copied: the items of a nested class join those of the class around it.
  void class_items() {
    for (bool first = true;; first = false) {
      if (at_ >= pattern_.size()) refuse("a character class without its closing bracket");
      if (pattern_[at_] == ']' && !first) break;
      if (pattern_[at_] == '\\') {
        escape_in_class();
      } else if (starts_with("[:")) {
        const size_t end = pattern_.find(":]", at_);
        if (end == std::string_view::npos) refuse("a character class without its closing bracket");
        copy(end + 2 - at_);
      } else if (starts_with("[^")) {
        refuse("a negated character class inside another");
      } else if (starts_with("[")) {
        ++at_;
        class_items();
      } else if (starts_with("&&")) {
        refuse("a class intersection (&&)");
      } else if (starts_with("]")) {
        emit("\\]", 1);
      } else {
        copy(1);
      }
    }
    ++at_;
  }

  // "(?imx-imx" up to ":" or ")"; other groups, such as lookarounds, pass unchanged.
  void group_flags() {
    const size_t end = pattern_.find_first_not_of("imx-", at_ + 2);
    if (end == std::string_view::npos || (pattern_[end] != ':' && pattern_[end] != ')')) return copy(2);
    for (copy(2); at_ < end; ++at_) out_ += pattern_[at_] == 'm' ? 's' : pattern_[at_];
  }

  void interval() {
    const size_t end = pattern_.find_first_not_of("0123456789,", at_ + 1);
    if (end == std::string_view::npos || pattern_[end] != '}' || end == at_ + 1) return emit("\\{", 1);
    if (pattern_.substr(end + 1).starts_with("+")) refuse("a plus sign after a {n,m} repetition");
    copy(end + 1 - at_);
  }

  std::string_view pattern_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string oniguruma_to_pcre2(std::string_view pattern) { return Rewriter(pattern).rewrite(); }

}  // namespace gimbal::text
