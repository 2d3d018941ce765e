// The Fuse decoder: all tokens become one, so that later decoders see the whole text.
#include "text/decoders/decoder.h"

namespace gimbal::text {
namespace {

class Fuse final : public Decoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    std::string whole;
    for (const std::string& token : tokens) whole += token;
    tokens.assign(1, std::move(whole));
  }
  OrderedJson to_json() const override { return {{"type", "Fuse"}}; }
};

}  // namespace

DecoderPtr make_fuse(const Json&) { return std::make_unique<Fuse>(); }

}  // namespace gimbal::text
