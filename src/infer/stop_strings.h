// Strings that end a text, found across the borders of streamed pieces: text that may still become one is held back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal {

class StopStrings {
 public:
  /// Error for an empty string, which would end every text at once.
  explicit StopStrings(std::vector<std::string> stops);

  /// The part of what was fed so far that is certain to lie before any stop string and was not returned before. After stopped(), "".
  std::string feed(std::string_view piece);
  /// What is still held back, when the text ended otherwise.
  std::string finish();

  bool stopped() const { return found_.has_value(); }
  /// The stop string that was found. Of several that were complete with the same piece: the one that begins first, then the longest.
  const std::string& found() const { return stops_[*found_]; }

 private:
  std::vector<std::string> stops_;
  std::optional<size_t> found_;
  std::string held_;
};

}  // namespace gimbal
