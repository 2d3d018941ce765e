// Cutting a template.
#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "text/utf8.h"

namespace gimbal::jinja {
namespace {

using Kind = Token::Kind;

bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit_byte(char c) { return c >= '0' && c <= '9'; }

// One kind of line break, and none at the end: so Jinja reads files.
std::string normalized(std::string_view source) {
  std::string out;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r')
      out += source[i];
    else if (i + 1 == source.size() || source[i + 1] != '\n')
      out += '\n';
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(normalized(source)) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      const size_t open = next_tag();
      cut_text(open);
      if (open >= text_.size()) break;
      const char kind = text_[open + 1];
      advance(open + 2);
      const bool sign = at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+');
      if (sign) advance(at_ + 1);
      if (kind == '#')
        comment();
      else if (kind == '%' && raw())
        continue;
      else
        tag(kind == '{' ? Kind::kVariableBegin : Kind::kBlockBegin);
    }
    add(Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void wrong(int line, const std::string& what) const { fail("chat template line ", line, ": ", what); }
  void add(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }
  void advance(size_t to) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    at_ = to;
  }

  size_t next_tag() const {
    for (size_t i = text_.find('{', at_); i != std::string::npos; i = text_.find('{', i + 1))
      if (i + 1 < text_.size() && (text_[i + 1] == '{' || text_[i + 1] == '%' || text_[i + 1] == '#')) return i;
    return text_.size();
  }

  // The text up to a tag, shortened as the tag's sign and kind say. `line_starting_` tells whether the text begins a line.
  std::string before_tag(size_t open) const {
    std::string text = text_.substr(at_, open - at_);
    if (open >= text_.size()) return text;
    const char kind = text_[open + 1], sign = open + 2 < text_.size() ? text_[open + 2] : ' ';
    if (sign == '-') {
      while (!text.empty() && is_blank_byte(text.back())) text.pop_back();
    } else if (sign != '+' && kind != '{') {
      const size_t line = text.rfind('\n') + 1;  // npos + 1 is 0
      const bool blank = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(line), text.end(), is_blank_byte);
      if (blank && (line > 0 || line_starting_)) text.resize(line);
    }
    return text;
  }
  void cut_text(size_t open) {
    std::string text = before_tag(open);
    const int line = line_;
    advance(open);
    if (!text.empty()) tokens_.push_back({Kind::kText, std::move(text), line});
  }

  // Behind a tag's end at `end`: `trims` blocks and comments take a line break with them, a minus all white space.
  void leave(size_t sign_at, size_t end, bool trims) {
    const char sign = text_[sign_at];
    size_t to = end;
    if (sign == '-') {
      while (to < text_.size() && is_blank_byte(text_[to])) ++to;
    } else if (sign != '+' && trims && to < text_.size() && text_[to] == '\n') {
      ++to;
    }
    line_starting_ = to > end && text_[to - 1] == '\n';
    advance(to);
  }

  void comment() {
    const size_t end = text_.find("#}", at_);
    if (end == std::string::npos) wrong(line_, "a comment {# has no end #}");
    const size_t last = end > at_ ? end - 1 : end;
    leave(last, end + 2, true);
  }

  // {% raw %} … {% endraw %}; false, and nothing read, when the tag is another one.
  bool raw() {
    const auto word = [&](size_t at, std::string_view name) -> size_t {
      while (at < text_.size() && is_blank_byte(text_[at])) ++at;
      if (text_.compare(at, name.size(), name) != 0) return std::string::npos;
      at += name.size();
      while (at < text_.size() && is_blank_byte(text_[at])) ++at;
      const size_t sign = at;
      if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
      return text_.compare(at, 2, "%}") == 0 ? sign : std::string::npos;
    };
    size_t sign = word(at_, "raw");
    if (sign == std::string::npos) return false;
    const int line = line_;
    leave(sign, text_.find("%}", sign) + 2, false);
    for (size_t open = text_.find("{%", at_); open != std::string::npos; open = text_.find("{%", open + 1)) {
      const bool signed_tag = open + 2 < text_.size() && (text_[open + 2] == '-' || text_[open + 2] == '+');
      sign = word(open + (signed_tag ? 3 : 2), "endraw");
      if (sign == std::string::npos) continue;
      cut_text(open);
      leave(sign, text_.find("%}", sign) + 2, true);
      return true;
    }
    wrong(line, "{% raw %} has no {% endraw %}");
  }

