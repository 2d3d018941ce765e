// The ByteFallback decoder: tokens such as <0xE4> become bytes again, and runs of them characters.
#include "core/files.h"
#include "text/decoders/decoder.h"
#include "text/fallback_bytes.h"

namespace gimbal::text {
namespace {

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
