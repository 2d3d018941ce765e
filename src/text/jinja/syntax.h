// A parsed template: statements that hold expressions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace gimbal::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind : uint8_t {
    kLiteral,
    kName,
    kList,       // parts
    kDict,       // parts: key, value, key, value, …
    kAttribute,  // parts[0].name
    kItem,       // parts[0][parts[1]]
    kSlice,      // parts[0][parts[1]:parts[2]:parts[3]], any but the first null
    kCall,       // parts[0](parts[1], …, named)
    kFilter,     // parts[0] | name(parts[1], …, named)
    kTest,       // parts[0] is name(parts[1], …, named)
    kUnary,      // name: not - +
    kAnd,
    kOr,
    kChoice,   // parts[0] if parts[1] else parts[2], which may be null
    kCompare,  // parts[0] names[0] parts[1] names[1] …
    kBinary,   // name: + - * / // % ** ~
  };
  Kind kind;
  int line;
  std::string name = {};
  Value value = {};
  std::vector<ExpressionPtr> parts = {};
  std::vector<std::pair<std::string, ExpressionPtr>> named = {};
  std::vector<std::string> names = {};
};

struct Statement {
  enum class Kind : uint8_t {
    kText,
    kOutput,      // value
    kIf,          // value; otherwise holds what elif and else say
    kFor,         // names in value, if condition; otherwise: when there is nothing
    kSet,         // names = value; of a namespace: names[0].member
    kSetBlock,    // names[0] = the body's text
    kMacro,       // text(names, each with its default or null)
    kGeneration,  // what the assistant says
    kBreak,
    kContinue,
  };
  Kind kind;
  int line;
  std::string text = {}, member = {};
  std::vector<std::string> names = {};
  ExpressionPtr value = {}, condition = {};
  std::vector<ExpressionPtr> defaults = {};
  std::vector<Statement> body = {}, otherwise = {};
};

/// Error with the line, for what is no template and for filters and tests that there are none of.
std::vector<Statement> parse(std::string_view source);

}  // namespace gimbal::jinja
