// The pre-tokenizers WhitespaceSplit, whose words lie between white space, and Whitespace, which also parts word characters from all others.
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/spaces.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

enum class Sort : uint8_t { kSpace, kWord, kOther };

Sort sort_of_any(char32_t c) { return is_space(c) ? Sort::kSpace : Sort::kWord; }
Sort sort_by_words(char32_t c) { return is_word_character(c) ? Sort::kWord : is_space(c) ? Sort::kSpace : Sort::kOther; }

/// Words are the longest runs of one sort, except for white space.
class Runs final : public PreTokenizer {
 public:
  Runs(const char* type, Sort (*sort_of)(char32_t c)) : type_(type), sort_of_(sort_of) {
    for (char32_t c = 0; c < 128; ++c) ascii_[c] = sort_of(c);
  }

  void apply(TextRun& run) const override {
    if (run.byte_level) spell_bytes(run);
    const std::string_view text = run.text.text();
    std::vector<Span> words;
    words.reserve(text.size() / 4);
    for (const Span word : run.words) {
      uint32_t begin = word.begin;
      Sort sort = Sort::kSpace;  // of the run that begins there
      for (uint32_t i = word.begin; i < word.end;) {
        const uint32_t length = character_length(text[i]);
        const Sort next = length == 1 ? ascii_[static_cast<unsigned char>(text[i])] : sort_of_(character_at(text.data() + i));
        if (next != sort) {
          if (sort != Sort::kSpace) words.push_back({begin, i});
          begin = i;
          sort = next;
        }
        i += length;
      }
      if (sort != Sort::kSpace) words.push_back({begin, word.end});
    }
    run.words = std::move(words);
  }

  OrderedJson to_json() const override { return {{"type", type_}}; }

 private:
  const char* type_;
  Sort (*sort_of_)(char32_t c);
  Sort ascii_[128];
};

}  // namespace

PreTokenizerPtr make_whitespace_split(const Json&) { return std::make_unique<Runs>("WhitespaceSplit", sort_of_any); }
PreTokenizerPtr make_whitespace(const Json&) { return std::make_unique<Runs>("Whitespace", sort_by_words); }

}  // namespace gimbal::text
