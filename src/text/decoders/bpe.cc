// The BPEDecoder (GPT-1): the end-of-word suffix becomes a space, and nothing at the end of the text.
#include "text/decoders/decoder.h"
#include "text/replace_all.h"

namespace gimbal::text {
namespace {

class BpeDecoder final : public Decoder {
 public:
  explicit BpeDecoder(const Json& json) : suffix_(field_as<std::string>(json, "suffix")) {
    if (suffix_.empty()) fail("\"suffix\" must not be empty");
  }
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) replace_all(token, suffix_, &token == &tokens.back() ? "" : " ");
  }
  OrderedJson to_json() const override { return {{"type", "BPEDecoder"}, {"suffix", suffix_}}; }

 private:
  std::string suffix_;
};

}  // namespace

DecoderPtr make_bpe_decoder(const Json& json) { return std::make_unique<BpeDecoder>(json); }

}  // namespace gimbal::text
