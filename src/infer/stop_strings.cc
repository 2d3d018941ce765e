// The held text never is longer than the longest stop string.
#include "infer/stop_strings.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace gimbal {
namespace {

// Length of the longest end of `text` that begins `stop` without being all of it.
size_t overlap(std::string_view text, std::string_view stop) {
  for (size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n)
    if (stop.starts_with(text.substr(text.size() - n))) return n;
  return 0;
}

}  // namespace

StopStrings::StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {
  // The longest first: of two that begin at one place, the longer one wins when both are complete.
  std::stable_sort(stops_.begin(), stops_.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  if (!stops_.empty() && stops_.back().empty()) fail("a stop string is empty, which would end every text before it begins");
}

std::string StopStrings::feed(std::string_view piece) {
  if (stopped()) return "";
  held_ += piece;
  size_t first = std::string::npos, held_back = 0;
  for (size_t s = 0; s < stops_.size(); ++s) {
    const size_t at = held_.find(stops_[s]);
    if (at < first) {
      first = at;
      found_ = s;
    }
    held_back = std::max(held_back, overlap(held_, stops_[s]));
  }
  const size_t certain = stopped() ? first : held_.size() - held_back;
  std::string text = held_.substr(0, certain);
  held_.erase(0, stopped() ? held_.size() : certain);
  return text;
}

std::string StopStrings::finish() { return std::exchange(held_, ""); }

}  // namespace gimbal
