// Words become symbols, symbols merge; words that come again are taken from a cache.
#include "text/models/bpe.h"

#include <array>

#include "text/byte_alphabet.h"
#include "text/fallback_bytes.h"
#include "text/models/word_cache.h"

namespace gimbal::text {
namespace {

std::pair<std::string, std::string> merge_pair(const Json& merge) {
  if (merge.is_array() && merge.size() == 2) return {value_as<std::string>(merge[0], "merges"), value_as<std::string>(merge[1], "merges")};
  const auto line = value_as<std::string>(merge, "merges");
  const size_t space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
    fail("the merge \"", line, "\" is not two tokens with one space between them");
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

class Bpe final : public TokenModel {
 public:
  explicit Bpe(BpeRules rules)
      : TokenModel(std::move(rules.vocabulary)),
        rules_(std::move(rules)),
        unknown_id_(rules_.unknown_token.empty() ? std::nullopt : vocabulary().id(rules_.unknown_token)),
        splits_at_marks_(marks_only_begin_tokens()) {
    prepare_bytes();
  }

  void tokenize(TextRun& run, TokenList& tokens) const override {
    if (run.byte_level && !is_byte_complete_) spell_bytes(run);
    if (!run.byte_level && splits_at_marks_) split_at_marks(run);
    const Source source = run.byte_level ? Source::kBytes : Source::kCharacters;
    const std::string_view text = run.text.text();
    std::vector<Symbol> symbols;
    if (tokens.tracking == Tracking::kOn) {
      for (const Span word : run.words) {
        symbols_of(cut(text, word), source, symbols);
        append_with_spans(symbols, word.begin, tokens);
      }
      return;
    }
    WordCachePool::Loan cache(caches_.of(source));
    const char* end = text.data() + text.size();
    for (const Span span : run.words) {
      const std::string_view word = cut(text, span);
      if ((*cache).find(word, end, tokens.ids)) continue;
      symbols_of(word, source, symbols);
      const size_t first = tokens.ids.size();
      for (const Symbol& symbol : symbols) tokens.ids.push_back(symbol.id);
      (*cache).insert(word, std::span(tokens.ids).subspan(first));
    }
  }

  OrderedJson to_json() const override;
  std::string unknown_token() const override { return rules_.unknown_token; }

 private:
  /// What a word's bytes are: bytes that stand for characters of the byte alphabet, or characters in UTF-8.
  enum class Source : uint8_t { kBytes, kCharacters };

  struct Caches {
    mutable WordCachePool bytes, characters;
    WordCachePool& of(Source source) const { return source == Source::kBytes ? bytes : characters; }
  };

  // Whether a merge can go beyond a "▁" that follows another character. Where none can, texts that no pre-tokenizer has cut (Llama 2) are cut there:
  // the tokens are the same, and the pieces are words, which a cache knows.
  bool marks_only_begin_tokens() const {
    if (!vocabulary().id(kMark) || rules_.ignore_merges || !rules_.prefix.empty() || !rules_.suffix.empty()) return false;
    for (const MergeTable::Merge& merge : rules_.merges.sorted()) {
      const std::string_view token = *vocabulary().token(merge.merged);
      for (size_t at = token.find(kMark, 1); at != std::string_view::npos; at = token.find(kMark, at + 1)) {
        if (!token.substr(0, at).ends_with(kMark)) return false;
      }
    }
    return true;
  }

  static void split_at_marks(TextRun& run) {
    const std::string_view text = run.text.text();
    std::vector<Span> words;
    words.reserve(run.words.size() + text.size() / 6);
    for (Span word : run.words) {
      for (size_t at = text.find(kMark, word.begin + 1); at < word.end; at = text.find(kMark, at + kMark.size())) {
        const auto cut_at = static_cast<uint32_t>(at);
        if (cut(text, {word.begin, cut_at}).ends_with(kMark)) continue;
        words.push_back({word.begin, cut_at});
        word.begin = cut_at;
      }
      words.push_back(word);
    }
    run.words = std::move(words);
  }

  // Byte-level words need not be spelled out when every byte has its token, and nothing is attached to tokens.
  void prepare_bytes() {
    is_byte_complete_ = rules_.prefix.empty() && rules_.suffix.empty();
    for (int b = 0; b < 256; ++b) {
      const auto byte = static_cast<char>(b);
      const std::optional<int32_t> id = vocabulary().id(spell_in_alphabet({&byte, 1}));
      is_byte_complete_ = is_byte_complete_ && id;
      byte_ids_[static_cast<size_t>(b)] = id.value_or(-1);
    }
  }

  void symbols_of(std::string_view word, Source source, std::vector<Symbol>& symbols) const {
    symbols.clear();
    if (rules_.ignore_merges) {
      const std::optional<int32_t> whole = source == Source::kBytes ? vocabulary().id(spell_in_alphabet(word)) : vocabulary().id(word);
      if (whole) {
        symbols.push_back({*whole, static_cast<uint32_t>(word.size())});
        return;
      }
    }
    if (source == Source::kBytes) {
      for (const char byte : word) symbols.push_back({byte_ids_[static_cast<unsigned char>(byte)], 1});
    } else {
      characters_of(word, symbols);
    }
    rules_.merges.apply(symbols);
  }

  void characters_of(std::string_view word, std::vector<Symbol>& symbols) const;

  // Lengths add up from the word's start, even where a character without a token was dropped: Hugging Face tokenizers' offsets.
  static void append_with_spans(const std::vector<Symbol>& symbols, uint32_t begin, TokenList& tokens) {
    for (const Symbol& symbol : symbols) {
      tokens.ids.push_back(symbol.id);
      tokens.spans.push_back({begin, begin + symbol.length});
      begin += symbol.length;
    }
  }

  static constexpr std::string_view kMark = "\u2581";

  BpeRules rules_;  // but for the vocabulary, which TokenModel has
  std::optional<int32_t> unknown_id_;
  bool splits_at_marks_;
  std::array<int32_t, 256> byte_ids_;
  bool is_byte_complete_ = false;
  Caches caches_;
};

void Bpe::characters_of(std::string_view word, std::vector<Symbol>& symbols) const {
  std::optional<Symbol> unknown;  // waits for a known character, or for more of its kind to fuse with
  const auto flush = [&] {
    if (unknown) symbols.push_back(*unknown);
    unknown.reset();
  };
  std::string token;
  for (size_t i = 0; i < word.size();) {
    const uint32_t length = character_length(word[i]);
    token.clear();
    if (i > 0) token += rules_.prefix;
    token += word.substr(i, length);
    i += length;
    if (i == word.size()) token += rules_.suffix;
    if (const std::optional<int32_t> id = vocabulary().id(token)) {
      flush();
      symbols.push_back({*id, length});
      continue;
    }
    if (rules_.byte_fallback) {
      std::vector<Symbol> bytes;
      for (const char byte : token) {
        if (const std::optional<int32_t> id = vocabulary().id(fallback_token(static_cast<unsigned char>(byte)))) bytes.push_back({*id, 1});
      }
      if (bytes.size() == token.size()) {
        symbols.insert(symbols.end(), bytes.begin(), bytes.end());
        continue;
      }
    }
    if (rules_.unknown_token.empty()) continue;
    if (!unknown_id_)
      fail("the unknown token \"", rules_.unknown_token, "\" is not in the vocabulary, but the text has a character that needs it: \"", token, "\"");
    if (unknown && rules_.fuse_unknown) {
      unknown->length += length;
    } else {
      flush();
      unknown = Symbol{*unknown_id_, length};
    }
  }
  flush();
}

OrderedJson Bpe::to_json() const {
  const auto or_null = [](const std::string& text) { return text.empty() ? OrderedJson(nullptr) : OrderedJson(text); };
  OrderedJson merges = OrderedJson::array();
  for (const MergeTable::Merge& merge : rules_.merges.sorted()) merges.push_back({*vocabulary().token(merge.left), *vocabulary().token(merge.right)});
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", or_null(rules_.unknown_token)},
          {"continuing_subword_prefix", or_null(rules_.prefix)},
          {"end_of_word_suffix", or_null(rules_.suffix)},
          {"fuse_unk", rules_.fuse_unknown},
          {"byte_fallback", rules_.byte_fallback},
          {"ignore_merges", rules_.ignore_merges},
          {"vocab", vocabulary().to_json()},
          {"merges", merges}};
}

}  // namespace

TokenModelPtr make_bpe(BpeRules rules) { return std::make_unique<Bpe>(std::move(rules)); }

TokenModelPtr make_bpe_from_json(const Json& json) {
  BpeRules rules;
  rules.vocabulary = Vocabulary::from_json(field(json, "vocab"));
  rules.unknown_token = field_or<std::string>(json, "unk_token", "");
  rules.prefix = field_or<std::string>(json, "continuing_subword_prefix", "");
  rules.suffix = field_or<std::string>(json, "end_of_word_suffix", "");
  rules.fuse_unknown = field_or(json, "fuse_unk", false);
  rules.byte_fallback = field_or(json, "byte_fallback", false);
  rules.ignore_merges = field_or(json, "ignore_merges", false);
  if (json.contains("dropout") && json["dropout"].is_number() && json["dropout"] != 0) {
    fail("\"dropout\" is ", json["dropout"].dump(), ", which would make encoding random; set it to null");
  }
  const auto known_id = [&rules](const std::string& token) {
    const std::optional<int32_t> id = rules.vocabulary.id(token);
    if (!id) fail("a merge uses the token \"", token, "\", which is not in the vocabulary");
    return *id;
  };
  for (const Json& merge : array_field(json, "merges")) {
    const auto [left, right] = merge_pair(merge);
    const std::string whole = left + (right.size() >= rules.prefix.size() ? right.substr(rules.prefix.size()) : "");
    rules.merges.add(known_id(left), known_id(right), known_id(whole));
  }
  return make_bpe(std::move(rules));
}

}  // namespace gimbal::text
