// Words are counted as BERT cuts them, spelled in characters, then merged.
#include "text/train_word_piece.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/error.h"
#include "text/foreign_tokenizers.h"
#include "text/normalizers/normalizer.h"
#include "text/pair_merges.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/word_counts.h"

namespace gimbal {
namespace {

using text::Json;

const std::string kPrefix = "##";

template <class Use>
void for_each_character(std::string_view word, Use&& use) {
  for (size_t i = 0; i < word.size();) {
    const uint32_t length = text::character_length(word[i]);
    use(word.substr(i, length), i == 0);
    i += length;
  }
}

text::WordCounts count_bert_words(const EachText& each_text, const Json& pipeline) {
  const text::NormalizerPtr normalizer = text::make_normalizer(pipeline["normalizer"]);
  const text::PreTokenizerPtr pre_tokenizer = text::make_pre_tokenizer(pipeline["pre_tokenizer"]);
  return text::count_words(each_text, [&](std::string_view part) {
    text::AlignedText normal(part, {0, static_cast<uint32_t>(part.size())}, text::Tracking::kOff);
    normalizer->apply(normal);
    text::TextRun run(std::move(normal));
    pre_tokenizer->apply(run);
    return run;
  });
}

/// The characters that get tokens, and whether one stands within words.
using Alphabet = std::map<std::string, bool, std::less<>>;

// The most frequent ones; of equally frequent ones those that come first in Unicode.
Alphabet alphabet_of(const text::WordCounts& words, size_t max_characters) {
  struct Use {
    uint64_t count = 0;
    bool within = false;
  };
  std::unordered_map<std::string, Use> uses;
  for (size_t i = 0; i < words.size(); ++i) {
    for_each_character(words.word(i), [&](std::string_view character, bool is_first) {
      Use& use = uses[std::string(character)];
      use.count += words.count(i);
      use.within = use.within || !is_first;
    });
  }
  std::vector<std::pair<std::string, Use>> sorted(uses.begin(), uses.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.count != b.second.count ? a.second.count > b.second.count : a.first < b.first; });
  if (sorted.size() > max_characters) sorted.resize(max_characters);
  Alphabet alphabet;
  for (const auto& [character, use] : sorted) alphabet.emplace(character, use.within);
  return alphabet;
}

// Special tokens, then characters in the order of Unicode, then those within words. Special tokens take part under names with a byte that no valid
// text holds, so that no merge gives them.
std::vector<std::string> initial_tokens(const Alphabet& alphabet) {
  std::vector<std::string> tokens;
  for (const char* special : text::kBertSpecialTokens) tokens.push_back(std::string("\xFF") + special);
  for (const auto& [character, within] : alphabet) tokens.push_back(character);
  for (const auto& [character, within] : alphabet) {
    if (within) tokens.push_back(kPrefix + character);
  }
  return tokens;
}

// Characters without a token are passed over, as that trainer does.
auto spell_by_characters(const std::vector<std::string>& tokens) {
  std::unordered_map<std::string, int32_t> ids;
  for (size_t id = 0; id < tokens.size(); ++id) ids.emplace(tokens[id], static_cast<int32_t>(id));
  return [ids = std::move(ids)](std::string_view word, std::vector<int32_t>& spelled) {
    for_each_character(word, [&](std::string_view character, bool is_first) {
      const auto found = ids.find(is_first ? std::string(character) : kPrefix + std::string(character));
      if (found != ids.end()) spelled.push_back(found->second);
    });
  };
}

}  // namespace

Tokenizer train_word_piece(const EachText& each_text, const WordPieceOptions& options) {
  text::BertRules rules;
  rules.lowercase = options.lowercase;
  Json specials = Json::object();
  for (const char* token : text::kBertSpecialTokens) specials[token] = specials.size();
  const text::WordCounts words = count_bert_words(each_text, text::bert_tokenizer_json(specials, rules));
  if (words.size() == 0) fail("the corpus is empty: a WordPiece tokenizer needs text to take its pieces from");
  const Alphabet alphabet = alphabet_of(words, options.max_characters);
  std::vector<std::string> tokens = initial_tokens(alphabet);
  const size_t initial = tokens.size();
  if (options.vocab_size < 0 || static_cast<size_t>(options.vocab_size) < initial) {
    fail("a WordPiece vocabulary of ", options.vocab_size, " tokens is too small: ", std::size(text::kBertSpecialTokens), " special tokens and the ",
         alphabet.size(), " characters of the corpus, at the beginning of words and within them, need ", initial);
  }
  const auto wanted = static_cast<size_t>(options.vocab_size);
  auto spell = spell_by_characters(tokens);
  const text::PairMerges trained = merge_pairs(words, {std::move(tokens), std::move(spell), kPrefix}, wanted, options.min_frequency);
  if (trained.tokens.size() < wanted) text::fail_for_lack_of_text(static_cast<int64_t>(trained.tokens.size()), options.vocab_size);
  Json vocabulary = std::move(specials);
  for (size_t id = vocabulary.size(); id < trained.tokens.size(); ++id) vocabulary[trained.tokens[id]] = id;
  return Tokenizer::from_json(text::bert_tokenizer_json(std::move(vocabulary), rules));
}

}  // namespace gimbal
