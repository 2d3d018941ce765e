// What the tests of this folder share: tiny tokenizers like GPT-2's and BERT's, seeded text with all that is difficult in Unicode, and errors caught.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "text/byte_alphabet.h"
#include "text/foreign_tokenizers.h"
#include "text/json.h"
#include "text/utf8.h"

namespace gimbal::text {

/// GPT-2's alphabet (ids 0-255) and eleven merges (256-266), among them " hello" (265), " world" (264), "hello" (259) and "é" (266).
inline Json tiny_gpt2() {
  const std::vector<std::pair<std::string, std::string>> merges = {{"h", "e"},   {"l", "l"}, {"he", "ll"},   {"hell", "o"},  {"Ġ", "w"}, {"o", "r"},
                                                                   {"Ġw", "or"}, {"l", "d"}, {"Ġwor", "ld"}, {"Ġ", "hello"}, {"Ã", "©"}};
  Json vocabulary = Json::object(), list = Json::array();
  for (const char byte : bytes_in_alphabet_order()) vocabulary.emplace(spell_in_alphabet({&byte, 1}), vocabulary.size());
  for (const auto& [left, right] : merges) {
    vocabulary.emplace(left + right, vocabulary.size());
    list.push_back(left + " " + right);
  }
  const Json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", true}};
  return {{"version", "1.0"},
          {"added_tokens", Json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", byte_level},
          {"post_processor", byte_level},
          {"decoder", byte_level},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", list}}}};
}

/// BERT's pipeline over its five special tokens (ids 0-4) and these pieces (ids 5-21).
inline Json tiny_bert() {
  Json vocabulary = Json::object();
  for (const char* token : kBertSpecialTokens) vocabulary.emplace(token, vocabulary.size());
  for (const char* token : {"the", "cat", "sat", "##s", "un", "##able", "##a", "a", "hello", "world", ",", "你", "好", "caf", "##e", "!", "😀"}) {
    vocabulary.emplace(token, vocabulary.size());
  }
  return bert_tokenizer_json(std::move(vocabulary), {});
}

/// The sentence of the Error that `action` ends with, or "".
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline Json special_token(const std::string& content) { return {{"id", 0}, {"content", content}, {"special", true}, {"normalized", false}}; }

/// `length` characters: letters, digits, spaces of all kinds, apostrophes, accents, marks, scripts of several kinds, emoji, controls. All are of
/// Unicode 10 or older, which every library in use knows.
inline std::string random_text(Rng rng, size_t length) {
  struct Range {
    char32_t first, last;
    int weight;
  };
  static const std::vector<Range> ranges = {
      {'a', 'z', 30},      {'A', 'Z', 6},         {'0', '9', 6},         {' ', ' ', 24},        {'!', '/', 6},       {'\t', '\r', 4},
      {0, 31, 1},          {'\'', '\'', 6},       {0x80, 0xA0, 1},       {0xA1, 0xFF, 4},       {0x100, 0x17F, 3},   {0x300, 0x34E, 3},
      {0x390, 0x3A1, 2},   {0x410, 0x44F, 4},     {0x5D0, 0x5EA, 2},     {0x621, 0x65F, 2},     {0x904, 0x939, 2},   {0x1100, 0x1112, 1},
      {0x1161, 0x1175, 1}, {0x11A8, 0x11C2, 1},   {0x1E00, 0x1EFF, 2},   {0x2000, 0x200F, 2},   {0x2028, 0x202F, 1}, {0x2150, 0x215F, 1},
      {0x2460, 0x249B, 1}, {0x3000, 0x3002, 2},   {0x3041, 0x3096, 2},   {0x4E00, 0x9FA5, 4},   {0xAC00, 0xD7A3, 3}, {0xF900, 0xFA0B, 1},
      {0xFF0C, 0xFF5A, 1}, {0x1D400, 0x1D433, 1}, {0x1F600, 0x1F64F, 3}, {0x20000, 0x200FF, 1}, {'\n', '\n', 4}};
  int total = 0;
  for (const Range& range : ranges) total += range.weight;
  std::string text;
  for (size_t i = 0; i < length; ++i) {
    auto pick = static_cast<int>(rng.below(static_cast<uint64_t>(total)));
    size_t r = 0;
    while (pick >= ranges[r].weight) pick -= ranges[r++].weight;
    append_character(ranges[r].first + static_cast<char32_t>(rng.below(ranges[r].last - ranges[r].first + 1)), text);
  }
  return text;
}

}  // namespace gimbal::text
