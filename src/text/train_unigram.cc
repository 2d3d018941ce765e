// The corpus goes to the library as words with their counts: what it would find itself, by one thread, comes counted by all.
#include "text/train_unigram.h"

#include <sentencepiece_trainer.h>

#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "text/base64.h"
#include "text/foreign_tokenizers.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/sentence_piece_model.h"
#include "text/word_counts.h"

namespace gimbal {
namespace {

using text::Json;
using text::SentencePieceModel;

constexpr size_t kMaxWordBytes = 4000;  // the library leaves longer ones out
constexpr int kTrainingThreads = 8;       // the library adds up its sums by thread: their number is fixed, so that the vocabulary is

text::WordCounts count_spaced_words(const NextText& next_text) {
  const text::PreTokenizerPtr words = text::make_pre_tokenizer({{"type", "WhitespaceSplit"}});
  return text::count_words(next_text, [&](std::string_view part) {
    text::TextRun run(text::AlignedText(part, {0, static_cast<uint32_t>(part.size())}, text::Tracking::kOff));
    words->apply(run);
    return run;
  });
}

/// Words as lines "word<tab>count", the most frequent first, so that the result does not depend on the order in which threads found them.
class CountedWords final : public sentencepiece::SentenceIterator {
 public:
  explicit CountedWords(const text::WordCounts& words) : words_(words) {
    for (size_t i = 0; i < words.size(); ++i) {
      // The library reserves U+2581 for the spaces that it makes visible, and NUL ends its strings.
      const std::string_view word = words.word(i);
      const bool is_usable = word.size() <= kMaxWordBytes && word.find('\0') == std::string_view::npos && word.find("\u2581") == std::string_view::npos;
      if (is_usable) order_.push_back(i);
    }
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return words.count(a) != words.count(b) ? words.count(a) > words.count(b) : words.word(a) < words.word(b);
    });
    fill();
  }
  bool done() const override { return at_ == order_.size(); }
  void Next() override {
    ++at_;
    fill();
  }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }
  bool empty() const { return order_.empty(); }

 private:
  void fill() {
    if (!done()) line_ = std::string(words_.word(order_[at_])) + "\t" + std::to_string(words_.count(order_[at_]));
  }

  const text::WordCounts& words_;
  std::vector<size_t> order_;
  size_t at_ = 0;
  std::string line_;
};

SentencePieceModel train(CountedWords& words, int32_t pieces, double coverage) {
  const std::unordered_map<std::string, std::string> settings = {
      {"model_type", "unigram"},
      {"input_format", "tsv"},
      {"vocab_size", std::to_string(pieces)},
      {"character_coverage", std::to_string(coverage)},
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
  if (!status.ok()) fail("the SentencePiece library could not train a vocabulary of ", pieces, " pieces: ", status.message());
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

Tokenizer train_unigram(const NextText& next_text, const UnigramOptions& options) {
  const int32_t pieces = options.vocab_size - options.sentinels;
  if (pieces < 4) {
    fail("a Unigram vocabulary of ", options.vocab_size, " tokens is too small: <pad>, </s>, <unk> and ", options.sentinels, " sentinels need ",
         options.sentinels + 3, " of them");
  }
  const text::WordCounts counts = count_spaced_words(next_text);
  CountedWords words(counts);
  if (words.empty()) fail("the corpus is empty: a Unigram tokenizer needs text to take its pieces from");
  return Tokenizer::from_json(t5_tokenizer_json(train(words, pieces, options.character_coverage), options.sentinels));
}

}  // namespace gimbal
