// Writing token files in one parallel pass, and reading them through a map.
#include "data/shards.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>

#include "core/error.h"
#include "core/rng.h"
#include "core/threads.h"

namespace gimbal {
namespace {

static_assert(std::endian::native == std::endian::little, "token files are mapped as they are");

constexpr char kMagic[8] = {'g', 'i', 'm', 'b', 'a', 'l', 't', 'k'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

struct Header {
  char magic[8];
  uint32_t version, token_bytes;
  uint64_t vocab_size, fingerprint;
};
struct Footer {
  uint64_t tokens, documents, content_hash;
  char magic[8];
};
static_assert(sizeof(Header) == 32 && sizeof(Footer) == 32);

// Text handed to the tokenizers at a time: enough to keep all threads busy, little enough to stay in memory.
constexpr size_t kBatchBytes = 8 << 20;

uint64_t hash_more(uint64_t hash, uint64_t value) { return mix64(hash + kGolden + mix64(value + kGolden)); }

uint32_t token_bytes_for(int64_t vocab_size) { return vocab_size <= 65536 ? 2 : 4; }

uint64_t fingerprint_of(const std::vector<CorpusFile>& files, const ShardRecipe& recipe) {
  uint64_t hash = hash_more(kVersion, static_cast<uint64_t>(recipe.vocab_size));
  hash = hash_more(hash, recipe.tokenizer_fingerprint);
  hash = hash_more(hash, recipe.end_of_document ? 1 + static_cast<uint64_t>(*recipe.end_of_document) : 0);
  hash = hash_more(hash, static_cast<uint64_t>(recipe.plain));
  for (const CorpusFile& file : files) {
    std::error_code code;
    const auto size = fs::file_size(file.path, code);
    const auto changed = fs::last_write_time(file.path, code);
    if (code) fail("cannot read ", file.path.string(), ": ", code.message());
    hash = hash_more(hash, hash_name(fs::absolute(file.path).native()));
    hash = hash_more(hash, static_cast<uint64_t>(file.kind));
    hash = hash_more(hash, size);
    hash = hash_more(hash, static_cast<uint64_t>(changed.time_since_epoch().count()));
  }
  return hash;
}

// Appends documents to the file, remembers where each begins.
class ShardWriter {
 public:
  ShardWriter(const fs::path& path, const ShardRecipe& recipe, uint64_t fingerprint) : path_(path), recipe_(recipe), file_(path) {
    Header header{{}, kVersion, token_bytes_for(recipe.vocab_size), static_cast<uint64_t>(recipe.vocab_size), fingerprint};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    file_.write(&header, sizeof header);
  }

  // A document that has no tokens is left out, and so is its end.
  void add_document(std::vector<int32_t>& ids) {
    if (ids.empty()) return;
    if (recipe_.end_of_document) ids.push_back(*recipe_.end_of_document);
    begins_.push_back(tokens_);
    hash_ = hash_more(hash_, tokens_);
    for (const int32_t id : ids) {
      if (id < 0 || id >= recipe_.vocab_size)
        fail("cannot write ", path_.string(), ": the tokenizer gives id ", id, ", outside the vocabulary of ", recipe_.vocab_size);
      hash_ = hash_more(hash_, static_cast<uint64_t>(id));
    }
    tokens_ += ids.size();
    if (token_bytes_for(recipe_.vocab_size) == 2) {
      const std::vector<uint16_t> narrow(ids.begin(), ids.end());
      file_.write(narrow.data(), narrow.size() * 2);
    } else {
      file_.write(ids.data(), ids.size() * 4);
    }
  }

  void commit() {
    constexpr char kZeros[8] = {};
    file_.write(kZeros, (8 - tokens_ * token_bytes_for(recipe_.vocab_size) % 8) % 8);
    file_.write(begins_.data(), begins_.size() * sizeof begins_[0]);
    Footer footer{tokens_, begins_.size(), hash_, {}};
    std::memcpy(footer.magic, kMagic, sizeof kMagic);
    file_.write(&footer, sizeof footer);
    file_.commit();
  }

  int64_t tokens() const { return static_cast<int64_t>(tokens_); }
  int64_t documents() const { return static_cast<int64_t>(begins_.size()); }

 private:
  fs::path path_;
  ShardRecipe recipe_;
  AtomicFile file_;
  std::vector<uint64_t> begins_;
  uint64_t tokens_ = 0, hash_ = 0;
};

// Collects documents, tokenizes a batch of them on all threads, and writes them in their order.
class BatchTokenizer {
 public:
  BatchTokenizer(const Tokenize& tokenize, ShardWriter& writer, const TokenizeProgress& progress)
      : tokenize_(tokenize), writer_(writer), progress_(progress) {}

  void add(std::string_view text) {
    texts_.emplace_back(text);
    bytes_ += text.size();
    if (bytes_ >= kBatchBytes) flush();
  }

  void flush() {
    std::vector<std::vector<int32_t>> ids(texts_.size());
    std::vector<std::exception_ptr> errors(texts_.size());  // an exception must not leave a parallel region
    parallel_for(static_cast<int64_t>(texts_.size()), 1, [&](int64_t begin, int64_t) {
      const auto i = static_cast<size_t>(begin);
      try {
        ids[i] = tokenize_(texts_[i]);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
    for (size_t i = 0; i < ids.size(); ++i) {
      if (errors[i]) std::rethrow_exception(errors[i]);
      writer_.add_document(ids[i]);
    }
    texts_.clear();
    bytes_ = 0;
    if (progress_) progress_(writer_.documents(), writer_.tokens());
  }

 private:
  const Tokenize& tokenize_;
  ShardWriter& writer_;
  const TokenizeProgress& progress_;
  std::vector<std::string> texts_;
  size_t bytes_ = 0;
};

std::optional<TokenShard> open_if_made_from(const fs::path& path, uint64_t fingerprint) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    TokenShard shard = TokenShard::open(path);
    if (shard.fingerprint() == fingerprint) return shard;
  } catch (const Error&) {
    // A damaged cache is made again.
  }
  return std::nullopt;
}

}  // namespace

struct TokenShard::File {
  fs::path path;
  MappedFile map;
  Header header;
  Footer footer;
  const std::byte* tokens;
  const uint64_t* begins;
};

TokenShard TokenShard::open(const fs::path& path) {
  MappedFile map(path);
  const auto bytes = map.bytes();
  Header header{};
  Footer footer{};
  const auto damaged = [&](std::string_view how) { fail(path.string(), " ", how, "; delete it, and it will be made again"); };
  if (bytes.size() < sizeof header + sizeof footer) damaged("is not a token file or is cut short");
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) damaged("is not a token file");
  if (header.version != kVersion) damaged(cat("is a token file of version ", header.version, ", this gimbal reads version ", kVersion));
  if (std::memcmp(footer.magic, kMagic, sizeof kMagic) != 0) damaged("is cut short");
  const uint64_t room = bytes.size() - sizeof header - sizeof footer;
  const bool plausible = header.vocab_size > 0 && header.vocab_size <= INT32_MAX &&
                         header.token_bytes == token_bytes_for(static_cast<int64_t>(header.vocab_size)) &&
                         footer.tokens <= room / header.token_bytes && footer.documents <= room / 8;
  if (!plausible || (footer.tokens * header.token_bytes + 7) / 8 * 8 + footer.documents * 8 != room) damaged("is damaged: its sizes disagree");
  const std::byte* const tokens = bytes.data() + sizeof header;
  const auto* const begins = reinterpret_cast<const uint64_t*>(tokens + (room - footer.documents * 8));
  for (uint64_t i = 0; i < footer.documents; ++i) {
    if (begins[i] >= footer.tokens || (i == 0 ? begins[0] != 0 : begins[i] <= begins[i - 1])) damaged("is damaged: its documents disagree");
  }
  TokenShard shard;
  shard.end_ = static_cast<int64_t>(footer.tokens);
  shard.document_end_ = static_cast<int64_t>(footer.documents);
  shard.file_ = std::make_shared<const File>(File{path, std::move(map), header, footer, tokens, begins});
  return shard;
}

int64_t TokenShard::vocab_size() const { return file_ ? static_cast<int64_t>(file_->header.vocab_size) : 0; }
uint64_t TokenShard::fingerprint() const { return file_ ? file_->header.fingerprint : 0; }
uint64_t TokenShard::content_hash() const { return file_ ? file_->footer.content_hash : 0; }

void TokenShard::copy(int64_t begin, std::span<int32_t> out) const {
  GIMBAL_ASSERT(begin >= 0 && begin + static_cast<int64_t>(out.size()) <= size(), begin, " + ", out.size(), " of ", size());
  if (out.empty()) return;
  const auto first = static_cast<size_t>(begin_ + begin);
  if (file_->header.token_bytes == 2) {
    const auto* src = reinterpret_cast<const uint16_t*>(file_->tokens) + first;
    std::copy(src, src + out.size(), out.begin());
  } else {
    std::memcpy(out.data(), file_->tokens + first * 4, out.size_bytes());
  }
  const auto vocab = static_cast<uint32_t>(file_->header.vocab_size);
  uint32_t largest = 0;  // a negative id of a damaged file is large as well
  for (const int32_t id : out) largest = std::max(largest, static_cast<uint32_t>(id));
  if (largest >= vocab)
    fail(file_->path.string(), " is damaged: it holds an id outside its vocabulary of ", vocab, "; delete it, and it will be made again");
}

std::vector<int32_t> TokenShard::tokens(int64_t begin, int64_t end) const {
  std::vector<int32_t> out(static_cast<size_t>(end - begin));
  copy(begin, out);
  return out;
}

int64_t TokenShard::document_begin(int64_t i) const {
  GIMBAL_ASSERT(i >= 0 && i <= documents(), i, " of ", documents());
  if (i == documents()) return size();
  return std::max<int64_t>(0, static_cast<int64_t>(file_->begins[document_begin_ + i]) - begin_);
}

TokenShard TokenShard::slice(int64_t begin, int64_t end) const {
  GIMBAL_ASSERT(0 <= begin && begin <= end && end <= size(), begin, "..", end, " of ", size());
  TokenShard part = *this;
  part.begin_ = begin_ + begin;
  part.end_ = begin_ + end;
  if (begin == end) {
    part.document_begin_ = part.document_end_ = 0;
    return part;
  }
  const uint64_t* const all = file_->begins;
  const uint64_t* const stop = all + file_->footer.documents;
  part.document_begin_ = std::upper_bound(all, stop, static_cast<uint64_t>(part.begin_)) - all - 1;
  part.document_end_ = std::lower_bound(all, stop, static_cast<uint64_t>(part.end_)) - all;
  return part;
}

TokenShard tokenize_files(const std::vector<CorpusFile>& files, const ShardRecipe& recipe, const Tokenize& tokenize, const fs::path& path,
                          const TokenizeProgress& progress) {
  GIMBAL_ASSERT(recipe.vocab_size > 0 && recipe.vocab_size <= INT32_MAX, recipe.vocab_size);
  const uint64_t fingerprint = fingerprint_of(files, recipe);
  if (auto shard = open_if_made_from(path, fingerprint)) return *shard;
  ShardWriter writer(path, recipe, fingerprint);
  BatchTokenizer batches(tokenize, writer, progress);
  for (const CorpusFile& file : files)
    read_documents(
        file, [&](std::string_view text) { batches.add(text); }, recipe.plain);
  batches.flush();
  if (writer.tokens() == 0)
    fail("the data gives no tokens: ", files.size() == 1 ? files[0].path.string() : cat("none of its ", files.size(), " files does"));
  writer.commit();
  return TokenShard::open(path);
}

TokenSplit tokenize_corpus(const Corpus& corpus, const ShardRecipe& recipe, const Tokenize& tokenize, const fs::path& folder, double validation_share,
                           const TokenizeProgress& progress) {
  if (!(validation_share >= 0 && validation_share < 1)) fail("the validation share is ", validation_share, "; it must be at least 0 and less than 1");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail("cannot create ", folder.string(), ": ", code.message());
  const TokenShard train = tokenize_files(corpus.train, recipe, tokenize, folder / "train.tokens", progress);
  if (!corpus.valid.empty()) return {train, tokenize_files(corpus.valid, recipe, tokenize, folder / "valid.tokens", progress)};
  const auto kept = static_cast<int64_t>(static_cast<double>(train.size()) * (1.0 - validation_share));
  return {train.slice(0, kept), train.slice(kept, train.size())};
}

}  // namespace gimbal
