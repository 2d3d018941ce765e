// A template cut into tokens: text between tags, and within tags names, strings, numbers and operators; white space as Jinja's trim_blocks and
// lstrip_blocks leave it, which is how chat templates are rendered everywhere.
//
//   {%- … -%} {{- … -}} {#- … -#}   white space before, or after, goes
//   {% … %}                         so do spaces before it on its line, and the line break behind it; {%+ and +%} keep them
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gimbal::jinja {

struct Token {
  enum class Kind : uint8_t { kText, kVariableBegin, kVariableEnd, kBlockBegin, kBlockEnd, kName, kString, kInteger, kFloat, kOperator, kEnd };
  Kind kind;
  std::string text;  // of a string: what it stands for
  int line;
};

/// Error with the line for what is no template: an open tag, an open string, a character that no expression has.
std::vector<Token> lex(std::string_view source);

}  // namespace gimbal::jinja
