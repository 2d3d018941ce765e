// The corpus goes to the library as words with their counts: what it would find itself, by one thread, comes counted by all.
#include "text/train_unigram.h"

#include <sentencepiece_trainer.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "text/base64.h"
#include "text/foreign_tokenizers.h"
#include "text/frozen_categories.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/sentence_piece_model.h"
#include "text/spaces.h"
#include "text/word_counts.h"

namespace gimbal {
namespace {

using text::Json;
using text::SentencePieceModel;

constexpr size_t kMaxWordBytes = 4000;  // the library leaves longer ones out
// Given once each, 900 pieces for five megabytes of stories cut these into 6 % more tokens than pieces that the library found in the texts
// themselves; with sixteen lines the difference is below 0.5 %, there and for 7,900 pieces of novels.
constexpr uint64_t kMostLinesOfWord = 16;
constexpr int kTrainingThreads = 8;  // the library adds up its sums by thread: their number is fixed, so that the vocabulary is

text::WordCounts count_spaced_words(const EachText& each_text) {
  const text::PreTokenizerPtr words = text::make_pre_tokenizer({{"type", "WhitespaceSplit"}});
  return text::count_words(each_text, [&](std::string_view part) {
    text::TextRun run(text::AlignedText(part, {0, static_cast<uint32_t>(part.size())}, text::Tracking::kOff));
    words->apply(run);
    return run;
  });
}

// The library ends the process when nothing is left of a corpus: no character but those that its rules drop or turn into spaces.
bool has_visible_character(std::string_view word) {
  for (size_t i = 0; i < word.size(); i += text::character_length(word[i])) {
    const char32_t c = text::character_at(word.data() + i);
    if (!text::is_space(c) && !text::is_frozen_control(c) && c != U'\uFFFD') return true;
  }
  return false;
}

/// Words as lines "word<tab>count", the most frequent first, so that the result does not depend on the order in which threads found them. The library
/// takes its first candidates from what occurs again in other lines, whatever the counts: a frequent word is given as several lines.
class CountedWords final : public sentencepiece::SentenceIterator {
 public:
  explicit CountedWords(const text::WordCounts& words) : words_(words) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (!is_usable(words.word(i))) continue;
      order_.push_back(i);
      has_visible_ = has_visible_ || has_visible_character(words.word(i));
      add_characters(words.word(i));
    }
    std::sort(order_.begin(), order_.end(),
              [&](size_t a, size_t b) { return words.count(a) != words.count(b) ? words.count(a) > words.count(b) : words.word(a) < words.word(b); });
    fill();
  }
  bool done() const override { return at_ == order_.size(); }
  void Next() override {
    if (++line_of_word_ == lines(count())) {
      ++at_;
      line_of_word_ = 0;
    }
    fill();
  }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }
  bool has_visible() const { return has_visible_; }
  size_t characters() const { return characters_.size(); }

 private:
  // The library reserves U+2581 for the spaces that it makes visible, leaves words with U+2585 out, and ends its strings at NUL.
  static bool is_usable(std::string_view word) {
    const auto has = [word](std::string_view character) { return word.find(character) != std::string_view::npos; };
    return word.size() <= kMaxWordBytes && !has(std::string_view("\0", 1)) && !has("\u2581") && !has("\u2585");
  }
  void add_characters(std::string_view word) {
    for (size_t i = 0; i < word.size(); i += text::character_length(word[i])) characters_.insert(text::character_at(word.data() + i));
  }
  uint64_t count() const { return words_.count(order_[at_]); }
  static uint64_t lines(uint64_t count) { return std::min(count, kMostLinesOfWord); }
  void fill() {
    if (done()) return;
    const uint64_t of_this_line = line_of_word_ == 0 ? count() - lines(count()) + 1 : 1;
    line_ = std::string(words_.word(order_[at_])) + "\t" + std::to_string(of_this_line);
  }

  const text::WordCounts& words_;
  std::vector<size_t> order_;
  bool has_visible_ = false;
  std::unordered_set<char32_t> characters_;
  size_t at_ = 0;
  uint64_t line_of_word_ = 0;
  std::string line_;
};