  void tag(Kind begin) {
    const int first_line = line_;
    add(begin, "");
    const std::string_view close = begin == Kind::kVariableBegin ? "}}" : "%}";
    std::string open_brackets;
    for (;;) {
      while (at_ < text_.size() && is_blank_byte(text_[at_])) advance(at_ + 1);
      if (at_ >= text_.size()) wrong(first_line, cat("a tag ", close == "}}" ? "{{" : "{%", " has no end ", close));
      if (open_brackets.empty()) {
        const bool sign = text_[at_] == '-' || (text_[at_] == '+' && begin == Kind::kBlockBegin);
        if (text_.compare(at_ + (sign ? 1 : 0), 2, close) == 0) {
          add(begin == Kind::kVariableBegin ? Kind::kVariableEnd : Kind::kBlockEnd, "");
          leave(at_, at_ + (sign ? 3 : 2), begin == Kind::kBlockBegin);
          return;
        }
      }
      piece(open_brackets);
    }
  }

  // One name, string, number or operator.
  void piece(std::string& open_brackets) {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted_string(c);
    size_t end = at_;
    if (begins_name(c)) {
      while (end < text_.size() && (begins_name(text_[end]) || is_digit_byte(text_[end]))) ++end;
      return take(Kind::kName, end);
    }
    if (is_digit_byte(c)) {
      const auto digits = [&] {
        while (end < text_.size() && (is_digit_byte(text_[end]) || text_[end] == '_')) ++end;
      };
      digits();
      const bool fraction = end + 1 < text_.size() && text_[end] == '.' && is_digit_byte(text_[end + 1]);
      if (fraction) ++end, digits();
      const bool exponent = skip_exponent(end);
      return take(fraction || exponent ? Kind::kFloat : Kind::kInteger, end);
    }
    constexpr std::array<std::string_view, 6> kLong = {"==", "!=", "<=", ">=", "//", "**"};
    for (const std::string_view op : kLong)
      if (text_.compare(at_, 2, op) == 0) return take(Kind::kOperator, at_ + 2);
    if (std::string_view("+-*/%~<>=()[]{}.,:|").find(c) == std::string_view::npos)
      wrong(line_, cat("an expression cannot have the character '", std::string_view(text_).substr(at_, text::character_length(c)), "'"));
    if (c == '(' || c == '[' || c == '{') open_brackets += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c == ')' || c == ']' || c == '}') {
      if (open_brackets.empty() || open_brackets.back() != c) wrong(line_, cat("there is a '", c, "' that nothing opened"));
      open_brackets.pop_back();
    }
    take(Kind::kOperator, at_ + 1);
  }
  // e10, E-5 behind the digits of a number that ends at `end`.
  bool skip_exponent(size_t& end) const {
    if (end >= text_.size() || (text_[end] != 'e' && text_[end] != 'E')) return false;
    size_t at = end + 1;
    if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
    if (at >= text_.size() || !is_digit_byte(text_[at])) return false;
    while (at < text_.size() && is_digit_byte(text_[at])) ++at;
    end = at;
    return true;
  }
  void take(Kind kind, size_t end) {
    add(kind, text_.substr(at_, end - at_));
    advance(end);
  }

  void quoted_string(char quote) {
    const int line = line_;
    std::string out;
    size_t i = at_ + 1;
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] != '\\' || i + 1 >= text_.size())
        out += text_[i];
      else
        i = escape(i + 1, out);
    }
    if (i >= text_.size()) wrong(line, cat("a string has no closing ", quote));
    tokens_.push_back({Kind::kString, std::move(out), line});
    advance(i + 1);
  }

  // The escape whose letter stands at `at`; returns the place of its last character.
  size_t escape(size_t at, std::string& out) const {
    constexpr std::string_view kLetters = "nrtbfva0'\"\\";
    constexpr char kMeanings[] = "\n\r\t\b\f\v\a\0'\"\\";
    const char c = text_[at];
    if (const size_t place = kLetters.find(c); place != std::string_view::npos) {
      out += kMeanings[place];
      return at;
    }
    if (c == '\n') return at;
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    const std::string hex = text_.substr(at + 1, digits);
    if (digits > 0 && hex.size() == digits && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
      text::append_character(static_cast<char32_t>(std::stoul(hex, nullptr, 16)), out);
      return at + digits;
    }
    out += {'\\', c};
    return at;
  }

  std::string text_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view source) { return Lexer(source).run(); }

}  // namespace gimbal::jinja
