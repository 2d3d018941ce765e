// The one Error type for everything a user can cause, with the chain of what was being done when it happened.
//
// Two worlds: an Error is a sentence for the user (what, where, what would fix it) and ends the command with exit code 2;
// GIMBAL_ASSERT is for what only a programmer can cause.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal {

/// Concatenates anything that streams: cat("layer ", 3, " of ", n).
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  ((void)(out << parts), ...);
  return std::move(out).str();
}

/// One sentence for the user. The active Contexts of the throwing thread are put in front of it.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& sentence);
};

/// While alive, every Error thrown on this thread begins with "while <doing>: ".
class Context {
 public:
  explicit Context(std::string doing);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

/// Throws Error(cat(parts...)).
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(cat(parts...));
}

/// " (did you mean 'x'?)" for the name nearest to `wrong`, or "" when none is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names);

/// "a, b, c" for sentences that list the choices.
std::string joined(const std::vector<std::string>& names, std::string_view separator = ", ");
/// The items between the commas, empty ones left out.
std::vector<std::string> split_at_commas(std::string_view list);

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line, const std::string& what);

}  // namespace gimbal

/// What only a programmer can break; prints the condition and aborts. Extra arguments are concatenated into the message.
#define GIMBAL_ASSERT(condition, ...)                                                                   \
  do {                                                                                                  \
    if (!(condition)) ::gimbal::assertion_failed(#condition, __FILE__, __LINE__, ::gimbal::cat(__VA_ARGS__)); \
  } while (0)
