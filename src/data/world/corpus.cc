// Writes a corpus of stories as JSON lines.
#include <string>
#include <unordered_set>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/rng.h"
#include "core/threads.h"
#include "data/world/story.h"

namespace gimbal::world {
namespace {

constexpr int64_t kBatch = 512;  // stories made between two writes

std::string json_line(std::string_view text) {
  std::string line = "{\"text\": \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    if (c == '\n')
      line += "\\n";
    else
      line += c;
  }
  return line + "\"}\n";
}

uint64_t words_in(std::string_view text) {
  uint64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n';
    words += !space && !inside;
    inside = !space;
  }
  return words;
}

// Stories first, first + 2, first + 4, ... until `bytes` bytes of text are written; those that `refused` holds are left out.
void write_stories(AtomicFile& file, uint64_t seed, uint64_t first, uint64_t bytes, const std::unordered_set<uint64_t>& refused,
                   std::unordered_set<uint64_t>* written, CorpusSize& size) {
  std::vector<std::string> texts(kBatch);
  uint64_t done = 0;
  for (uint64_t index = first; done < bytes; index += 2 * kBatch) {
    parallel_for(kBatch, 8, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) texts[static_cast<size_t>(i)] = make_story(seed, index + 2 * static_cast<uint64_t>(i)).text;
    });
    for (const std::string& text : texts) {
      if (done >= bytes) break;
      const uint64_t hash = hash_name(text);
      if (refused.contains(hash)) continue;
      if (written) written->insert(hash);
      file.write(json_line(text));
      done += text.size();
      size.words += words_in(text);
      ++size.stories;
    }
  }
  size.bytes += done;
}

}  // namespace

CorpusSize write_corpus(const std::filesystem::path& dir, uint64_t seed, uint64_t bytes, const Split& split) {
  if (!(split.valid >= 0 && split.valid < 1)) fail("the share of validation text is ", split.valid, "; choose at least 0 and less than 1");
  std::error_code code;
  fs::create_directories(dir, code);
  if (code) fail("cannot create ", dir.string(), ": ", code.message());
  const auto valid_bytes = static_cast<uint64_t>(static_cast<double>(bytes) * split.valid);
  CorpusSize size;
  std::unordered_set<uint64_t> in_training;
  AtomicFile train(dir / "train.jsonl"), valid(dir / "valid.jsonl");
  write_stories(train, seed, 0, bytes - valid_bytes, {}, &in_training, size);
  write_stories(valid, seed, 1, valid_bytes, in_training, nullptr, size);
  train.commit();
  valid.commit();
  return size;
}

}  // namespace gimbal::world
