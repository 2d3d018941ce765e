// A mebibyte of mixed text through a tokenizer of each trained kind: there and back, by pieces, and against recorded ids.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "text/samples_for_tests.h"
#include "text/train_bpe.h"
#include "text/train_unigram.h"
#include "text/train_word_piece.h"

namespace gimbal {
namespace {

using text::error_of;
using text::Json;
using Ids = std::vector<int32_t>;

// Documents of a kibibyte or so: words of a few thousand, frequent ones more often, with spaces, controls, emoji, marks and scripts of both
// directions in and between them. Each begins and ends with a letter, so that every tokenizer cuts at the line breaks that join them.
std::vector<std::string> make_documents() {
  Rng rng(11, "mixed text");
  std::vector<std::string> words;
  for (uint64_t n = 0; n < 3000; ++n) words.push_back(text::random_text(rng.child(n), 2 + n % 7));
  std::vector<std::string> documents;
  for (size_t bytes = 0; bytes < 1 << 20; bytes += documents.back().size() + 1) {
    std::string document = "a";
    while (document.size() < 1000) {
      const uint64_t most = 1 + rng.below(words.size());
      document += words[rng.below(most)];
      if (rng.below(4) > 0) document += ' ';
    }
    documents.push_back(document + "z");
  }
  return documents;
}

const std::vector<std::string>& documents() {
  static const std::vector<std::string> all = make_documents();
  return all;
}

const std::string& whole_text() {
  static const std::string text = joined(documents(), "\n");
  return text;
}

EachText first_documents(size_t count) {
  return [count](const std::function<void(std::string_view)>& take) {
    for (size_t i = 0; i < std::min(count, documents().size()); ++i) take(documents()[i]);
  };
}

// Trained once for all tests.

const Tokenizer& byte_bpe() {
  static const Tokenizer trained = [] {
    ByteBpeOptions options;
    options.vocab_size = 2000;
    options.special_tokens = {"<|endoftext|>"};
    return train_byte_bpe(first_documents(500), options);
  }();
  return trained;
}

const Tokenizer& word_piece() {
  static const Tokenizer trained = [] {
    WordPieceOptions options;
    options.vocab_size = 4000;
    return train_word_piece(first_documents(500), options);
  }();
  return trained;
}

const Tokenizer& unigram() {
  static const Tokenizer trained = [] {
    UnigramOptions options;
    options.vocab_size = 2200;
    return train_unigram(first_documents(60), options);
  }();
  return trained;
}

// T5's pipeline around pieces and scores that no library computed, so that recorded ids hold wherever the test runs: WordPiece's, with exact scores.
Tokenizer unigram_of_given_pieces() {
  std::map<std::string, double> scores;
  for (int32_t id = 5; id < word_piece().vocab_size(); ++id) {
    const std::string token = word_piece().token(id);
    const bool continues = token.starts_with("##");
    scores.emplace(continues ? token.substr(2) : token, -4 - id / 512.0);
    if (!continues) scores.emplace("▁" + token, -3 - id / 512.0);
  }
  Json json = unigram().to_json();
  Json vocab = Json::array({Json::array({"<pad>", 0}), Json::array({"</s>", 0}), Json::array({"<unk>", 0})});
  for (const auto& [piece, score] : scores) vocab.push_back(Json::array({piece, score}));
  json["model"]["vocab"] = std::move(vocab);
  return Tokenizer::from_json(json);
}

uint64_t hash_of(const Ids& ids) {
  uint64_t hash = 0;
  for (const int32_t id : ids) hash = (hash ^ static_cast<uint64_t>(id)) * 0x100000001b3;
  return hash;
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return !text::continues_character(byte); }));
}

// What holds for each kind: the whole text is its documents and the breaks between them, one by one or as a batch; offsets go forward.
Ids checked_ids(const Tokenizer& tokenizer) {
  const Encoding encoding = tokenizer.encode_with_offsets(whole_text(), AddSpecial::kNo);
  EXPECT_EQ(tokenizer.encode(whole_text(), AddSpecial::kNo), encoding.ids);

  const std::vector<std::string_view> views(documents().begin(), documents().end());
  const Ids line_break = tokenizer.encode("\n", AddSpecial::kNo);
  Ids pieces;
  for (const Ids& ids : tokenizer.encode_batch(views, AddSpecial::kNo)) {
    if (!pieces.empty()) pieces.insert(pieces.end(), line_break.begin(), line_break.end());
    pieces.insert(pieces.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(pieces, encoding.ids);

  const auto size = static_cast<int32_t>(count_characters(whole_text()));
  std::pair<int32_t, int32_t> last = {0, 0};
  size_t faults = 0;
  EXPECT_EQ(encoding.offsets.size(), encoding.ids.size());
  for (const auto& offset : encoding.offsets) {
    faults += offset.first < last.first || offset.second < last.second || offset.first >= offset.second || offset.second > size ? 1 : 0;
    last = offset;
  }
  EXPECT_EQ(faults, 0u);
  EXPECT_GT(last.second, size - 2);
  return encoding.ids;
}

// The recorded hashes: the ids equal those of Hugging Face tokenizers 0.23.3 for the tokenizer.json that each tokenizer writes.

TEST(MixedText, ByteBpe) {
  const Ids ids = checked_ids(byte_bpe());
  EXPECT_TRUE(byte_bpe().decode(ids, SkipSpecial::kNo) == whole_text());
  EXPECT_EQ(hash_of(ids), 9075963443750673349u);
}

TEST(MixedText, WordPiece) { EXPECT_EQ(hash_of(checked_ids(word_piece())), 4449131982118204510u); }

TEST(MixedText, Unigram) {
  EXPECT_EQ(hash_of(checked_ids(unigram_of_given_pieces())), 2029134585901142230u);
  EXPECT_LT(checked_ids(unigram()).size(), count_characters(whole_text()));
}

TEST(MixedText, BytesAndCharactersComeBack) {
  for (const Tokenizer& tokenizer : {train_byte({}), train_char(first_documents(documents().size()), {})}) {
    EXPECT_TRUE(tokenizer.decode(checked_ids(tokenizer), SkipSpecial::kNo) == whole_text());
  }
}

TEST(MixedText, BrokenUtf8IsRefusedByItsByte) {
  std::string text = whole_text();
  size_t at = 777777;
  while (static_cast<unsigned char>(text[at]) >= 0x80) ++at;
  text[at] = '\xFE';
  const std::string sentence = error_of([&] { word_piece().encode(text, AddSpecial::kNo); });
  EXPECT_NE(sentence.find(cat("byte ", at, " is malformed")), std::string::npos) << sentence;
}

}  // namespace
}  // namespace gimbal
