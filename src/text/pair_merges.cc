// Incremental pair counts: a merge touches only the words that hold its pair, and a heap whose entries may be out of date finds the next one.
#include "text/pair_merges.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

namespace gimbal::text {
namespace {

uint64_t pair_key(int32_t left, int32_t right) { return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right); }

/// All words as sequences of tokens, end to end. A word shrinks in place as its tokens merge.
class Corpus {
 public:
  Corpus(const WordCounts& words, const InitialTokens& initial) {
    for (size_t i = 0; i < words.size(); ++i) {
      const size_t begin = tokens_.size();
      initial.spell(words.word(i), tokens_);
      const size_t size = tokens_.size() - begin;
      if (size < 2) {  // no pair in it
        tokens_.resize(begin);
      } else {
        words_.push_back({begin, static_cast<uint32_t>(size), static_cast<int64_t>(words.count(i))});
      }
    }
  }

  size_t size() const { return words_.size(); }
  int64_t count(size_t word) const { return words_[word].count; }
  std::span<const int32_t> tokens(size_t word) const { return std::span(tokens_).subspan(words_[word].begin, words_[word].size); }

  /// Replaces each (left, right) in the word by `merged`, and reports each pair of neighbours that goes (-1) or comes (+1).
  template <class Change>
  void merge(size_t word, int32_t left, int32_t right, int32_t merged, Change&& change) {
    int32_t* const t = tokens_.data() + words_[word].begin;
    const uint32_t n = words_[word].size;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; ++i) {
      if (t[i] != left || i + 1 == n || t[i + 1] != right) {
        t[kept++] = t[i];
        continue;
      }
      if (kept > 0) {
        change(t[kept - 1], left, -1);
        change(t[kept - 1], merged, +1);
      }
      ++i;
      if (i + 1 < n) {
        change(right, t[i + 1], -1);
        change(merged, t[i + 1], +1);
      }
      t[kept++] = merged;
    }
    words_[word].size = kept;
  }

 private:
  struct Word {
    size_t begin;
    uint32_t size;
    int64_t count;
  };
  std::vector<int32_t> tokens_;
  std::vector<Word> words_;
};

/// How often each pair occurs, and in which words (where it may have vanished since).
class PairTable {
 public:
  struct Pair {
    uint64_t key;
    int64_t count = 0;
    std::vector<uint32_t> words;  // each once, unless the pair came back
    bool is_waiting = false;      // in fresh_, to be put into the heap
  };

  void change(int32_t left, int32_t right, int64_t by, uint32_t word) {
    Pair& pair = at(pair_key(left, right));
    pair.count += by;
    if (by < 0) return;
    if (pair.words.empty() || pair.words.back() != word) pair.words.push_back(word);
    if (!pair.is_waiting) fresh_.push_back(static_cast<uint32_t>(&pair - pairs_.data()));
    pair.is_waiting = true;
  }

  /// Lets the pairs that have grown since the last call take part.
  void queue_fresh() {
    for (const uint32_t i : fresh_) {
      pairs_[i].is_waiting = false;
      if (pairs_[i].count > 0) heap_.push({pairs_[i].count, pairs_[i].key, i});
    }
    fresh_.clear();
  }

  /// Takes out the most frequent pair, or one with count 0 when none is left. A pair with a count that was true when queued has only lost since.
  Pair take_best() {
    while (!heap_.empty()) {
      const Queued top = heap_.top();
      heap_.pop();
      Pair& pair = pairs_[top.pair];
      if (pair.count == top.count) {
        Pair best{pair.key, pair.count, std::move(pair.words), false};
        pair.count = 0;
        pair.words.clear();
        return best;
      }
      if (pair.count > 0 && pair.count < top.count) heap_.push({pair.count, pair.key, top.pair});
    }
    return {};
  }

 private:
  struct Queued {
    int64_t count;
    uint64_t key;
    uint32_t pair;
    bool operator<(const Queued& other) const { return count != other.count ? count < other.count : key > other.key; }
  };

  Pair& at(uint64_t key) {
    const uint64_t hash = hash_pair(key >> 32, key & 0xFFFFFFFF);
    uint32_t i = index_.find(hash, [&](uint32_t k) { return pairs_[k].key == key; });
    if (i == FlatIndex::kAbsent) {
      i = static_cast<uint32_t>(pairs_.size());
      index_.insert(hash, i);
      pairs_.push_back({key, 0, {}, false});
    }
    return pairs_[i];
  }

  FlatIndex index_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> fresh_;
  std::priority_queue<Queued> heap_;
};

}  // namespace

std::function<void(std::string_view word, std::vector<int32_t>& ids)> spell_by_bytes(std::vector<int32_t> byte_ids) {
  return [byte_ids = std::move(byte_ids)](std::string_view word, std::vector<int32_t>& ids) {
    for (const char byte : word) ids.push_back(byte_ids[static_cast<unsigned char>(byte)]);
  };
}

PairMerges merge_pairs(const WordCounts& words, InitialTokens initial, size_t vocab_size, uint64_t min_frequency) {
  PairMerges result{std::move(initial.tokens), {}};
  std::unordered_map<std::string, int32_t> ids;
  for (size_t i = 0; i < result.tokens.size(); ++i) ids.emplace(result.tokens[i], static_cast<int32_t>(i));

  Corpus corpus(words, initial);
  PairTable pairs;
  for (size_t w = 0; w < corpus.size(); ++w) {
    const std::span<const int32_t> tokens = corpus.tokens(w);
    for (size_t i = 0; i + 1 < tokens.size(); ++i) pairs.change(tokens[i], tokens[i + 1], corpus.count(w), static_cast<uint32_t>(w));
  }
  const auto threshold = static_cast<int64_t>(std::max<uint64_t>(min_frequency, 1));
  while (result.tokens.size() < vocab_size) {
    pairs.queue_fresh();
    const PairTable::Pair best = pairs.take_best();
    if (best.count < threshold) break;
    const auto left = static_cast<int32_t>(best.key >> 32), right = static_cast<int32_t>(best.key & 0xFFFFFFFF);
    std::string_view joining = result.tokens[static_cast<size_t>(right)];
    if (joining.starts_with(initial.continuing_prefix)) joining.remove_prefix(initial.continuing_prefix.size());
    std::string token = result.tokens[static_cast<size_t>(left)];
    token += joining;
    const auto [known, is_new] = ids.emplace(std::move(token), static_cast<int32_t>(result.tokens.size()));
    if (is_new) result.tokens.push_back(known->first);
    result.merges.push_back({left, right});
    for (const uint32_t word : best.words) {
      corpus.merge(word, left, right, known->second,
                   [&](int32_t a, int32_t b, int64_t sign) { pairs.change(a, b, sign * corpus.count(word), word); });
    }
  }
  return result;
}

}  // namespace gimbal::text
