// The flags and arguments of one command: a thin cover, so that the parsing library is compiled once and known to two files only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gimbal {

/// What may be said of an argument after it is declared.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}
  Argument& required();
  Argument& one_of(const std::vector<std::string>& choices);
  Argument& between(double least, double most);
  /// Of a whole number.
  Argument& at_least(int64_t least);
  Argument& show_default();
  /// The value may be left out; it then is `otherwise`.
  Argument& optional_value(const std::string& otherwise);

 private:
  CLI::Option* option_;
};

/// Names as "--flag", "-f,--flag", or "name" for an argument by place. The variables must outlive parsing.
class CommandLine {
 public:
  explicit CommandLine(CLI::App* app) : app_(app) {}

  Argument value(const std::string& names, std::string& to, const std::string& help);
  Argument value(const std::string& names, int64_t& to, const std::string& help);
  Argument value(const std::string& names, int& to, const std::string& help);
  Argument value(const std::string& names, double& to, const std::string& help);
  /// Several values after one name: --data a b c.
  Argument values(const std::string& names, std::vector<std::string>& to, const std::string& help);
  /// All arguments by place that are left.
  Argument rest(const std::string& name, std::vector<std::string>& to, const std::string& help);
  /// One value after each mention: --stop a --stop b.
  Argument repeated(const std::string& names, std::vector<std::string>& to, const std::string& help);
  Argument flag(const std::string& names, bool& to, const std::string& help);
  /// Calls `take` with the value while parsing.
  Argument on_value(const std::string& names, std::function<void(const std::string&)> take, const std::string& help);
  Argument on_number(const std::string& names, std::function<void(int64_t)> take, const std::string& help);
  Argument on_values(const std::string& names, std::function<void(const std::vector<std::string>&)> take, const std::string& help);
  Argument on_flag(const std::string& names, std::function<void()> take, const std::string& help);

  /// Whether the user wrote this flag or argument. For after parsing.
  bool given(const std::string& name) const;

 private:
  CLI::App* app_;
};

}  // namespace gimbal
