// The ByteFallback decoder: tokens such as <0xE4> become bytes again, and runs of them characters.
#include "core/files.h"
#include "text/decoders/decoder.h"

namespace gimbal::text {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that "<0xHH>" writes, or -1.
int fallback_byte(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  const int high = hex_digit(token[3]), low = hex_digit(token[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

class ByteFallback final : public Decoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    std::vector<std::string> decoded;
    std::string run;  // bytes of the current run of fallback tokens
    const auto end_run = [&] {
      if (run.empty()) return;
      if (find_invalid_utf8(run) == std::string::npos) {
        decoded.push_back(run);
      } else {
        decoded.insert(decoded.end(), run.size(), "\xEF\xBF\xBD");
      }
      run.clear();
    };
    for (std::string& token : tokens) {
      const int byte = fallback_byte(token);
      if (byte >= 0) {
        run.push_back(static_cast<char>(byte));
        continue;
      }
      end_run();
      decoded.push_back(std::move(token));
    }
    end_run();
    tokens = std::move(decoded);
  }
  OrderedJson to_json() const override { return {{"type", "ByteFallback"}}; }
};

}  // namespace

DecoderPtr make_byte_fallback(const Json&) { return std::make_unique<ByteFallback>(); }

}  // namespace gimbal::text