std::optional<int64_t> number_after(std::string_view phrase, std::string_view sentence) {
  const size_t at = sentence.find(phrase);
  if (at == std::string_view::npos) return std::nullopt;
  const char* end = sentence.data() + sentence.size();
  int64_t number = 0;
  const auto [stop, code] = std::from_chars(sentence.data() + at + phrase.size(), end, number);
  return code == std::errc() ? std::optional(number) : std::nullopt;
}

// The library counts its pieces only, and names a place in its sources; the limits that it finds are given on as those of the whole vocabulary.
[[noreturn]] void fail_for(std::string_view reason, const UnigramOptions& options) {
  if (const auto most = number_after("Please set it to a value <= ", reason))
    text::fail_for_lack_of_text(*most + options.sentinels, options.vocab_size);
  if (const auto least = number_after(cat("smaller than required_chars. ", options.vocab_size - options.sentinels, " vs "), reason)) {
    fail("a Unigram vocabulary of ", options.vocab_size, " tokens is too small: the characters of the corpus, <pad>, </s>, <unk> and ",
         options.sentinels, " sentinels need ", *least + options.sentinels);
  }
  fail("the SentencePiece library could not train a Unigram vocabulary of ", options.vocab_size, " tokens: ", reason);
}

// In a small corpus the digits of a task's answers are rarer than 0.05 %, and what is <unk> can be neither read nor written.
const char* character_coverage(const CountedWords& words, const UnigramOptions& options) {
  return 4 * words.characters() <= static_cast<size_t>(options.vocab_size - options.sentinels) ? "1" : "0.9995";
}

SentencePieceModel train(CountedWords& words, const UnigramOptions& options) {
  const std::unordered_map<std::string, std::string> settings = {
      {"model_type", "unigram"},
      {"input_format", "tsv"},
      {"vocab_size", std::to_string(options.vocab_size - options.sentinels)},
      {"character_coverage", character_coverage(words, options)},
      {"normalization_rule_name", "nmt_nfkc"},
      {"pad_id", "0"},
      {"eos_id", "1"},
      {"unk_id", "2"},
      {"bos_id", "-1"},
      {"num_threads", std::to_string(kTrainingThreads)},
      {"minloglevel", "2"},
  };
  std::string bytes;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &words, &bytes);
  if (!status.ok()) fail_for(status.message(), options);
  return text::read_sentence_piece_model(bytes);
}

// As T5's published tokenizer.json.
Json t5_tokenizer_json(const SentencePieceModel& model, int sentinels) {
  Json vocabulary = Json::array(), added = Json::array();
  for (const SentencePieceModel::Piece& piece : model.pieces) {
    vocabulary.push_back({piece.token, piece.score});
    if (piece.sort != SentencePieceModel::Sort::kNormal) added.push_back(text::special_token_json(piece.token));
  }
  for (const std::string& sentinel : text::sentinel_tokens(sentinels)) added.push_back(text::special_token_json(sentinel));
  const Json mark = {{"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "always"}, {"split", true}};
  return {{"version", "1.0"},
          {"added_tokens", std::move(added)},
          {"normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", text::to_base64(model.charsmap)}}},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({Json{{"type", "WhitespaceSplit"}}, mark})}}},
          {"post_processor", text::template_json("$A </s>", "$A </s> $B </s>", {{"</s>", 1}})},
          {"decoder", mark},
          {"model", {{"type", "Unigram"}, {"unk_id", 2}, {"vocab", std::move(vocabulary)}, {"byte_fallback", false}}}};
}

}  // namespace

Tokenizer train_unigram(const EachText& each_text, const UnigramOptions& options) {
  if (options.vocab_size - options.sentinels < 4) {
    fail("a Unigram vocabulary of ", options.vocab_size, " tokens is too small: <pad>, </s>, <unk> and ", options.sentinels, " sentinels need ",
         options.sentinels + 3, ", and pieces of text more");
  }
  const text::WordCounts counts = count_spaced_words(each_text);
  CountedWords words(counts);
  if (!words.has_visible()) fail("the corpus is empty: a Unigram tokenizer needs text to take its pieces from");
  return Tokenizer::from_json(t5_tokenizer_json(train(words, options), options.sentinels));
}

}  // namespace gimbal
