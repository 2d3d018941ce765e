// Writing a corpus of stories: made in parallel, written in order, the same bytes for any number of threads.
#include <algorithm>
#include <unordered_set>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/rng.h"
#include "core/threads.h"
#include "data/world/story.h"

namespace gimbal::world {
namespace {

uint64_t count_words(std::string_view text) {
  uint64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n';
    words += !space && !inside;
    inside = !space;
  }
  return words;
}

// Appends stories first, first + 2, first + 4, ... to `file` until they hold `bytes` bytes of text. `seen` holds hashes of training texts.
enum class Seen : uint8_t { kRemember, kLeaveOut };
void write_stories(const fs::path& path, uint64_t seed, uint64_t first, uint64_t bytes, std::unordered_set<uint64_t>& seen, Seen policy, CorpusSize& size) {
  constexpr int64_t kTogether = 256;
  AtomicFile file(path);
  std::vector<std::string> texts(kTogether);
  uint64_t written = 0;
  for (uint64_t index = first; written < bytes; index += 2 * kTogether) {
    parallel_for(kTogether, 8, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) texts[static_cast<size_t>(i)] = make_story(seed, index + 2 * static_cast<uint64_t>(i)).text;
    });
    for (const std::string& text : texts) {
      if (written >= bytes) break;
      const uint64_t hash = hash_name(text);
      if (policy == Seen::kLeaveOut && seen.contains(hash)) continue;
      if (policy == Seen::kRemember) seen.insert(hash);
      file.write(Json({{"text", text}}).dump() + "\n");
      written += text.size();
      ++size.stories;
      size.bytes += text.size();
      size.words += count_words(text);
    }
  }
  file.commit();
}

}  // namespace

CorpusSize write_corpus(const std::filesystem::path& dir, uint64_t seed, uint64_t bytes, const Split& split) {
  std::error_code code;
  fs::create_directories(dir, code);
  if (code) fail("cannot create ", dir.string(), ": ", code.message());
  CorpusSize size;
  std::unordered_set<uint64_t> seen;
  const auto valid = static_cast<uint64_t>(split.valid * static_cast<double>(bytes));
  write_stories(dir / "train.jsonl", seed, 0, bytes - valid, seen, Seen::kRemember, size);
  if (valid > 0) write_stories(dir / "valid.jsonl", seed, 1, valid, seen, Seen::kLeaveOut, size);
  return size;
}

}  // namespace gimbal::world
