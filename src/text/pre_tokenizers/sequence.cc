// The Sequence pre-tokenizer: each cuts further what the one before left.
#include "text/kind_list.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace gimbal::text {
namespace {

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(const Json& json) : members_(make_members(json, "pretokenizers", make_pre_tokenizer)) {}
  void apply(TextRun& run) const override {
    for (const PreTokenizerPtr& member : members_) member->apply(run);
  }
  OrderedJson to_json() const override { return sequence_json("pretokenizers", members_); }

 private:
  std::vector<PreTokenizerPtr> members_;
};

}  // namespace

PreTokenizerPtr make_pre_tokenizer_sequence(const Json& json) { return std::make_unique<Sequence>(json); }

}  // namespace gimbal::text
