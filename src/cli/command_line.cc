// CLI11 behind the cover.
#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>

#include "core/error.h"

namespace gimbal {
namespace {

double number_in(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

// Of what counts or numbers something; no flag of ours means anything by a number below zero.
CLI::Option* whole(CLI::Option* option) {
  return option->check([](const std::string& text) {
    return number_in(text) < 0 ? text + " is below 0" : number_in(text) > 9e18 ? text + " is more than can be counted" : "";
  });
}

CLI::Option* finite_number(CLI::Option* option) {
  return option->check([](const std::string& text) { return std::isfinite(number_in(text)) ? "" : text + " is no finite number"; });
}

}  // namespace

Argument& Argument::required() {
  option_->required();
  return *this;
}
Argument& Argument::one_of(const std::vector<std::string>& choices) {
  option_->check(CLI::IsMember(choices));
  return *this;
}
Argument& Argument::between(double least, double most) {
  option_->check(
      [least, most](const std::string& text) {
        const double number = number_in(text);
        return number >= least && number <= most ? "" : cat(text, " is not from ", least, " to ", most);
      },
      cat("in [", least, " - ", most, "]"));
  return *this;
}
Argument& Argument::at_least(int64_t least) {
  const auto wrong = [least](const std::string& text) {
    int64_t number = 0;
    const bool fits = CLI::detail::lexical_cast(text, number) && number >= least;
    return fits ? "" : cat("Value ", text, " is not a whole number of at least ", least);
  };
  option_->check(wrong, cat("at least ", least));
  return *this;
}
Argument& Argument::show_default() {
  option_->capture_default_str();
  return *this;
}
Argument& Argument::optional_value(const std::string& otherwise) {
  option_->expected(0, 1)->default_str(otherwise);
  return *this;
}

Argument CommandLine::value(const std::string& names, std::string& to, const std::string& help) {
  return Argument(app_->add_option(names, to, help));
}
Argument CommandLine::value(const std::string& names, int64_t& to, const std::string& help) {
  return Argument(whole(app_->add_option(names, to, help)));
}
Argument CommandLine::value(const std::string& names, int& to, const std::string& help) { return Argument(whole(app_->add_option(names, to, help))); }
Argument CommandLine::value(const std::string& names, double& to, const std::string& help) {
  return Argument(finite_number(app_->add_option(names, to, help)));
}
// CLI11 takes "[a,b]" for a list where extra arguments are allowed; [CLS] is one value.
Argument CommandLine::values(const std::string& names, std::vector<std::string>& to, const std::string& help) {
  return Argument(app_->add_option(names, to, help)->expected(1, -1)->allow_extra_args(false));
}
Argument CommandLine::rest(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  return Argument(app_->add_option(name, to, help)->expected(0, -1));
}
Argument CommandLine::repeated(const std::string& names, std::vector<std::string>& to, const std::string& help) {
  return Argument(app_->add_option(names, to, help)->allow_extra_args(false));
}
Argument CommandLine::flag(const std::string& names, bool& to, const std::string& help) { return Argument(app_->add_flag(names, to, help)); }
Argument CommandLine::on_value(const std::string& names, std::function<void(const std::string&)> take, const std::string& help) {
  return Argument(app_->add_option_function<std::string>(names, take, help));
}
Argument CommandLine::on_number(const std::string& names, std::function<void(int64_t)> take, const std::string& help) {
  return Argument(whole(app_->add_option_function<int64_t>(
      names, [take](const int64_t& n) { take(n); }, help)));
}
Argument CommandLine::on_values(const std::string& names, std::function<void(const std::vector<std::string>&)> take, const std::string& help) {
  return Argument(app_->add_option_function<std::vector<std::string>>(names, take, help)->expected(1, -1)->allow_extra_args(false));
}
Argument CommandLine::on_flag(const std::string& names, std::function<void()> take, const std::string& help) {
  return Argument(app_->add_flag_callback(names, std::move(take), help));
}

bool CommandLine::given(const std::string& name) const { return app_->count(name) > 0; }

}  // namespace gimbal
