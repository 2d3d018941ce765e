// The Replace decoder: every match of a pattern within a token becomes another string.
#include "text/decoders/decoder.h"
#include "text/word_patterns.h"

namespace gimbal::text {
namespace {

class Replace final : public Decoder {
 public:
  explicit Replace(const Json& json)
      : json_(json), pattern_(WordPattern::from_json(field(json, "pattern"))), content_(field_as<std::string>(json, "content")) {}

  void apply(std::vector<std::string>& tokens) const override {
    std::vector<Span> matches;
    for (std::string& token : tokens) {
      matches.clear();
      pattern_.find_all(token, 0, matches);
      for (auto match = matches.rbegin(); match != matches.rend(); ++match) token.replace(match->begin, match->size(), content_);
    }
  }
  OrderedJson to_json() const override { return {{"type", "Replace"}, {"pattern", json_["pattern"]}, {"content", content_}}; }

 private:
  Json json_;
  WordPattern pattern_;
  std::string content_;
};

}  // namespace

DecoderPtr make_replace_decoder(const Json& json) { return std::make_unique<Replace>(json); }

}  // namespace gimbal::text
