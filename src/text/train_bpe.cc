// Trained tokenizers are written as the tokenizer.json they will be, then read like any other.
#include "text/train_bpe.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "text/byte_alphabet.h"
#include "text/json.h"
#include "text/pair_merges.h"

namespace gimbal {
namespace {

using text::Json;

EachText each_of(std::span<const std::string_view> texts) {
  return [texts](const std::function<void(std::string_view)>& take) {
    for (const std::string_view text : texts) take(text);
  };
}

void check_special_tokens(const std::vector<std::string>& special_tokens) {
  std::set<std::string> seen;
  for (const std::string& token : special_tokens) {
    if (token.empty()) fail("a special token is empty");
    if (find_invalid_utf8(token) != std::string::npos) fail("a special token is not valid UTF-8");
    if (!seen.insert(token).second) fail("the special token \"", token, "\" is given twice");
  }
}

Json added_tokens(const std::vector<std::string>& special_tokens, size_t first_id) {
  Json list = Json::array();
  for (size_t i = 0; i < special_tokens.size(); ++i) {
    list.push_back({{"id", first_id + i}, {"content", special_tokens[i]}, {"special", true}, {"normalized", false}});
  }
  return list;
}

enum class WordRegex : uint8_t { kNone, kGpt2 };

Json byte_level(WordRegex regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", regex == WordRegex::kGpt2}};
}

Json pre_tokenizer(const std::string& pattern) {
  if (pattern == text::kGpt2Pattern) return byte_level(WordRegex::kGpt2);
  const Json split = {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  return {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byte_level(WordRegex::kNone)})}};
}

Json byte_level_tokenizer(const Json& words, const Json& added, Json vocabulary, Json merges) {
  Json post_processor = byte_level(WordRegex::kGpt2);
  post_processor["trim_offsets"] = false;
  return {{"version", "1.0"},
          {"added_tokens", added},
          {"pre_tokenizer", words},
          {"post_processor", post_processor},
          {"decoder", byte_level(WordRegex::kGpt2)},
          {"model", {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", std::move(merges)}}}};
}

}  // namespace

Tokenizer train_byte_bpe(const EachText& each_text, const ByteBpeOptions& options) {
  check_special_tokens(options.special_tokens);
  const size_t specials = options.special_tokens.size(), initial = specials + 256;
  if (options.vocab_size < 0 || static_cast<size_t>(options.vocab_size) < initial) {
    fail("a byte-level vocabulary of ", options.vocab_size, " tokens is too small: 256 bytes and ", specials, " special tokens need ", initial);
  }
  const text::WordCounts words = count_words(each_text, text::WordPattern::from_regex(options.pattern));

  // Special tokens take part under names with a byte that no valid text holds, so that no merge gives them.
  std::vector<std::string> tokens(specials, "");
  for (size_t i = 0; i < specials; ++i) tokens[i] = "\xFF special " + options.special_tokens[i];
  std::vector<int32_t> byte_ids(256);
  for (const char byte : text::bytes_in_alphabet_order()) {
    byte_ids[static_cast<unsigned char>(byte)] = static_cast<int32_t>(tokens.size());
    tokens.emplace_back(1, byte);
  }
  const auto wanted = static_cast<size_t>(options.vocab_size);
  const text::PairMerges trained = merge_pairs(words, {std::move(tokens), text::spell_by_bytes(byte_ids), ""}, wanted, options.min_frequency);
  if (trained.tokens.size() < wanted) text::fail_for_lack_of_text(static_cast<int64_t>(trained.tokens.size()), options.vocab_size);

  Json vocabulary = Json::object(), merges = Json::array();
  std::vector<std::string> spelled;
  for (size_t id = 0; id < wanted; ++id) {
    spelled.push_back(id < specials ? options.special_tokens[id] : text::spell_in_alphabet(trained.tokens[id]));
    if (!vocabulary.emplace(spelled.back(), id).second)
      fail("the special token \"", spelled.back(), "\" is also a token of the text; choose another name");
  }
  for (const text::PairMerges::Merge merge : trained.merges) {
    merges.push_back(Json::array({spelled[static_cast<size_t>(merge.left)], spelled[static_cast<size_t>(merge.right)]}));
  }
  return Tokenizer::from_json(
      byte_level_tokenizer(pre_tokenizer(options.pattern), added_tokens(options.special_tokens, 0), std::move(vocabulary), std::move(merges)));
}

Tokenizer train_byte_bpe(std::span<const std::string_view> texts, const ByteBpeOptions& options) { return train_byte_bpe(each_of(texts), options); }

Tokenizer train_char(const EachText& each_text, const std::vector<std::string>& special_tokens) {
  check_special_tokens(special_tokens);
  const text::WordCounts characters = count_words(each_text, text::WordPattern::from_regex(text::kAnyCharacterPattern));
  std::vector<std::string> tokens;
  for (size_t i = 0; i < characters.size(); ++i) tokens.emplace_back(characters.word(i));
  std::sort(tokens.begin(), tokens.end());  // UTF-8 sorts by code point
  if (tokens.empty()) fail("the corpus is empty: a character tokenizer needs text to take its characters from");
  tokens.insert(tokens.begin(), special_tokens.begin(), special_tokens.end());
  Json vocabulary = Json::object();
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (!vocabulary.emplace(tokens[id], id).second)
      fail("the special token \"", tokens[id], "\" is also a character of the text; choose another name");
  }
  const Json every_character = {{"type", "Split"}, {"pattern", {{"Regex", text::kAnyCharacterPattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  return Tokenizer::from_json({{"version", "1.0"},
                               {"added_tokens", added_tokens(special_tokens, 0)},
                               {"pre_tokenizer", every_character},
                               {"decoder", {{"type", "Fuse"}}},
                               {"model", {{"type", "WordLevel"}, {"vocab", std::move(vocabulary)}, {"unk_token", "<unk>"}}}});
}

Tokenizer train_char(std::span<const std::string_view> texts, const std::vector<std::string>& special_tokens) {
  return train_char(each_of(texts), special_tokens);
}

Tokenizer train_byte(const std::vector<std::string>& special_tokens) {
  check_special_tokens(special_tokens);
  Json vocabulary = Json::object();
  for (int b = 0; b < 256; ++b) {
    const auto byte = static_cast<char>(b);
    vocabulary[text::spell_in_alphabet({&byte, 1})] = b;
  }
  for (const std::string& token : special_tokens) {
    if (vocabulary.contains(token)) fail("the special token \"", token, "\" is also the name of a byte; choose another name");
  }
  return Tokenizer::from_json(
      byte_level_tokenizer(byte_level(WordRegex::kNone), added_tokens(special_tokens, 256), std::move(vocabulary), Json::array()));
}

}  // namespace gimbal
