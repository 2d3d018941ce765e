// The best cut by dynamic programming: for each place in the text, the best way to get there (Viterbi).
#include "text/models/unigram.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "text/byte_trie.h"
#include "text/fallback_bytes.h"
#include "text/models/merge_table.h"
#include "text/models/word_cache.h"

namespace gimbal::text {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the least score, as SentencePiece has it

// A number as Hugging Face tokenizers reads it from a file: its JSON parser divides the digits, rounded to a double, by a power of ten. The last bit
// decides where cuts are equal but for rounding, as in a row of sixty-four hyphens.
double as_read_from_file(double number) {
  char digits[32] = {};
  const auto [end, code] = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::scientific);
  uint64_t significand = 0;
  int decimals = 0;
  const char* p = digits + (number < 0 ? 1 : 0);
  for (bool after_point = false; p < end && *p != 'e'; ++p) {
    if (*p == '.') {
      after_point = true;
      continue;
    }
    significand = 10 * significand + static_cast<uint64_t>(*p - '0');
    decimals += after_point ? 1 : 0;
  }
  const int exponent = p < end ? std::atoi(p + 1) - decimals : -decimals;
  const auto rounded = static_cast<double>(significand);
  const double value = exponent < 0 ? rounded / std::pow(10.0, -exponent) : rounded * std::pow(10.0, exponent);
  return std::isfinite(value) && code == std::errc() ? std::copysign(value, number) : number;
}

Vocabulary vocabulary_of(const std::vector<UnigramPieces::Piece>& pieces) {
  Vocabulary vocabulary;
  for (size_t id = 0; id < pieces.size(); ++id) vocabulary.add(pieces[id].token, static_cast<int32_t>(id));
  return vocabulary;
}

ByteTrie trie_of(const std::vector<UnigramPieces::Piece>& pieces) {
  std::vector<ByteTrie::Entry> entries;
  for (size_t id = 0; id < pieces.size(); ++id) {
    if (pieces[id].in_text) entries.push_back({pieces[id].token, static_cast<int32_t>(id)});
  }
  return ByteTrie(std::move(entries));
}

/// The best way to a place: its score, the piece that ends there, and where that begins.
template <class Sum>
struct Arrival {
  Sum score = 0;
  int32_t id = 0;
  uint32_t from = kUnreached;
  static constexpr uint32_t kUnreached = ~0u;
};

class Unigram final : public TokenModel {
 public:
  explicit Unigram(UnigramPieces pieces)
      : TokenModel(vocabulary_of(pieces.pieces)), pieces_(std::move(pieces)), trie_(trie_of(pieces_.pieces)) {
    const auto count = static_cast<int64_t>(pieces_.pieces.size());
    if (pieces_.unknown_id >= count) fail("\"unk_id\" is ", pieces_.unknown_id, ", but the vocabulary has ", count, " tokens");
    scores_.reserve(pieces_.pieces.size());
    for (const UnigramPieces::Piece& piece : pieces_.pieces) {
      scores_.push_back(pieces_.sums == ScoreSums::kDouble ? as_read_from_file(piece.score) : piece.score);
    }
    for (size_t byte = 0; byte < 256; ++byte) {
      byte_ids_[byte] = vocabulary().id(fallback_token(static_cast<unsigned char>(byte))).value_or(-1);
    }
  }

  void tokenize(TextRun& run, TokenList& tokens) const override {
    if (run.byte_level) spell_bytes(run);
    pieces_.sums == ScoreSums::kFloat ? tokenize_with<float>(run, tokens) : tokenize_with<double>(run, tokens);
  }

  OrderedJson to_json() const override {
    OrderedJson vocab = OrderedJson::array();
    for (const UnigramPieces::Piece& piece : pieces_.pieces) vocab.push_back({piece.token, piece.score});
    return {{"type", "Unigram"},
            {"unk_id", pieces_.unknown_id < 0 ? OrderedJson(nullptr) : OrderedJson(pieces_.unknown_id)},
            {"vocab", std::move(vocab)},
            {"byte_fallback", pieces_.byte_fallback}};
  }
  std::string unknown_token() const override {
    return pieces_.unknown_id < 0 ? "" : pieces_.pieces[static_cast<size_t>(pieces_.unknown_id)].token;
  }

 private:
  template <class Sum>
  void tokenize_with(TextRun& run, TokenList& tokens) const {
    const std::string_view text = run.text.text();
    std::vector<Arrival<Sum>> arrivals;
    std::vector<Symbol> symbols;
    const bool tracked = tokens.tracking == Tracking::kOn;
    // Float sums depend on all that came before, so that SentencePiece's runs are one long word, which no cache would ever see again.
    const bool cached = !tracked && pieces_.sums == ScoreSums::kDouble;
    WordCachePool::Loan cache(caches_);
    const char* end = text.data() + text.size();
    for (const Span span : run.words) {
      const std::string_view word = cut(text, span);
      if (cached && (*cache).find(word, end, tokens.ids)) continue;
      find_best(word, arrivals, symbols);
      const size_t first = tokens.ids.size();
      append(symbols, text, span.begin, tokens);
      if (cached) (*cache).insert(word, std::span(tokens.ids).subspan(first));
    }
  }

