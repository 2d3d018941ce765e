// Replacing every occurrence of a string.
#pragma once

#include <string>
#include <string_view>

namespace gimbal::text {

/// `from` must not be empty. What was put in is not looked at again.
inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string fresh;
  size_t done = 0;
  for (; at != std::string::npos; at = text.find(from, done)) {
    fresh.append(text, done, at - done).append(to);
    done = at + from.size();
  }
  text = fresh.append(text, done);
}

}  // namespace gimbal::text
