// The ByteLevel decoder (GPT-2): characters of the byte alphabet become bytes again.
#include "text/byte_alphabet.h"
#include "text/decoders/decoder.h"
#include "text/utf8.h"

namespace gimbal::text {
namespace {

class ByteLevel final : public Decoder {
 public:
  explicit ByteLevel(const Json& json)
      : add_prefix_space_(field_or(json, "add_prefix_space", true)),
        trim_offsets_(field_or(json, "trim_offsets", true)),
        use_regex_(field_or(json, "use_regex", true)) {}

  void apply(std::vector<std::string>& tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += bytes_of_token(token);
    tokens.assign(1, replace_broken_utf8(bytes));
  }
  bool is_bytewise() const override { return true; }

  OrderedJson to_json() const override {
    return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space_}, {"trim_offsets", trim_offsets_}, {"use_regex", use_regex_}};
  }

 private:
  bool add_prefix_space_, trim_offsets_, use_regex_;  // all without meaning here, but the file has them
};

}  // namespace

DecoderPtr make_byte_level_decoder(const Json& json) { return std::make_unique<ByteLevel>(json); }

}  // namespace gimbal::text
