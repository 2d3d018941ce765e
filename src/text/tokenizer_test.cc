// Whole tokenizers. The ids and offsets of the literal cases are those of Hugging Face tokenizers 0.23.
#include "text/tokenizer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"
#include "core/threads.h"
#include "text/samples_for_tests.h"
#include "text/word_patterns.h"

namespace gimbal {
namespace {

using text::error_of;
using text::Json;
using Ids = std::vector<int32_t>;
using Offsets = std::vector<std::pair<int32_t, int32_t>>;

Json byte_level_processor(bool add_prefix_space, bool trim_offsets) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}, {"trim_offsets", trim_offsets}, {"use_regex", true}};
}

fs::path fresh_directory(const std::string& name) {
  const fs::path directory = fs::path(testing::TempDir()) / ("gimbal_" + name + "_" + std::to_string(::getpid()));
  fs::remove_all(directory);
  return directory;
}

TEST(Tokenizer, Gpt2Pipeline) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_gpt2());
  EXPECT_EQ(tokenizer.vocab_size(), 267);
  const Encoding encoding = tokenizer.encode_with_offsets("hello  woréld\n\nhello's 12", AddSpecial::kYes);
  EXPECT_EQ(encoding.ids, (Ids{259, 220, 262, 266, 263, 198, 198, 259, 6, 82, 220, 16, 17}));
  EXPECT_EQ(encoding.offsets,
            (Offsets{{0, 5}, {5, 6}, {6, 10}, {10, 11}, {11, 13}, {13, 14}, {14, 15}, {15, 20}, {20, 21}, {21, 22}, {22, 23}, {23, 24}, {24, 25}}));
  EXPECT_EQ(tokenizer.decode(encoding.ids, SkipSpecial::kNo), "hello  woréld\n\nhello's 12");
  const Encoding emoji = tokenizer.encode_with_offsets("😀 hello", AddSpecial::kYes);
  EXPECT_EQ(emoji.ids, (Ids{172, 253, 246, 222, 265}));
  EXPECT_EQ(emoji.offsets, (Offsets{{0, 1}, {0, 1}, {0, 1}, {0, 1}, {1, 7}}));
  EXPECT_EQ(tokenizer.encode("", AddSpecial::kYes), Ids{});
}

TEST(Tokenizer, PrefixSpaceAndTrimmedOffsets) {
  Json json = text::tiny_gpt2();
  json["pre_tokenizer"]["add_prefix_space"] = true;
  json["post_processor"] = byte_level_processor(true, true);
  const Tokenizer tokenizer = Tokenizer::from_json(json);
  const auto expect = [&](std::string_view text, const Ids& ids, const Offsets& offsets) {
    const Encoding encoding = tokenizer.encode_with_offsets(text, AddSpecial::kNo);
    EXPECT_EQ(encoding.ids, ids) << text;
    EXPECT_EQ(encoding.offsets, offsets) << text;
    EXPECT_EQ(tokenizer.encode(text, AddSpecial::kNo), ids) << text;
  };
  expect("hello world", {265, 264}, {{0, 5}, {6, 11}});
  expect("  helloé", {220, 265, 266}, {{0, 0}, {2, 7}, {7, 8}});
  expect(" hello", {265}, {{0, 6}});
}

Json with_template() {
  Json json = text::tiny_gpt2();
  json["added_tokens"] = {text::special_token("<s>"), text::special_token("<mask>"), text::special_token("cat")};
  json["added_tokens"][1]["lstrip"] = true;
  json["added_tokens"][2].update({{"special", false}, {"normalized", true}, {"single_word", true}});
  const Json bos = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, sequence = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json processor = {{"type", "TemplateProcessing"},
                          {"single", {bos, sequence, bos}},
                          {"pair", Json::array()},
                          {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {267}}, {"tokens", {"<s>"}}}}}}};
  json["post_processor"] = {{"type", "Sequence"}, {"processors", {byte_level_processor(false, true), processor}}};
  return json;
}

