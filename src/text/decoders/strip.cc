// The Strip decoder: up to so many of one character off the beginning and the end of each token.
#include "text/decoders/decoder.h"

namespace gimbal::text {
namespace {

class Strip final : public Decoder {
 public:
  explicit Strip(const Json& json)
      : content_(field_as<std::string>(json, "content")), start_(field_as<int64_t>(json, "start")), stop_(field_as<int64_t>(json, "stop")) {
    if (content_.empty()) fail("\"content\" must be one character, but is empty");
  }

  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      for (int64_t i = 0; i < start_ && token.starts_with(content_); ++i) token.erase(0, content_.size());
      for (int64_t i = 0; i < stop_ && token.ends_with(content_); ++i) token.resize(token.size() - content_.size());
    }
  }
  OrderedJson to_json() const override { return {{"type", "Strip"}, {"content", content_}, {"start", start_}, {"stop", stop_}}; }

 private:
  std::string content_;
  int64_t start_, stop_;
};

}  // namespace

DecoderPtr make_strip_decoder(const Json& json) { return std::make_unique<Strip>(json); }

}  // namespace gimbal::text
