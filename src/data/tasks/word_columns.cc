// Reading columns.
#include "data/tasks/word_columns.h"

#include <algorithm>
#include <vector>

#include "core/error.h"

namespace gimbal {
namespace {

std::vector<std::string_view> columns(std::string_view line) {
  std::vector<std::string_view> found;
  const bool tabs = line.find('\t') != std::string_view::npos;
  while (!line.empty()) {
    const size_t end = std::min(line.find(tabs ? '\t' : ' '), line.size());
    if (tabs || end > 0) found.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return found;
}

// Calls take(line, number) for each line, without its end.
template <class Take>
void each_line(std::string_view text, Take take) {
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line, ++number);
  }
}

bool ends_sentence(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

// WNUT-17's test file has the tags of several annotators where they disagree: "B-group,B-location". A comma as a tag stays.
std::string_view first_vote(std::string_view tag) { return tag.find('-') == std::string_view::npos ? tag : tag.substr(0, tag.find(',')); }

void finish(Record& record, Sink& sink) {
  if (!record.words.empty()) sink.put(std::move(record));
  record = {};
}

}  // namespace

void read_word_columns(std::string_view text, Sink& sink) {
  constexpr size_t kLeast = 2, kWithPos = 3, kMost = 16;
  const std::string file = sink.place;
  Record record;
  size_t width = 0;
  each_line(text, [&](std::string_view line, int64_t number) {
    if (ends_sentence(line)) return finish(record, sink);
    if (line.starts_with("-DOCSTART-")) return finish(record, sink);
    const auto fields = columns(line);
    if (width == 0) width = fields.size();
    if (fields.size() < kLeast || fields.size() > kMost || fields.size() != width)
      fail("line ", number, " has ", fields.size(), fields.size() == 1 ? " column" : " columns",
           width >= kLeast && fields.size() != width ? cat(", but the first line has ", width) : "",
           "; a word and a tag are needed, with an empty line between sentences");
    if (fields.front().empty() || fields.back().empty()) fail("line ", number, " has an empty column; a word and a tag are needed");
    if (record.words.empty()) sink.place = cat(file, " line ", number);
    const bool second = sink.task.name == "pos" && width >= kWithPos;
    record.words.emplace_back(fields.front());
    const std::string_view tag = second ? fields[1] : fields.back();
    record.tags.push_back(task_label(sink.task, std::string(first_vote(tag))));
  });
  finish(record, sink);
}

void read_conllu(std::string_view text, Sink& sink) {
  constexpr size_t kColumns = 10;
  constexpr std::string_view kSentenceId = "# sent_id = ";
  const std::string file = sink.place;
  Record record;
  each_line(text, [&](std::string_view line, int64_t number) {
    if (ends_sentence(line)) return finish(record, sink);
    if (line[0] == '#') {
      if (line.starts_with(kSentenceId)) record.id = line.substr(kSentenceId.size());
      return;
    }
    const auto fields = columns(line);
    if (fields.size() != kColumns) fail("line ", number, " has ", fields.size(), " columns; CoNLL-U has ", kColumns, ", divided by tabs");
    if (fields[0].find_first_of("-.") != std::string_view::npos) return;  // a range of words, or a node that stands for no word
    if (record.words.empty()) sink.place = cat(file, " line ", number);
    record.words.emplace_back(fields[1]);
    record.tags.push_back(task_label(sink.task, std::string(fields[3])));
  });
  finish(record, sink);
}

}  // namespace gimbal
