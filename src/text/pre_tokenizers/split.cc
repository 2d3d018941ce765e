// The Split pre-tokenizer: cuts words at a regular expression or a literal string.
#include "text/kind_list.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

class Split final : public PreTokenizer {
 public:
  explicit Split(const Json& json)
      : json_(json),
        pattern_(WordPattern::from_json(field(json, "pattern"))),
        behavior_(behavior_from_name(field_as<std::string>(json, "behavior"))),
        role_(field_or(json, "invert", false) ? MatchRole::kGaps : MatchRole::kMatches) {}

  void apply(TextRun& run) const override { split_words(run, pattern_, behavior_, role_); }

  OrderedJson to_json() const override {
    return {{"type", "Split"}, {"pattern", json_["pattern"]}, {"behavior", json_["behavior"]}, {"invert", role_ == MatchRole::kGaps}};
  }

 private:
  Json json_;
  WordPattern pattern_;
  MatchBehavior behavior_;
  MatchRole role_;
};

}  // namespace

PreTokenizerPtr make_split(const Json& json) { return std::make_unique<Split>(json); }

}  // namespace gimbal::text