TEST(Tokenizer, TemplatesAndAddedTokens) {
  const Tokenizer tokenizer = Tokenizer::from_json(with_template());
  const Encoding mask = tokenizer.encode_with_offsets("hello  <mask> world", AddSpecial::kYes);
  EXPECT_EQ(mask.ids, (Ids{267, 259, 268, 264, 267}));
  EXPECT_EQ(mask.offsets, (Offsets{{0, 0}, {0, 5}, {7, 13}, {14, 19}, {0, 0}}));
  EXPECT_EQ(tokenizer.decode(mask.ids, SkipSpecial::kYes), "hello world");
  EXPECT_EQ(tokenizer.decode(mask.ids, SkipSpecial::kNo), "<s>hello<mask> world<s>");
  const Encoding cat = tokenizer.encode_with_offsets("cat cats<s>cat", AddSpecial::kYes);
  EXPECT_EQ(cat.ids, (Ids{267, 269, 220, 66, 64, 83, 82, 267, 269, 267}));
  EXPECT_EQ(cat.offsets, (Offsets{{0, 0}, {0, 3}, {4, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 8}, {8, 11}, {11, 14}, {0, 0}}));
  EXPECT_EQ(tokenizer.encode("hello", AddSpecial::kNo), Ids{259});
}

TEST(Tokenizer, NormalizerOffsetsPointIntoTheOriginal) {
  Json json = text::tiny_gpt2();
  json["normalizer"] = {{"type", "NFC"}};
  const Encoding encoding = Tokenizer::from_json(json).encode_with_offsets("e\u0301 hello", AddSpecial::kNo);
  EXPECT_EQ(encoding.ids, (Ids{266, 265}));
  EXPECT_EQ(encoding.offsets, (Offsets{{0, 1}, {2, 8}}));
}

TEST(Tokenizer, SplitBeforeByteLevelAndAfterIt) {
  Json json = text::tiny_gpt2();
  const Json isolated = {{"type", "Split"}, {"pattern", {{"Regex", std::string(text::kLlama3Pattern)}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {isolated, bytes}}};
  EXPECT_EQ(Tokenizer::from_json(json).encode("\thello world", AddSpecial::kNo), (Ids{197, 259, 264}));
  // A split after ByteLevel sees the byte alphabet.
  const Json spelled = {{"type", "Split"}, {"pattern", {{"String", "Ġ"}}}, {"behavior", "Removed"}, {"invert", false}};
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {bytes, spelled}}};
  const Encoding encoding = Tokenizer::from_json(json).encode_with_offsets("hello hello é", AddSpecial::kNo);
  EXPECT_EQ(encoding.ids, (Ids{259, 259, 266}));
  EXPECT_EQ(encoding.offsets, (Offsets{{0, 5}, {6, 11}, {12, 13}}));
}

TEST(Tokenizer, EveryTextComesBackWithConsistentOffsets) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_gpt2());
  const Rng rng(8, "tokenizer");
  for (uint64_t n = 0; n < 300; ++n) {
    const std::string text = text::random_text(rng.child(n), n % 50);
    const Encoding encoding = tokenizer.encode_with_offsets(text, AddSpecial::kNo);
    EXPECT_EQ(tokenizer.encode(text, AddSpecial::kNo), encoding.ids);
    EXPECT_EQ(tokenizer.decode(encoding.ids, SkipSpecial::kNo), text);
    int32_t last = 0;
    for (const auto& [begin, end] : encoding.offsets) {
      EXPECT_LT(begin, end);
      EXPECT_GE(begin, last - 1);  // tokens may share a character
      last = end;
    }
    EXPECT_EQ(last, static_cast<int32_t>(n % 50));
  }
}

TEST(Tokenizer, JsonRoundTrip) {
  for (const Json& json : {text::tiny_gpt2(), with_template()}) {
    const Tokenizer tokenizer = Tokenizer::from_json(json);
    const Tokenizer again = Tokenizer::from_json(tokenizer.to_json());
    EXPECT_EQ(again.to_json(), tokenizer.to_json());
    EXPECT_EQ(again.encode("hello <mask> cat", AddSpecial::kYes), tokenizer.encode("hello <mask> cat", AddSpecial::kYes));
  }
}

