// Counting words in batches: a batch is read by one thread, then its parts are counted by all.
#include "text/word_counts.h"

#include <algorithm>
#include <mutex>
#include <span>

#include "core/error.h"
#include "core/files.h"
#include "core/threads.h"
#include "text/aligned_text.h"
#include "text/spaces.h"
#include "text/splitting.h"

namespace gimbal::text {
namespace {

constexpr size_t kPartBytes = size_t{1} << 20;
constexpr size_t kBatchBytes = size_t{64} << 20;

/// Texts end to end, so that a batch of many short ones is one allocation.
struct Batch {
  std::string bytes;
  std::vector<size_t> ends;
};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Where the part that begins at `begin` ends: after a line break between two non-blank characters, else at any character, within another part's
// length.
size_t part_end(std::string_view text, size_t begin) {
  if (text.size() - begin <= kPartBytes) return text.size();
  const size_t wanted = begin + kPartBytes, limit = std::min(text.size() - 1, wanted + kPartBytes);
  for (size_t i = wanted; i < limit; ++i) {
    if (text[i] == '\n' && !is_blank(text[i - 1]) && !is_blank(text[i + 1])) return i + 1;
  }
  size_t end = wanted;
  while (end < text.size() && continues_character(text[end])) ++end;
  return end;
}

void append_parts(std::string_view text, std::vector<std::string_view>& parts) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = part_end(text, begin);
    parts.push_back(text.substr(begin, end - begin));
    begin = end;
  }
}

std::vector<std::string_view> parts_of(const Batch& batch) {
  std::vector<std::string_view> parts;
  size_t text_begin = 0;
  for (const size_t text_end : batch.ends) {
    append_parts(std::string_view(batch.bytes).substr(text_begin, text_end - text_begin), parts);
    text_begin = text_end;
  }
  return parts;
}

/// Consecutive parts that together are worth a thread's while.
std::vector<std::span<const std::string_view>> portions_of(std::span<const std::string_view> parts) {
  std::vector<std::span<const std::string_view>> portions;
  size_t first = 0, bytes = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    bytes += parts[i].size();
    if (bytes < kPartBytes && i + 1 < parts.size()) continue;
    portions.push_back(parts.subspan(first, i + 1 - first));
    first = i + 1;
    bytes = 0;
  }
  return portions;
}

void count_part(std::string_view part, const FindWords& find_words, WordCounts& counts) {
  const TextRun run = find_words(part);
  for (const Span word : run.words) counts.add(cut(run.text.text(), word), 1);
}

/// One table a thread at work; as many as there were threads at work at once.
class Tables {
 public:
  WordCounts take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return {};
    WordCounts counts = std::move(idle_.back());
    idle_.pop_back();
    return counts;
  }
  void give_back(WordCounts counts) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(counts));
  }
  WordCounts sum() {
    if (idle_.empty()) return {};
    WordCounts total = std::move(idle_.front());
    for (size_t i = 1; i < idle_.size(); ++i) total.add(idle_[i]);
    return total;
  }

 private:
  std::mutex mutex_;
  std::vector<WordCounts> idle_;
};

void count_parts(std::span<const std::string_view> parts, const FindWords& find_words, Tables& tables) {
  const std::vector<std::span<const std::string_view>> portions = portions_of(parts);
  std::mutex mutex;
  std::string fault;  // an Error must not leave a parallel loop
  parallel_for(static_cast<int64_t>(portions.size()), 1, [&](int64_t i, int64_t) {
    WordCounts counts = tables.take();
    try {
      for (const std::string_view part : portions[static_cast<size_t>(i)]) count_part(part, find_words, counts);
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      fault = error.what();
    }
    tables.give_back(std::move(counts));
  });
  if (!fault.empty()) throw Error(fault);
}

}  // namespace

void fail_for_lack_of_text(int64_t possible, int64_t wanted) {
  fail("the corpus supports at most ", possible, " tokens, but ", wanted, " were asked for; give more text or ask for a smaller vocabulary");
}

void WordCounts::add(std::string_view word, uint64_t times) {
  const uint64_t hash = hash_bytes(word);
  const uint32_t known = index_.find(hash, [&](uint32_t i) { return this->word(i) == word; });
  if (known != FlatIndex::kAbsent) {
    words_[known].count += times;
    return;
  }
  index_.insert(hash, static_cast<uint32_t>(words_.size()));
  words_.push_back({bytes_.size(), static_cast<uint32_t>(word.size()), times});
  bytes_ += word;
}

void WordCounts::add(const WordCounts& other) {
  for (size_t i = 0; i < other.size(); ++i) add(other.word(i), other.count(i));
}

WordCounts count_words(const EachText& each_text, const FindWords& find_words) {
  Tables tables;
  Batch batch;
  size_t number = 0;
  const auto flush = [&] {
    count_parts(parts_of(batch), find_words, tables);
    batch.bytes.clear();
    batch.ends.clear();
  };
  each_text([&](std::string_view text) {
    const size_t bad = find_invalid_utf8(text);
    if (bad != std::string_view::npos) fail("text ", number, " of the corpus is not valid UTF-8: byte ", bad, " is malformed");
    ++number;
    if (text.size() >= kBatchBytes) {  // counted where it lies: a mapped file need not fit into memory
      std::vector<std::string_view> parts;
      append_parts(text, parts);
      return count_parts(parts, find_words, tables);
    }
    batch.bytes += text;
    batch.ends.push_back(batch.bytes.size());
    if (batch.bytes.size() >= kBatchBytes) flush();
  });
  flush();
  return tables.sum();
}

WordCounts count_words(const EachText& each_text, const WordPattern& pattern) {
  return count_words(each_text, [&pattern](std::string_view part) {
    TextRun run(AlignedText(part, {0, static_cast<uint32_t>(part.size())}, Tracking::kOff));
    split_words(run, pattern, MatchBehavior::kIsolated, MatchRole::kMatches);
    return run;
  });
}

}  // namespace gimbal::text
