// The BertPreTokenizer: words end at white space, which goes, and each punctuation character is a word of its own.
#include <array>

#include "text/frozen_categories.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/spaces.h"

namespace gimbal::text {
namespace {

class BertPreTokenizer final : public PreTokenizer {
 public:
  BertPreTokenizer() {
    for (char32_t c = 0; c < 128; ++c) ascii_[c] = role_of(c);
  }

  void apply(TextRun& run) const override {
    if (run.byte_level) spell_bytes(run);
    const std::string_view text = run.text.text();
    std::vector<Span> words;
    words.reserve(text.size() / 4);
    for (const Span word : run.words) {
      uint32_t begin = word.begin;  // of the word under way
      for (uint32_t i = word.begin; i < word.end;) {
        const uint32_t length = character_length(text[i]);
        const Role role = length == 1 ? ascii_[static_cast<unsigned char>(text[i])] : role_of(character_at(text.data() + i));
        if (role != Role::kInWord) {
          if (begin < i) words.push_back({begin, i});
          if (role == Role::kAlone) words.push_back({i, i + length});
          begin = i + length;
        }
        i += length;
      }
      if (begin < word.end) words.push_back({begin, word.end});
    }
    run.words = std::move(words);
  }

  OrderedJson to_json() const override { return {{"type", "BertPreTokenizer"}}; }

 private:
  enum class Role : uint8_t { kInWord, kAlone, kGoes };

  static Role role_of(char32_t c) {
    if (is_space(c)) return Role::kGoes;
    return is_frozen_punctuation(c) ? Role::kAlone : Role::kInWord;
  }

  std::array<Role, 128> ascii_;
};

}  // namespace

PreTokenizerPtr make_bert_pre_tokenizer(const Json&) { return std::make_unique<BertPreTokenizer>(); }

}  // namespace gimbal::text