TEST(Tokenizer, SaveAndLoadADirectory) {
  const fs::path directory = fresh_directory("tokenizer");
  const Tokenizer tokenizer = Tokenizer::from_json(with_template());
  tokenizer.save(directory);
  const Tokenizer loaded = Tokenizer::load(directory);
  EXPECT_EQ(loaded.to_json(), tokenizer.to_json());
  EXPECT_EQ(loaded.special().bos, 267);
  EXPECT_EQ(loaded.config()["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(loaded.config()["bos_token"], "<s>");
  EXPECT_EQ(Tokenizer::load(directory / "tokenizer.json").vocab_size(), 270);
  fs::remove_all(directory);
}

TEST(Tokenizer, RolesOfSpecialTokens) {
  Json json = text::tiny_gpt2();
  json["added_tokens"] = {text::special_token("<|endoftext|>"), text::special_token("<pad>"), text::special_token("<stop>")};
  const Tokenizer usual = Tokenizer::from_json(json);
  EXPECT_EQ(usual.special().bos, 267);
  EXPECT_EQ(usual.special().eos, 267);
  EXPECT_EQ(usual.special().pad, 268);
  EXPECT_EQ(usual.special().unk, std::nullopt);
  const Tokenizer configured = Tokenizer::from_json(json, {{"eos_token", {{"content", "<stop>"}}}, {"bos_token", nullptr}, {"unk_token", "hello"}});
  EXPECT_EQ(configured.special().eos, 269);
  EXPECT_EQ(configured.special().bos, std::nullopt);
  EXPECT_EQ(configured.special().unk, 259);
  EXPECT_TRUE(usual.is_special(268));
  EXPECT_FALSE(usual.is_special(259));
}

TEST(Tokenizer, TokensAndIds) {
  const Tokenizer tokenizer = Tokenizer::from_json(with_template());
  EXPECT_EQ(tokenizer.id("Ġhello"), 265);
  EXPECT_EQ(tokenizer.id("<mask>"), 268);
  EXPECT_EQ(tokenizer.id("nothing"), std::nullopt);
  EXPECT_EQ(tokenizer.token(265), "Ġhello");
  EXPECT_THROW(tokenizer.token(270), Error);
  EXPECT_THROW(tokenizer.token(-1), Error);
  EXPECT_THROW(tokenizer.decode(Ids{5, 1000000}, SkipSpecial::kNo), Error);
}

TEST(Tokenizer, InvalidUtf8IsRefusedByItsOffset) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_gpt2());
  EXPECT_NE(error_of([&] { tokenizer.encode("hello \xFF", AddSpecial::kNo); }).find("byte 6"), std::string::npos);
  const std::vector<std::string_view> texts = {"fine", "\xC3", "fine", "also \xED\xA0\x80"};
  const std::string sentence = error_of([&] { tokenizer.encode_batch(texts, AddSpecial::kNo); });
  EXPECT_NE(sentence.find("text 1 of 4"), std::string::npos) << sentence;
}

TEST(Tokenizer, BatchesEqualSingleTexts) {
  const Tokenizer tokenizer = Tokenizer::from_json(with_template());
  const Rng rng(9, "batch");
  std::vector<std::string> texts;
  for (uint64_t n = 0; n < 200; ++n) texts.push_back(text::random_text(rng.child(n), n));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const int threads = num_threads();
  for (const int count : {1, 4}) {
    set_num_threads(count);
    const std::vector<Ids> batch = tokenizer.encode_batch(views, AddSpecial::kYes);
    for (size_t i = 0; i < views.size(); ++i) ASSERT_EQ(batch[i], tokenizer.encode(views[i], AddSpecial::kYes));
  }
  set_num_threads(threads);
}

TEST(Tokenizer, UnsupportedAndMalformedFilesGetASentence) {
  Json json = text::tiny_gpt2();
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", Json::array({Json{{"type", "Whirligig"}}})}};
  EXPECT_NE(error_of([&] { Tokenizer::from_json(json); }).find("the pre_tokenizer \"Whirligig\" is not supported"), std::string::npos);
  json = text::tiny_gpt2();
  json["model"] = {{"type", "Abacus"}};
  EXPECT_NE(error_of([&] { Tokenizer::from_json(json); }).find("\"Abacus\""), std::string::npos);
  json["model"] = nullptr;
  EXPECT_THROW(Tokenizer::from_json(json), Error);
  EXPECT_THROW(Tokenizer::from_json(Json::array()), Error);
  json = text::tiny_gpt2();
  json["decoder"] = {{"type", 7}};
  EXPECT_NE(error_of([&] { Tokenizer::from_json(json); }).find("\"type\" must be a string"), std::string::npos);

  const fs::path directory = fresh_directory("malformed");
  fs::create_directories(directory);
  EXPECT_NE(error_of([&] { Tokenizer::load(directory); }).find("there is no tokenizer"), std::string::npos);
  write_file(directory / "tokenizer.json", "{\"model\": ");
  EXPECT_NE(error_of([&] { Tokenizer::load(directory); }).find("not valid JSON"), std::string::npos);
  fs::remove_all(directory);
}

}  // namespace
}  // namespace gimbal
