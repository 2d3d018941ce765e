// The Punctuation pre-tokenizer: cuts words at each punctuation character.
#include "text/frozen_categories.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

class Punctuation final : public PreTokenizer {
 public:
  explicit Punctuation(const Json& json)
      : behavior_name_(field_or<std::string>(json, "behavior", "Isolated")),
        behavior_(behavior_from_name(behavior_name_)),
        punctuation_(each_character(is_frozen_punctuation)) {}

  void apply(TextRun& run) const override { split_words(run, punctuation_, behavior_, MatchRole::kMatches); }
  OrderedJson to_json() const override { return {{"type", "Punctuation"}, {"behavior", behavior_name_}}; }

 private:
  std::string behavior_name_;
  MatchBehavior behavior_;
  FindMatches punctuation_;
};

}  // namespace

PreTokenizerPtr make_punctuation(const Json& json) { return std::make_unique<Punctuation>(json); }

}  // namespace gimbal::text
