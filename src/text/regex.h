// Regular expressions over UTF-8 text, in Oniguruma's syntax, compiled by PCRE2 with its just-in-time compiler.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "text/utf8.h"

namespace gimbal::text {

class Regex {
 public:
  /// Error when the pattern is malformed or uses what PCRE2 cannot express.
  explicit Regex(std::string_view pattern);

  /// Appends the successive matches in `text` (valid UTF-8), shifted by `base`. Empty matches are included, but never right after another match.
  void find_all(std::string_view text, uint32_t base, std::vector<Span>& matches) const;

 private:
  std::shared_ptr<void> code_;
};

}  // namespace gimbal::text
