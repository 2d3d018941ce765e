// The Split pre-tokenizer: cuts words at a regular expression or a literal string.
#include "text/kind_list.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

struct BehaviorName {
  const char* name;
  MatchBehavior behavior;
};

constexpr BehaviorName kBehaviors[] = {
    {"Removed", MatchBehavior::kRemoved},
    {"Isolated", MatchBehavior::kIsolated},
    {"MergedWithPrevious", MatchBehavior::kMergedWithPrevious},
    {"MergedWithNext", MatchBehavior::kMergedWithNext},
    {"Contiguous", MatchBehavior::kContiguous},
};

MatchBehavior behavior_from(const std::string& name) {
  for (const BehaviorName& known : kBehaviors) {
    if (name == known.name) return known.behavior;
  }
  fail("the split behavior \"", name, "\" is unknown; it is one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
}

class Split final : public PreTokenizer {
 public:
  explicit Split(const Json& json)
      : json_(json),
        pattern_(pattern_from(field(json, "pattern"))),
        behavior_(behavior_from(field_as<std::string>(json, "behavior"))),
        role_(field_or(json, "invert", false) ? MatchRole::kGaps : MatchRole::kMatches) {}

  void apply(TextRun& run) const override { split_words(run, pattern_, behavior_, role_); }

  OrderedJson to_json() const override {
    return {{"type", "Split"}, {"pattern", json_["pattern"]}, {"behavior", json_["behavior"]}, {"invert", role_ == MatchRole::kGaps}};
  }

 private:
  static WordPattern pattern_from(const Json& pattern) {
    if (pattern.is_object() && pattern.contains("String")) return WordPattern::from_literal(field_as<std::string>(pattern, "String"));
    return WordPattern::from_regex(field_as<std::string>(pattern, "Regex"));
  }

  Json json_;
  WordPattern pattern_;
  MatchBehavior behavior_;
  MatchRole role_;
};

}  // namespace

PreTokenizerPtr make_split(const Json& json) { return std::make_unique<Split>(json); }

}  // namespace gimbal::text
