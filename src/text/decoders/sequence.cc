// The Sequence decoder: several in a row.
#include "text/decoders/decoder.h"
#include "text/kind_list.h"

namespace gimbal::text {
namespace {

class Sequence final : public Decoder {
 public:
  explicit Sequence(const Json& json) : members_(make_members(json, "decoders", make_decoder)) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (const DecoderPtr& member : members_) member->apply(tokens);
  }
  OrderedJson to_json() const override { return sequence_json("decoders", members_); }
  bool is_bytewise() const override { return members_.size() == 1 && members_[0]->is_bytewise(); }

 private:
  std::vector<DecoderPtr> members_;
};

}  // namespace

DecoderPtr make_decoder_sequence(const Json& json) { return std::make_unique<Sequence>(json); }

}  // namespace gimbal::text
