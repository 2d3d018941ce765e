// Three ways of writing behind one file that grows.
#include "cli/teacher_texts.h"

#include <fstream>

#include "cli/task_model.h"
#include "core/fields.h"
#include "core/files.h"
#include "data/corpus.h"
#include "data/tasks/read_records.h"
#include "data/tasks/wording.h"
#include "infer/write_texts.h"

namespace gimbal {
namespace {

constexpr int64_t kAtOnce = 64;         // texts between two looks at the file
constexpr int64_t kAnswerTokens = 128;  // of an answer, unless batch.target_context says how many

// What the teacher is asked for: lines by number, each a function of its number alone.
struct Writing {
  int64_t count = 0;
  uint64_t fingerprint = 0;                                               // of the teacher's weights and of what it is asked
  std::function<std::vector<Json>(int64_t begin, int64_t end)> lines_of;  // null for what is not worth a line
};

// The first words of each text of the data, which the teacher continues.
std::vector<std::string> beginnings_of(const std::vector<std::string>& paths) {
  constexpr int kWords = 4;
  std::vector<std::string> beginnings;
  if (paths.empty()) return beginnings;
  for (const CorpusFile& file : find_corpus({paths.begin(), paths.end()}).train) {
    read_documents(file, [&](std::string_view text) {
      size_t end = 0;
      for (int words = 0; words < kWords && end != std::string_view::npos; ++words) end = text.find_first_of(" \n", end + 1);
      beginnings.emplace_back(text.substr(0, end));
    });
  }
  return beginnings;
}

uint64_t fingerprint_of(const TextModel& teacher, std::span<const std::string> texts) {
  uint64_t hash = mix64(teacher.model->parameters().content_hash() ^ texts.size());
  for (const std::string& text : texts) hash = mix64(hash ^ hash_name(text));
  return hash;
}

Json answered(const std::string& source, const std::string& target) {
  if (target.find_first_not_of(" \t\r\n") == std::string::npos) return nullptr;
  return {{"source", source}, {"target", target}};
}

std::vector<Record> records_of(const RunConfig& config, const Task& task) {
  if (config.data.paths.empty()) fail("give --data, the records of the task ", task.name, " that the teacher is to answer");
  std::vector<Record> records;
  for (const std::string& path : config.data.paths)
    for (const fs::path& file : find_task_files(path).train)
      for (Record& record : read_records(file, task, Unlabelled::kKeep))
        if (static_cast<int64_t>(records.size()) < config.distill.texts) records.push_back(std::move(record));
  return records;
}

// The record as the teacher's prediction labels it.
Record labelled_by(Record record, const Prediction& p, const TaskModel& teacher) {
  record.labelled = true;
  if (p.index >= 0 && teacher.task().kind == TaskKind::kClassify) record.label = teacher.setup.labels[static_cast<size_t>(p.index)];
  record.choice = p.index;
  record.number = p.number;
  record.tags = p.tags;
  record.answers.clear();
  if (!p.text.empty()) record.answers.push_back({p.text});
  record.references = {p.text};
  return record;
}

// A fine-tuned teacher is asked as its task.json says, and may answer by a head.
Writing answers_to_task(const RunConfig& config, Progress& progress) {
  TaskModelFlags flags;
  flags.model = config.distill.teacher;
  const auto teacher = std::make_shared<TaskModel>(load_task_model(flags));
  const Task& task = teacher->task();
  if (!config.task.name.empty() && config.task.name != task.name && config.task.name != "text-to-text")
    fail("the teacher was fine-tuned on ", task.name, " and cannot answer ", config.task.name, "; leave --task out, or give --task text-to-text");
  const auto records = std::make_shared<std::vector<Record>>(records_of(config, task));
  progress.note(cat("the teacher answers ", records->size(), " records of the task ", task.name));
  std::vector<std::string> sources;
  for (const Record& record : *records) sources.push_back(source_text(task, record));
  return {static_cast<int64_t>(records->size()), fingerprint_of(teacher->text, sources), [=, &task](int64_t begin, int64_t end) {
            const std::span<const Record> some = std::span(*records).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
            const std::vector<Prediction> predictions = teacher->predict(some);
            std::vector<Json> lines;
            for (size_t i = 0; i < some.size(); ++i)
              lines.push_back(answered(sources[static_cast<size_t>(begin) + i], target_text(task, labelled_by(some[i], predictions[i], *teacher))));
            return lines;
          }};
}

std::shared_ptr<const TextModel> writer_of(const RunConfig& config) {
  return std::make_shared<const TextModel>(load_text_model(config.distill.teacher, Device::kCpu));
}

// A teacher that only writes is given the source as its prompt.
Writing answers_to_prompts(const RunConfig& config, Progress& progress) {
  const Task& task = task_named(config.task.name.empty() ? "text-to-text" : config.task.name);
  const auto teacher = writer_of(config);
  const Tokenizer& tokenizer = tokenizer_of(*teacher, config.distill.teacher);
  const int64_t room = teacher->model->architecture().context / 2;
  const int64_t tokens = config.batch.target_context > 0 ? config.batch.target_context : std::min(kAnswerTokens, room);
  std::vector<std::string> prompts;
  const std::vector<Record> records = records_of(config, task);
  for (const Record& record : records)
    if (std::string prompt = source_text(task, record); fits_with_answer(*teacher, tokenizer, prompt, tokens)) prompts.push_back(std::move(prompt));
  progress.note(cat("the teacher answers ", prompts.size(), " prompts"));
  if (prompts.size() < records.size())
    progress.note(cat(records.size() - prompts.size(), " prompts leave an answer of ", tokens, " tokens no room in the teacher's context"));
  return {static_cast<int64_t>(prompts.size()), fingerprint_of(*teacher, prompts) ^ static_cast<uint64_t>(tokens),
          [=, &tokenizer](int64_t begin, int64_t end) {
            const auto some = std::span(prompts).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
            const std::vector<std::string> answers = write_answers(*teacher, tokenizer, some, tokens, DType::kF32);
            std::vector<Json> lines;
            for (size_t i = 0; i < some.size(); ++i) lines.push_back(answered(some[i], answers[i]));
            return lines;
          }};
}

Writing texts_of_its_own(const RunConfig& config, Progress& progress) {
  const auto teacher = writer_of(config);
  const Tokenizer& tokenizer = tokenizer_of(*teacher, config.distill.teacher);
  const std::vector<std::string> beginnings = beginnings_of(config.data.paths);
  progress.note(cat("the teacher writes ", config.distill.texts, " texts"));
  WrittenTexts options;
  options.seed = static_cast<uint64_t>(config.train.seed);
  return {config.distill.texts, fingerprint_of(*teacher, beginnings) ^ mix64(options.seed), [=, &tokenizer](int64_t begin, int64_t end) {
            WrittenTexts some = options;
            some.first = begin;
            some.count = end - begin;
            std::vector<Json> lines;
            for (const std::string& text : write_texts(*teacher, tokenizer, beginnings, some, DType::kF32)) lines.push_back({{"text", text}});
            return lines;
          }};
}

// Sources of text-to-text records, as the first object of the file has them.
bool holds_prompts(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / "train.jsonl" : path;
  const std::string extension = file.extension().string();
  if (!fs::is_regular_file(file) || (extension != ".jsonl" && extension != ".ndjson" && extension != ".json")) return false;
  try {
    return kind_of_records(file) == TaskKind::kTextToText;
  } catch (const Error&) {  // plain texts
    return false;
  }
}

bool has_a_task(const RunConfig& config) { return fs::exists(fs::path(config.distill.teacher) / TaskSetup::kFile); }

bool asks_for_answers(const RunConfig& config) {
  if (has_a_task(config) || !config.task.name.empty() || config.objective.kind == "text-to-text") return true;
  return !config.data.paths.empty() && holds_prompts(config.data.paths.front());
}

// The whole lines of the file, which a writer that was stopped may have left with half a line behind them; and the number that comes next.
struct Kept {
  std::string lines;
  int64_t next = 0, count = 0;
};
Kept kept_of(const fs::path& file) {
  Kept kept;
  if (!fs::exists(file)) return kept;
  kept.lines = read_file(file);
  kept.lines.resize(kept.lines.rfind('\n') + 1);
  kept.count = std::count(kept.lines.begin(), kept.lines.end(), '\n');
  if (kept.count == 0) return kept;
  const size_t before = kept.lines.rfind('\n', kept.lines.size() - 2);
  const Json last = parse_json(std::string_view(kept.lines).substr(before == std::string::npos ? 0 : before + 1), file.string());
  kept.next = last.value("number", int64_t{0}) + 1;
  return kept;
}

void write_missing(const Writing& writing, const fs::path& teacher, const fs::path& folder, Progress& progress) {
  const fs::path file = folder / "texts.jsonl", about = folder / "texts.json";
  Kept kept = kept_of(file);
  const auto asked_before = [&] { return parse_json(read_text_file(about), about.string()).value("fingerprint", uint64_t{0}); };
  if (kept.count > 0 && (!fs::exists(about) || asked_before() != writing.fingerprint))
    fail(file.string(), " was written by another teacher, or for other prompts; choose another --out, or delete it");
  fs::create_directories(folder);
  write_file(about, Json({{"teacher", teacher.string()}, {"fingerprint", writing.fingerprint}}).dump(2) + "\n");
  write_file(file, kept.lines);  // without half a line
  if (kept.count > 0) progress.note(cat(kept.count, " of them are there already"));
  std::ofstream out(file, std::ios::app | std::ios::binary);
  for (int64_t begin = kept.next; begin < writing.count; begin += kAtOnce) {
    progress.update(cat("the teacher writes: ", begin, " of ", writing.count));
    const std::vector<Json> lines = writing.lines_of(begin, std::min(begin + kAtOnce, writing.count));
    for (size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].is_null()) continue;
      Json line = lines[i];
      line["number"] = begin + static_cast<int64_t>(i);
      out << line.dump() << '\n';
      ++kept.count;
    }
    if (!out.flush()) fail(file.string(), " cannot be written; is the disk full?");
  }
  if (kept.count == 0) fail("the teacher wrote nothing: there are no prompts, or it ends each answer at once");
}

}  // namespace

void let_the_teacher_write(RunConfig& config, const RunRequest& request) {
  if (fs::exists(request.out / "last")) fail(request.out.string(), " already holds a run; continue it with --resume, or choose another --out");
  Progress progress(request.progress);
  const bool answers = asks_for_answers(config);
  const Writing writing = !answers             ? texts_of_its_own(config, progress)
                          : has_a_task(config) ? answers_to_task(config, progress)
                                               : answers_to_prompts(config, progress);
  write_missing(writing, config.distill.teacher, request.out, progress);
  config.data.paths = {(request.out / "texts.jsonl").string()};
  if (!answers) return;
  if (config.task.name.empty())
    config.objective.kind = "text-to-text";
  else
    config.task.name = "text-to-text";
}

}  // namespace gimbal
