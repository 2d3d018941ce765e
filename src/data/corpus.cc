// Finding corpus files, and cutting them into documents.
#include "data/corpus.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/error.h"
#include "core/json.h"

namespace gimbal {
namespace {

constexpr std::array<std::string_view, 2> kJsonLinesInFolders = {".jsonl", ".ndjson"};
constexpr std::array<std::string_view, 3> kPlainInFolders = {".txt", ".text", ".md"};
constexpr std::array<std::string_view, 3> kSplitExtensions = {".jsonl", ".ndjson", ".txt"};
constexpr std::array<std::string_view, 3> kValidNames = {"valid", "validation", "val"};
constexpr std::array<std::string_view, 7> kCompressed = {".gz", ".zst", ".xz", ".bz2", ".zip", ".tar", ".7z"};
constexpr std::array<std::string_view, 5> kTables = {".parquet", ".arrow", ".csv", ".tsv", ".feather"};

template <size_t N>
bool is_one_of(const std::string& extension, const std::array<std::string_view, N>& choices) {
  return std::find(choices.begin(), choices.end(), extension) != choices.end();
}

CorpusFile single_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (is_one_of(extension, kCompressed)) fail(path.string(), " is compressed or an archive; unpack it first");
  if (is_one_of(extension, kTables)) fail(path.string(), " is a table; write it as lines of {\"text\": ...} into a .jsonl file first");
  const bool lines = extension == ".json" || is_one_of(extension, kJsonLinesInFolders);
  return {path, lines ? CorpusFile::Kind::kJsonLines : CorpusFile::Kind::kPlainText};
}

std::optional<CorpusFile> file_named(const fs::path& folder, std::string_view stem) {
  for (const std::string_view extension : kSplitExtensions) {
    const fs::path path = folder / (std::string(stem) + std::string(extension));
    if (fs::is_regular_file(path)) return single_file(path);
  }
  return std::nullopt;
}

struct NamedFiles {
  std::optional<CorpusFile> train, valid, test;
};

NamedFiles named_files(const fs::path& folder) {
  NamedFiles files{file_named(folder, "train"), {}, file_named(folder, "test")};
  for (const std::string_view name : kValidNames) {
    if (!files.valid) files.valid = file_named(folder, name);
  }
  return files;
}

std::vector<CorpusFile> files_below(const fs::path& folder) {
  std::vector<CorpusFile> files;
  std::error_code code;
  for (fs::recursive_directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    const std::string extension = entry->path().extension().string();
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable) && (is_one_of(extension, kJsonLinesInFolders) || is_one_of(extension, kPlainInFolders)))
      files.push_back(single_file(entry->path()));
  }
  if (code) fail("cannot read the directory ", folder.string(), ": ", code.message());
  if (files.empty()) fail(folder.string(), " holds no text: no .jsonl, .ndjson, .txt, .text or .md file is in it");
  std::sort(files.begin(), files.end(), [](const CorpusFile& a, const CorpusFile& b) { return a.path.native() < b.path.native(); });
  return files;
}

std::string_view bytes_of(const MappedFile& map) { return {reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size()}; }

std::string_view without_byte_order_mark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text; }

// Calls `take` with each run of lines of which none is empty.
void divide_at_empty_lines(std::string_view text, const std::function<void(std::string_view)>& take) {
  size_t begin = 0, end = 0;  // of the run so far
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    if (text.substr(at, stop - at).find_first_not_of(" \t\r\f\v") != std::string_view::npos) {
      if (begin == end) begin = at;
      end = stop;
    } else if (begin != end) {
      take(text.substr(begin, end - begin));
      begin = end;
    }
    at = stop + 1;
  }
  if (begin != end) take(text.substr(begin, end - begin));
}

void read_plain(const fs::path& path, PlainText plain, const std::function<void(std::string_view)>& take) {
  const MappedFile map(path);
  const std::string_view text = bytes_of(map);
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos)
    fail(path.string(), " is not text: byte ", nul, " is zero; is it a binary file, or UTF-16?");
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    fail(path.string(), " is not UTF-8 text: byte ", bad, " (line ", line,
         ") is malformed; convert it first, for example with iconv -f LATIN1 -t UTF-8");
  }
  if (text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos) fail(path.string(), " holds no text; leave it out");
  const std::string_view all = without_byte_order_mark(text);
  plain == PlainText::kOneDocument ? take(all) : divide_at_empty_lines(all, take);
}

std::string keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys.empty() ? "it has no keys" : cat("its keys: ", joined(keys));
}

// Puts the "text" of one line into `text`; returns what is wrong with the line, or "".
std::string read_line(std::string_view line, std::string& text) {
  Json object;
  try {
    object = Json::parse(line);
  } catch (const Json::parse_error& e) {
    return cat("is not valid JSON at its byte ", e.byte, ", or not UTF-8");
  }
  if (!object.is_object()) return "is not an object like {\"text\": \"...\"}";
  const auto found = object.find("text");
  if (found == object.end()) return cat("has no \"text\" (", keys_of(object), ")");
  if (!found->is_string()) return "has a \"text\" that is not a string";
  text = std::move(found->get_ref<std::string&>());
  return text.find('\0') == std::string::npos ? "" : "has a NUL character in its \"text\"";
}

void read_lines(const fs::path& path, const std::function<void(std::string_view)>& take) {
  const MappedFile map(path);
  std::string_view rest = without_byte_order_mark(bytes_of(map));
  int64_t number = 0, texts = 0;
  while (!rest.empty()) {
    ++number;
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::string text;
    if (const std::string wrong = read_line(line, text); !wrong.empty()) fail(path.string(), " line ", number, " ", wrong);
    if (text.empty()) continue;
    ++texts;
    take(text);
  }
  if (texts == 0) fail(path.string(), " holds no text; leave it out");
}

}  // namespace

Corpus find_corpus(const std::vector<fs::path>& paths) {
  if (paths.empty()) fail("no data is named; give files or directories with --data");
  Corpus corpus;
  for (const fs::path& path : paths) {
    std::error_code unreadable;
    if (!fs::exists(path, unreadable)) fail("there is no data at ", path.string());
    const bool folder = fs::is_directory(path, unreadable);
    const NamedFiles named = folder ? named_files(path) : NamedFiles{};
    if (!folder) {
      corpus.train.push_back(single_file(path));
    } else if (named.train && (named.valid || named.test)) {
      corpus.train.push_back(*named.train);
      if (named.valid) corpus.valid.push_back(*named.valid);
    } else {
      for (CorpusFile& file : files_below(path)) corpus.train.push_back(std::move(file));
    }
  }
  return corpus;
}

std::vector<CorpusFile> find_split(const fs::path& path, const std::string& split) {
  std::error_code unreadable;
  const NamedFiles named = fs::is_directory(path, unreadable) ? named_files(path) : NamedFiles{};
  if (!named.train && !named.valid && !named.test) return find_corpus({path}).train;
  const std::optional<CorpusFile>& chosen = split == "test" ? named.test : split == "train" ? named.train : named.valid;
  if (!chosen) fail(path.string(), " has no ", split, " file; choose another --split, or give the file itself");
  return {*chosen};
}

void read_documents(const CorpusFile& file, const std::function<void(std::string_view)>& take, PlainText plain) {
  file.kind == CorpusFile::Kind::kJsonLines ? read_lines(file.path, take) : read_plain(file.path, plain, take);
}

}  // namespace gimbal
