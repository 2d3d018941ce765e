// The ByteLevel post-processor: keeps the spaces of byte-level tokens out of their offsets.
#include <algorithm>

#include "text/post_processors/post_processor.h"
#include "text/spaces.h"

namespace gimbal::text {
namespace {

constexpr char32_t kSpelledSpace = U'\u0120';  // Ġ, the space of the byte alphabet

bool is_blank(char32_t c) { return c == kSpelledSpace || is_space(c); }

int32_t leading_blanks(std::string_view surface) {
  int32_t count = 0;
  for (size_t i = 0; i < surface.size() && is_blank(character_at(surface.data() + i)); i += character_length(surface[i])) ++count;
  return count;
}

int32_t trailing_blanks(std::string_view surface) {
  int32_t count = 0;
  while (!surface.empty()) {
    size_t last = surface.size() - 1;
    while (continues_character(surface[last])) --last;
    if (!is_blank(character_at(surface.data() + last))) break;
    surface = surface.substr(0, last);
    ++count;
  }
  return count;
}

class ByteLevel final : public PostProcessor {
 public:
  explicit ByteLevel(const Json& json)
      : add_prefix_space_(field_as<bool>(json, "add_prefix_space")),
        trim_offsets_(field_or(json, "trim_offsets", true)),
        use_regex_(field_or(json, "use_regex", true)) {}

  void apply(Draft& draft, AddSpecial) const override {
    if (!trim_offsets_) return;
    for (size_t i = 0; i < draft.offsets.size(); ++i) trim(draft.surfaces[i], i == 0, draft.offsets[i]);
  }

  OrderedJson to_json() const override {
    return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space_}, {"trim_offsets", trim_offsets_}, {"use_regex", use_regex_}};
  }

 private:
  void trim(std::string_view surface, bool is_first_token, std::pair<int32_t, int32_t>& offset) const {
    int32_t leading = leading_blanks(surface);
    const int32_t trailing = trailing_blanks(surface);
    // A single space at the very start is the one that add_prefix_space put there: it covers no text.
    if (leading == 1 && add_prefix_space_ && (is_first_token || offset.first == 0)) leading = 0;
    offset.first = std::min(offset.first + leading, offset.second);
    if (trailing > 0 && offset.second >= trailing) offset.second = std::max(offset.second - trailing, offset.first);
  }

  bool add_prefix_space_;
  bool trim_offsets_;
  bool use_regex_;  // without meaning here, but the file has it
};

}  // namespace

PostProcessorPtr make_byte_level_post_processor(const Json& json) { return std::make_unique<ByteLevel>(json); }

}  // namespace gimbal::text