  // Candidates are taken in the order of where they begin, then of their length; a later one must be better, not just as good.
  template <class Sum>
  void find_best(std::string_view text, std::vector<Arrival<Sum>>& arrivals, std::vector<Symbol>& symbols) const {
    const auto size = static_cast<uint32_t>(text.size());
    arrivals.assign(size + 1, {});
    const auto offer = [&arrivals](uint32_t end, Sum score, int32_t id, uint32_t from) {
      Arrival<Sum>& best = arrivals[end];
      if (best.from == Arrival<Sum>::kUnreached || score > best.score) best = {score, id, from};
    };
    for (uint32_t begin = 0; begin < size;) {
      const uint32_t length = character_length(text[begin]);
      const Sum score = arrivals[begin].score;
      bool has_character = false;
      uint32_t node = ByteTrie::kRoot;
      for (uint32_t end = begin; end < size;) {
        node = trie_.step(node, text[end++]);
        if (node == ByteTrie::kNowhere) break;
        const int32_t id = trie_.value(node);
        if (id == ByteTrie::kNoValue) continue;
        offer(end, score + static_cast<Sum>(scores_[static_cast<size_t>(id)]), id, begin);
        has_character = has_character || end - begin == length;
      }
      if (!has_character) offer(begin + length, score + static_cast<Sum>(pieces_.unknown_score), pieces_.unknown_id, begin);
      begin += length;
    }
    symbols.clear();
    for (uint32_t end = size; end > 0; end = arrivals[end].from) {
      const Symbol symbol{arrivals[end].id, end - arrivals[end].from};
      const bool fuses = symbol.id == pieces_.unknown_id && !symbols.empty() && symbols.back().id == symbol.id;
      fuses ? void(symbols.back().length += symbol.length) : symbols.push_back(symbol);
    }
    std::reverse(symbols.begin(), symbols.end());
  }

  void append(const std::vector<Symbol>& symbols, std::string_view text, uint32_t begin, TokenList& tokens) const {
    for (const Symbol symbol : symbols) {
      const Span span{begin, begin + symbol.length};
      begin = span.end;
      const size_t before = tokens.ids.size();
      if (symbol.id == pieces_.unknown_id) {
        append_unknown(cut(text, span), tokens.ids);
      } else {
        tokens.ids.push_back(symbol.id);
      }
      if (tokens.tracking == Tracking::kOn) tokens.spans.insert(tokens.spans.end(), tokens.ids.size() - before, span);
    }
  }

  // What no piece has: a token of that name after all, or its bytes where all of them have tokens, or the unknown token.
  void append_unknown(std::string_view unknown, std::vector<int32_t>& ids) const {
    const std::optional<int32_t> whole = vocabulary().id(unknown);
    const auto byte_id = [this](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
    if (whole && pieces_.pieces[static_cast<size_t>(*whole)].in_text) {
      ids.push_back(*whole);
    } else if (pieces_.byte_fallback && std::all_of(unknown.begin(), unknown.end(), [&](char byte) { return byte_id(byte) >= 0; })) {
      for (const char byte : unknown) ids.push_back(byte_id(byte));
    } else if (pieces_.unknown_id >= 0) {
      ids.push_back(pieces_.unknown_id);
    } else {
      fail("the tokenizer has no pieces for \"", unknown, "\" and no token for what it does not know (\"unk_id\" is null)");
    }
  }

  UnigramPieces pieces_;
  ByteTrie trie_;
  std::vector<double> scores_;
  std::array<int32_t, 256> byte_ids_;
  mutable WordCachePool caches_;
};

}  // namespace

TokenModelPtr make_unigram(UnigramPieces pieces) { return std::make_unique<Unigram>(std::move(pieces)); }

TokenModelPtr make_unigram_from_json(const Json& json) {
  UnigramPieces pieces;
  double least = std::numeric_limits<double>::infinity();
  for (const Json& entry : array_field(json, "vocab")) {
    if (!entry.is_array() || entry.size() != 2 || !entry[1].is_number()) fail("\"vocab\" must be a list of [token, score], but has ", entry.dump());
    pieces.pieces.push_back({value_as<std::string>(entry[0], "vocab"), entry[1].get<double>(), true});
    least = std::min(least, as_read_from_file(pieces.pieces.back().score));
  }
  if (pieces.pieces.empty()) fail("\"vocab\" is empty");
  const auto unknown = field_or<int64_t>(json, "unk_id", -1);
  pieces.unknown_id = static_cast<int32_t>(std::clamp<int64_t>(unknown, -1, std::numeric_limits<int32_t>::max()));
  pieces.unknown_score = least - kUnknownPenalty;
  pieces.byte_fallback = field_or(json, "byte_fallback", false);
  return make_unigram(std::move(pieces));
}

}  // namespace gimbal::text
