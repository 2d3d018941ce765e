// gimbal predict: a fine-tuned model's answers, one line of JSON a record.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/input.h"
#include "cli/task_model.h"
#include "data/tasks/read_records.h"

namespace gimbal {
namespace {

struct Flags {
  TaskModelFlags model;
  std::string input = "-", out;
  std::vector<std::string> texts;
};

// How many texts a record of the task has; 0 when that is the records' own affair.
size_t texts_of(const Task& task) {
  if (task.kind == TaskKind::kSpan || task.kind == TaskKind::kSimilarity || task.name == "pair") return 2;
  if (task.kind == TaskKind::kEmbed || task.kind == TaskKind::kRerank) return 0;
  if (task.kind == TaskKind::kRegress && task.source.empty()) return 0;
  return task.source.find("{1}") != std::string_view::npos ? 2 : 1;
}

// A plain text, as the task takes it: words with spaces between them, one text, or two parted by a tab.
Record record_of(const Task& task, const std::string& line, size_t number) {
  Record r;
  r.id = std::to_string(number);
  r.place = cat("text ", number + 1);
  r.labelled = false;
  if (line.find_first_not_of(" \t\r") == std::string::npos) fail("text ", number + 1, " is empty");
  if (task.kind == TaskKind::kChoice) fail("records of the task ", task.name, " have choices; give them as JSON lines with --input");
  const bool words = task.kind == TaskKind::kTokens;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(words ? ' ' : '\t', at), line.size());
    if (words && end > at) r.words.push_back(line.substr(at, end - at));
    if (!words) r.texts.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  if (task.kind == TaskKind::kEmbed || task.kind == TaskKind::kRerank) {
    if (r.texts.size() < 2)
      fail("text ", number + 1, " has one part, and a record of the task ", task.name, " has a query and documents, with tabs between them");
    if (task.kind == TaskKind::kRerank) r.choices.assign(r.texts.begin() + 1, r.texts.end()), r.texts.resize(1);
  }
  const size_t needed = texts_of(task);
  if (!words && needed > 0 && r.texts.size() != needed)
    fail("text ", number + 1, " has ", r.texts.size(), r.texts.size() == 1 ? " part" : " parts", ", and a record of the task ", task.name, " has ",
         needed,
         needed == 1                    ? ""
         : task.kind == TaskKind::kSpan ? ", question and context,"
                                        : ",",
         needed == 1 ? "" : " with a tab between them");
  return r;
}

// A reader of files gets one, which goes away again.
std::vector<Record> read_json_text(const std::string& text, const Task& task) {
  struct Folder {
    std::string path = (fs::temp_directory_path() / "gimbal-XXXXXX").string();
    Folder() {
      if (!::mkdtemp(path.data())) fail("cannot make a folder in ", fs::temp_directory_path().string());
    }
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } folder;
  const fs::path file = fs::path(folder.path) / "standard-input.json";
  write_file(file, text);
  return read_records(file, task, Unlabelled::kKeep);
}

// Objects, a line each or over several lines, or a list of them. A plain text may begin with a bracket too: "[1] It rained."
bool is_json(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) return false;
  const size_t second = text.find_first_not_of(kBlank, first + 1);
  return second != std::string::npos && (text[first] == '{' ? text[second] == '"' : text[second] == '{');
}

std::vector<Record> read_input(const Flags& f, const Task& task) {
  std::vector<Record> records;
  if (!f.texts.empty()) {
    for (const std::string& text : f.texts) records.push_back(record_of(task, text, records.size()));
    return records;
  }
  if (f.input != "-") return read_records(f.input, task, Unlabelled::kKeep);
  const std::string all = text_or_stdin("-");
  if (is_json(all)) return read_json_text(all, task);
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    records.push_back(record_of(task, all.substr(at, end - at - (end > at && all[end - 1] == '\r' ? 1 : 0)), records.size()));
    at = end + 1;
  }
  if (records.empty()) fail("there is nothing to predict: standard input is empty");
  return records;
}

int run(const Flags& f) {
  TaskModel model = load_task_model(f.model);
  const std::vector<Record> records = read_input(f, model.task());
  const std::vector<Prediction> predictions = model.predict(records);
  std::string lines;
  for (size_t i = 0; i < records.size(); ++i) lines += write_prediction(model, records[i], predictions[i]).dump() + "\n";
  if (f.out.empty()) {
    std::fwrite(lines.data(), 1, lines.size(), stdout);
  } else {
    write_file(f.out, lines);
  }
  return 0;
}

}  // namespace

std::function<int()> add_predict(CommandLine& line, const CommonFlags&) {
  const auto flags = std::make_shared<Flags>();
  flags->model.declare(line);
  line.value("--task", flags->model.task, "of a model that is fine-tuned for several tasks: which one the records are of");
  line.value(
          "-i,--input", flags->input,
          "file of records (JSONL, TSV, CSV, …; labels are not needed), or - for standard input: JSON as in a .json file, or plain texts, one a line")
      .show_default();
  line.repeated("-t,--text", flags->texts, "instead: a text; two texts with a tab between them; may be repeated");
  line.value("-o,--out", flags->out, "file for the JSON lines; without it they are printed");
  return [flags] { return run(*flags); };
}

}  // namespace gimbal
