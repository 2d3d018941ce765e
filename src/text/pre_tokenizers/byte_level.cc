// The ByteLevel pre-tokenizer (GPT-2): an optional space in front, GPT-2's word pattern, and bytes in place of characters.
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

// Puts a space before each word that has none. The space comes from where the word's first character comes from, as in Hugging Face tokenizers.
void add_prefix_spaces(TextRun& run) {
  const std::string_view old = run.text.text();
  const bool tracked = run.text.tracking() == Tracking::kOn;
  std::string spaced;
  std::vector<Span> origins, words;
  for (const Span word : run.words) {
    const auto begin = static_cast<uint32_t>(spaced.size());
    if (old[word.begin] != ' ') {
      spaced += ' ';
      if (tracked) origins.push_back(run.text.origin({word.begin, word.begin + 1}));
    }
    spaced += cut(old, word);
    for (uint32_t i = word.begin; tracked && i < word.end; ++i) origins.push_back(run.text.origin({i, i + 1}));
    words.push_back({begin, static_cast<uint32_t>(spaced.size())});
  }
  run.text.replace(std::move(spaced), std::move(origins));
  run.words = std::move(words);
}

class ByteLevelPreTokenizer final : public PreTokenizer {
 public:
  explicit ByteLevelPreTokenizer(const Json& json)
      : add_prefix_space_(field_as<bool>(json, "add_prefix_space")),
        trim_offsets_(field_or(json, "trim_offsets", true)),
        use_regex_(field_or(json, "use_regex", true)),
        pattern_(WordPattern::from_regex(kGpt2Pattern)) {}

  void apply(TextRun& run) const override {
    if (run.byte_level) spell_bytes(run);
    if (add_prefix_space_) add_prefix_spaces(run);
    if (use_regex_) split_words(run, pattern_, MatchBehavior::kIsolated, MatchRole::kMatches);
    run.byte_level = true;
  }

  OrderedJson to_json() const override {
    return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space_}, {"trim_offsets", trim_offsets_}, {"use_regex", use_regex_}};
  }

 private:
  bool add_prefix_space_;
  bool trim_offsets_;  // without meaning here, but the file has it
  bool use_regex_;
  WordPattern pattern_;
};

}  // namespace

PreTokenizerPtr make_byte_level_pre_tokenizer(const Json& json) { return std::make_unique<ByteLevelPreTokenizer>(json); }

}  // namespace gimbal::text
