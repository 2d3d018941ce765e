// The BPE model: a word starts as its characters (or bytes), then neighbours merge in the order that training found (arXiv:1508.07909).
#include <array>

#include "text/byte_alphabet.h"
#include "text/models/merge_table.h"
#include "text/models/token_model.h"
#include "text/models/word_cache.h"

namespace gimbal::text {
namespace {

enum class Choice : uint8_t { kNo, kYes };

Choice choice(const Json& json, const char* key) { return field_or(json, key, false) ? Choice::kYes : Choice::kNo; }

std::pair<std::string, std::string> merge_pair(const Json& merge) {
  if (merge.is_array() && merge.size() == 2) return {value_as<std::string>(merge[0], "merges"), value_as<std::string>(merge[1], "merges")};
  const auto line = value_as<std::string>(merge, "merges");
  const size_t space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
    fail("the merge \"", line, "\" is not two tokens with one space between them");
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

std::string byte_token(char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto b = static_cast<unsigned char>(byte);
  return {'<', '0', 'x', kDigits[b >> 4], kDigits[b & 15], '>'};
}

class Bpe final : public TokenModel {
 public:
  explicit Bpe(const Json& json)
      : TokenModel(Vocabulary::from_json(field(json, "vocab"))),
        unknown_token_(field_or<std::string>(json, "unk_token", "")),
        prefix_(field_or<std::string>(json, "continuing_subword_prefix", "")),
        suffix_(field_or<std::string>(json, "end_of_word_suffix", "")),
        fuse_unknown_(choice(json, "fuse_unk")),
        byte_fallback_(choice(json, "byte_fallback")),
        ignore_merges_(choice(json, "ignore_merges")),
        unknown_id_(unknown_token_.empty() ? std::nullopt : vocabulary().id(unknown_token_)) {
    if (json.contains("dropout") && json["dropout"].is_number() && json["dropout"] != 0) {
      fail("\"dropout\" is ", json["dropout"].dump(), ", which would make encoding random; set it to null");
    }
    read_merges(array_field(json, "merges"));
    prepare_bytes();
  }

  void tokenize(TextRun& run, TokenList& tokens) const override {
    if (run.byte_level && !is_byte_complete_) spell_bytes(run);
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
  std::string unknown_token() const override { return unknown_token_; }

 private:
  /// What a word's bytes are: bytes that stand for characters of the byte alphabet, or characters in UTF-8.
  enum class Source : uint8_t { kBytes, kCharacters };

  struct Caches {
    mutable WordCachePool bytes, characters;
    WordCachePool& of(Source source) const { return source == Source::kBytes ? bytes : characters; }
  };

  void read_merges(const Json& merges) {
    for (const Json& merge : merges) {
      const auto [left, right] = merge_pair(merge);
      const std::string whole = left + (right.size() >= prefix_.size() ? right.substr(prefix_.size()) : "");
      merges_.add(known_id(left), known_id(right), known_id(whole));
    }
  }

  int32_t known_id(const std::string& token) const {
    const std::optional<int32_t> id = vocabulary().id(token);
    if (!id) fail("a merge uses the token \"", token, "\", which is not in the vocabulary");
    return *id;
  }

  // Byte-level words need not be spelled out when every byte has its token, and nothing is attached to tokens.
  void prepare_bytes() {
    is_byte_complete_ = prefix_.empty() && suffix_.empty();
    for (int b = 0; b < 256; ++b) {
      const auto byte = static_cast<char>(b);
      const std::optional<int32_t> id = vocabulary().id(spell_in_alphabet({&byte, 1}));
      is_byte_complete_ = is_byte_complete_ && id;
      byte_ids_[static_cast<size_t>(b)] = id.value_or(-1);
    }
  }

  void symbols_of(std::string_view word, Source source, std::vector<Symbol>& symbols) const {
    symbols.clear();
    if (ignore_merges_ == Choice::kYes) {
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
    merges_.apply(symbols);
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

  std::string unknown_token_, prefix_, suffix_;
  Choice fuse_unknown_, byte_fallback_, ignore_merges_;
  std::optional<int32_t> unknown_id_;
  MergeTable merges_;
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
    if (i > 0) token += prefix_;
    token += word.substr(i, length);
    i += length;
    if (i == word.size()) token += suffix_;
    if (const std::optional<int32_t> id = vocabulary().id(token)) {
      flush();
      symbols.push_back({*id, length});
      continue;
    }
    if (byte_fallback_ == Choice::kYes) {
      std::vector<Symbol> bytes;
      for (const char byte : token) {
        if (const std::optional<int32_t> id = vocabulary().id(byte_token(byte))) bytes.push_back({*id, 1});
      }
      if (bytes.size() == token.size()) {
        symbols.insert(symbols.end(), bytes.begin(), bytes.end());
        continue;
      }
    }
    if (unknown_token_.empty()) continue;
    if (!unknown_id_)
      fail("the unknown token \"", unknown_token_, "\" is not in the vocabulary, but the text has a character that needs it: \"", token, "\"");
    if (unknown && fuse_unknown_ == Choice::kYes) {
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
  for (const MergeTable::Merge& merge : merges_.sorted()) merges.push_back({*vocabulary().token(merge.left), *vocabulary().token(merge.right)});
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", or_null(unknown_token_)},
          {"continuing_subword_prefix", or_null(prefix_)},
          {"end_of_word_suffix", or_null(suffix_)},
          {"fuse_unk", fuse_unknown_ == Choice::kYes},
          {"byte_fallback", byte_fallback_ == Choice::kYes},
          {"ignore_merges", ignore_merges_ == Choice::kYes},
          {"vocab", vocabulary().to_json()},
          {"merges", merges}};
}

}  // namespace

TokenModelPtr make_bpe(const Json& json) { return std::make_unique<Bpe>(json); }

}  // namespace gimbal::text
