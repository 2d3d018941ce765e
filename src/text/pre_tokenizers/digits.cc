// The Digits pre-tokenizer: numbers apart from what is around them, as a whole or digit by digit.
#include "text/char_class.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

class Digits final : public PreTokenizer {
 public:
  explicit Digits(const Json& json)
      : behavior_(field_or(json, "individual_digits", false) ? MatchBehavior::kIsolated : MatchBehavior::kContiguous),
        digits_(each_character([&classes = CharClasses::get()](char32_t c) { return classes.of(c) == CharClass::kNumber; })) {}

  void apply(TextRun& run) const override { split_words(run, digits_, behavior_, MatchRole::kMatches); }
  OrderedJson to_json() const override { return {{"type", "Digits"}, {"individual_digits", behavior_ == MatchBehavior::kIsolated}}; }

 private:
  MatchBehavior behavior_;
  FindMatches digits_;
};

}  // namespace

PreTokenizerPtr make_digits(const Json& json) { return std::make_unique<Digits>(json); }

}  // namespace gimbal::text
