// Gathering the words, and writing texts of them.
#include "lab/sources/world_words.h"

#include <set>

#include "core/error.h"
#include "lab/sources/demonstrations.h"
#include "lab/sources/scene_texts.h"

namespace gimbal::lab {
namespace {

constexpr uint64_t kGatheredSeed = 900010, kGathered = 800;

bool is_word_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

void gather(std::string_view text, std::set<std::string>& words) {
  for (const std::string_view word : words_in(text)) words.emplace(word);
}

Tokenizer made() {
  std::set<std::string> words;
  const Rng stream(kGatheredSeed, "words");
  for (uint64_t i = 0; i < kGathered; ++i) {
    for (const SceneKind kind : kSceneKinds) gather(scene_text(kind, stream.child(i)), words);
    const AskedScene asked = asked_scene(stream.child(i));
    gather(cat(asked.text, " ", asked.question, " ", asked.answer), words);
  }
  for (const std::string_view word : label_words()) words.emplace(word);
  nlohmann::json vocab, added = nlohmann::json::array();
  int32_t next = 0;
  for (const char* special : {"[UNK]", "<s>", "</s>", "[MASK]", "[CLS]"}) {
    added.push_back(
        {{"id", next}, {"content", special}, {"special", true}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}});
    vocab[special] = next++;
  }
  for (const std::string& word : words) vocab[word] = next++;
  return Tokenizer::from_json({{"version", "1.0"},
                               {"added_tokens", added},
                               {"normalizer", nullptr},
                               {"pre_tokenizer", {{"type", "Whitespace"}}},
                               {"post_processor", nullptr},
                               {"decoder", nullptr},
                               {"model", {{"type", "WordLevel"}, {"vocab", vocab}, {"unk_token", "[UNK]"}}}},
                              {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"mask_token", "[MASK]"}, {"cls_token", "[CLS]"}});
}

}  // namespace

std::vector<std::string_view> words_in(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    if (text[begin] != ' ')
      while (end < text.size() && text[end] != ' ' && is_word_letter(text[end]) == is_word_letter(text[begin])) ++end;
    if (text[begin] != ' ') words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

const WorldWords& WorldWords::get() {
  static const WorldWords words(made());
  return words;
}

std::string WorldWords::text(std::span<const int32_t> ids) const {
  std::string out;
  bool glued = true;
  for (const int32_t id : ids) {
    const std::string word = tokenizer_.token(id);
    const bool mark = !is_word_letter(word[0]) && word[0] != '[';
    if (!glued && !mark) out += ' ';
    out += word;
    glued = word == "'" || word == "-";
  }
  return out;
}

}  // namespace gimbal::lab
