// The Metaspace decoder: marks become spaces again, and those of the first token go where one was put in front.
#include "text/decoders/decoder.h"
#include "text/prepend_scheme.h"
#include "text/replace_all.h"

namespace gimbal::text {
namespace {

class Metaspace final : public Decoder {
 public:
  explicit Metaspace(const Json& json)
      : mark_(field_or<std::string>(json, "replacement", "\u2581")), scheme_(prepend_scheme_from(json)), splits_(field_or(json, "split", true)) {
    if (mark_.empty()) fail("\"replacement\" must not be empty");
  }

  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      const bool was_added = &token == &tokens.front() && scheme_ != PrependScheme::kNever;
      replace_all(token, mark_, was_added ? "" : " ");
    }
  }
  OrderedJson to_json() const override {
    return {{"type", "Metaspace"}, {"replacement", mark_}, {"prepend_scheme", prepend_scheme_name(scheme_)}, {"split", splits_}};
  }

 private:
  std::string mark_;
  PrependScheme scheme_;
  bool splits_;  // without meaning here, but the file has it
};

}  // namespace

DecoderPtr make_metaspace_decoder(const Json& json) { return std::make_unique<Metaspace>(json); }

}  // namespace gimbal::text
