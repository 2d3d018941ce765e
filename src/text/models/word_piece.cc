// The WordPiece model (BERT; Wu et al. 2016, arXiv:1609.08144): the longest piece that fits, again and again; a word that cannot be cut so is unknown.
#include "text/byte_trie.h"
#include "text/models/merge_table.h"
#include "text/models/token_model.h"
#include "text/models/word_cache.h"

namespace gimbal::text {
namespace {

ByteTrie trie_of(const Vocabulary& vocabulary) {
  std::vector<ByteTrie::Entry> entries;
  for (int32_t id = 0; id < vocabulary.end_id(); ++id) {
    if (const auto token = vocabulary.token(id)) entries.push_back({*token, id});
  }
  return ByteTrie(std::move(entries));
}

int64_t count_characters(std::string_view word) {
  int64_t count = 0;
  for (const char byte : word) count += continues_character(byte) ? 0 : 1;
  return count;
}

class WordPiece final : public TokenModel {
 public:
  explicit WordPiece(const Json& json)
      : TokenModel(Vocabulary::from_json(field(json, "vocab"))),
        unknown_token_(field_or<std::string>(json, "unk_token", "[UNK]")),
        prefix_(field_or<std::string>(json, "continuing_subword_prefix", "##")),
        max_characters_(field_or<int64_t>(json, "max_input_chars_per_word", 100)),
        unknown_id_(vocabulary().id(unknown_token_)),
        trie_(trie_of(vocabulary())),
        continuing_(trie_.walk(ByteTrie::kRoot, prefix_)) {}

  void tokenize(TextRun& run, TokenList& tokens) const override {
    if (run.byte_level) spell_bytes(run);
    const std::string_view text = run.text.text();
    std::vector<Symbol> pieces;
    if (tokens.tracking == Tracking::kOn) {
      for (Span word : run.words) {
        cut_up(cut(text, word), pieces);
        for (const Symbol piece : pieces) {
          tokens.ids.push_back(piece.id);
          tokens.spans.push_back({word.begin, word.begin + piece.length});
          word.begin += piece.length;
        }
      }
      return;
    }
    WordCachePool::Loan cache(caches_);
    const char* end = text.data() + text.size();
    for (const Span span : run.words) {
      const std::string_view word = cut(text, span);
      if ((*cache).find(word, end, tokens.ids)) continue;
      cut_up(word, pieces);
      const size_t first = tokens.ids.size();
      for (const Symbol piece : pieces) tokens.ids.push_back(piece.id);
      (*cache).insert(word, std::span(tokens.ids).subspan(first));
    }
  }

  OrderedJson to_json() const override {
    return {{"type", "WordPiece"},
            {"unk_token", unknown_token_},
            {"continuing_subword_prefix", prefix_},
            {"max_input_chars_per_word", max_characters_},
            {"vocab", vocabulary().to_json()}};
  }
  std::string unknown_token() const override { return unknown_token_; }

 private:
  void cut_up(std::string_view word, std::vector<Symbol>& pieces) const {
    pieces.clear();
    if (count_characters(word) > max_characters_) return give_up(word, pieces);
    uint32_t from = ByteTrie::kRoot;
    for (size_t at = 0; at < word.size(); from = continuing_) {
      if (from == ByteTrie::kNowhere) return give_up(word, pieces);
      const ByteTrie::Longest piece = trie_.longest(word.substr(at), from);
      if (piece.value == ByteTrie::kNoValue) return give_up(word, pieces);
      pieces.push_back({piece.value, piece.length});
      at += piece.length;
    }
  }

  void give_up(std::string_view word, std::vector<Symbol>& pieces) const {
    if (!unknown_id_)
      fail("the tokenizer has no pieces for \"", word, "\" and no token for unknown words (\"", unknown_token_, "\" is not in its vocabulary)");
    pieces.assign(1, {*unknown_id_, static_cast<uint32_t>(word.size())});
  }

  std::string unknown_token_, prefix_;
  int64_t max_characters_;
  std::optional<int32_t> unknown_id_;
  ByteTrie trie_;
  uint32_t continuing_;  // where pieces that continue a word begin in the trie
  mutable WordCachePool caches_;
};

}  // namespace

TokenModelPtr make_word_piece(const Json& json) { return std::make_unique<WordPiece>(json); }

}  // namespace gimbal::text
