// gimbal predict: a fine-tuned model's answers, one line of JSON a record.
#include <unistd.h>

#include <cstdio>

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

// Plain texts, as the task takes them: one a record, or two parted by a tab.
Record record_of(const Task& task, const std::string& line, size_t number) {
  Record r;
  r.id = std::to_string(number);
  r.labelled = false;
  const size_t tab = line.find('\t');
  if (task.kind == TaskKind::kTokens) {
    for (size_t at = 0; at < line.size();) {
      const size_t end = std::min(line.find(' ', at), line.size());
      if (end > at) r.words.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    return r;
  }
  r.texts.push_back(line.substr(0, tab));
  if (tab != std::string::npos) r.texts.push_back(line.substr(tab + 1));
  if (task.kind == TaskKind::kSpan && r.texts.size() != 2) fail("text ", number + 1, " is not a question and a context with a tab between them");
  if (task.kind == TaskKind::kChoice) fail("records of the task ", task.name, " have choices; give them as JSON lines with --input");
  return r;
}

std::vector<Record> read_input(const Flags& f, const Task& task) {
  std::vector<Record> records;
  if (!f.texts.empty()) {
    for (const std::string& text : f.texts) records.push_back(record_of(task, text, records.size()));
    return records;
  }
  if (f.input != "-") return read_records(f.input, task, Unlabelled::kKeep);
  const std::string all = text_or_stdin("-");
  if (all.starts_with("{") || all.starts_with("[")) {
    const fs::path file = fs::temp_directory_path() / cat("gimbal-predict-", ::getpid(), ".jsonl");
    write_file(file, all);
    struct Remover {
      const fs::path& path;
      ~Remover() { fs::remove(path); }
    } remover{file};
    return read_records(file, task, Unlabelled::kKeep);
  }
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    if (end > at) records.push_back(record_of(task, all.substr(at, end - at), records.size()));
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
  line.value("-i,--input", flags->input,
             "file of records (JSONL, TSV, CSV, …; labels are not needed), or - for standard input: JSON lines or plain texts")
      .show_default();
  line.repeated("-t,--text", flags->texts, "instead: a text; two texts with a tab between them; may be repeated");
  line.value("-o,--out", flags->out, "file for the JSON lines; without it they are printed");
  return [flags] { return run(*flags); };
}

}  // namespace gimbal
