// gimbal eval: scores. A fine-tuned model is asked as it was trained; any model that writes is asked in context with --task; without a task, texts
// are measured by perplexity.
#include <algorithm>
#include <cstdio>

#include "cli/task_model.h"
#include "data/corpus.h"
#include "data/forms/scores.h"
#include "data/metrics/perplexity.h"
#include "data/tasks/read_records.h"
#include "infer/in_context.h"
#include "infer/text_loss.h"
#include "models/batch_rows.h"

namespace gimbal {
namespace {

struct Flags {
  TaskModelFlags model;
  std::string data, split = "valid", demonstrations, normalize = "none";
  int64_t shots = 0, stride = 0, limit = 0;

  DType compute() const { return model.dtype == "bf16" ? DType::kBF16 : DType::kF32; }
};

const std::vector<fs::path>& files_of(const TaskFiles& files, const std::string& split) {
  return split == "test" ? files.test : split == "train" ? files.train : files.valid;
}

std::vector<Record> read_split(const std::string& path, const std::string& split, const Task& task) {
  const TaskFiles files = find_task_files(path);
  const std::vector<fs::path>& chosen = fs::is_directory(path) ? files_of(files, split) : files.train;
  if (chosen.empty()) fail(path, " has no ", split, " file; choose another --split, or give the file itself");
  std::vector<Record> records;
  for (const fs::path& file : chosen)
    for (Record& record : read_records(file, task)) records.push_back(std::move(record));
  return records;
}

std::vector<Record> records_to_score(const Flags& f, const Task& task) {
  std::vector<Record> records = read_split(f.data, f.split, task);
  if (f.limit > 0 && static_cast<int64_t>(records.size()) > f.limit) records.resize(static_cast<size_t>(f.limit));
  return records;
}

void add_scores(std::span<const TaskScore> scores, const std::string& prefix, Json& out, std::string& text) {
  for (const TaskScore& score : scores) {
    out[cat(prefix, score.metric->name)] = score.value;
    text += cat("  ", prefix, score.metric->name, " ", score.value);
  }
}

void print(const Json& out, const std::string& text, const CommonFlags& common) {
  std::printf("%s\n", common.json ? out.dump().c_str() : text.c_str());
}

// Of what the assistant says, its ends included.
int score_conversations(TaskModel& model, std::span<const Record> records, const CommonFlags& common) {
  if (model.compute == DType::kBF16) model.text.model->parameters().refresh_shadows();
  model.form->check(records);
  Losses losses;
  for (const Record& record : records) {
    for (int64_t part = 0, count = model.form->parts(record); part < count; ++part) {
      TokenBatch batch;
      model.form->add(record, part, batch);
      const TokenRows rows = rows_of(batch, model.text.model->device());
      Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
      Flow flow;
      flow.compute = model.compute;
      model.text.model->loss(unrecorded, model.text.model->hidden(unrecorded, rows, flow), rows, {}, {}, losses);
    }
  }
  const double nats = losses.tokens.nll;
  const auto tokens = static_cast<int64_t>(losses.tokens.weight);
  const double perplexity = metrics::perplexity(nats, tokens);
  print({{"task", model.setup.task}, {"records", records.size()}, {"tokens", tokens}, {"perplexity", perplexity}},
        cat(model.setup.task, ", ", records.size(), " records, ", tokens, " tokens that the assistant says:  perplexity ", perplexity), common);
  return 0;
}

int score_fine_tuned(TaskModel model, const Flags& f, const CommonFlags& common) {
  const std::vector<Record> records = records_to_score(f, model.task());
  if (model.setup.form == "chat") return score_conversations(model, records, common);
  Json out = {{"task", model.setup.task}, {"records", records.size()}};
  std::string text = cat(model.setup.task, ", ", records.size(), " records:");
  add_scores(score_predictions(model.task(), model.setup.labels, records, model.predict(records)), "", out, text);
  print(out, text, common);
  return 0;
}

std::string hash_text(const Parameters& parameters) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(parameters.content_hash()));
  return text;
}

std::vector<Record> demonstrations_for(const Flags& f, const Task& task) {
  if (!f.demonstrations.empty()) return read_split(f.demonstrations, "train", task);
  if (f.shots == 0) return {};
  if (!fs::is_directory(f.data))
    fail("--shots ", f.shots, " takes demonstrations of the training split, and ", f.data,
         " is one file; give the directory that holds train.X beside it, or --demonstrations FILE");
  return read_split(f.data, "train", task);
}

int score_in_context(const Flags& f, const CommonFlags& common) {
  if (f.model.task.empty()) fail("--shots needs --task, the name of the task that the records are of");
  const Task& task = task_named(f.model.task);
  const std::vector<Record> train = demonstrations_for(f, task), records = records_to_score(f, task);
  std::vector<Record> labelled = train;
  labelled.insert(labelled.end(), records.begin(), records.end());
  std::vector<std::string> labels;
  if (task.kind == TaskKind::kClassify) labels = label_names(task, labelled);
  const TextModel model = load_text_model(f.model.model, Device::kCpu);
  const std::string before = hash_text(model.model->parameters());
  InContextOptions options;
  options.shots = f.shots;
  options.seed = common.seed;
  options.normalize = f.normalize == "tokens" ? Normalize::kTokens : f.normalize == "bytes" ? Normalize::kBytes : Normalize::kNothing;
  options.max_tokens = f.model.max_tokens;
  options.stop_ids = model.stop_ids;
  options.compute = f.compute();
  const InContext::Answers answers = InContext(*model.model, tokenizer_of(model, f.model.model), task, labels, options).answer(train, records);
  Json out = {{"task", f.model.task}, {"records", records.size()}, {"shots", f.shots}, {"shots_dropped", answers.shots_dropped},
              {"seed", common.seed},  {"normalize", f.normalize}};
  std::string text = cat(f.model.task, ", ", records.size(), " records, ", f.shots, " shots");
  if (answers.shots_dropped > 0) text += cat(" (", answers.shots_used, " of ", answers.shots_used + answers.shots_dropped, " fit)");
  text += ":";
  add_scores(score_predictions(task, labels, records, answers.raw), "", out, text);
  if (!answers.calibrated.empty()) add_scores(score_predictions(task, labels, records, answers.calibrated), "calibrated-", out, text);
  out["weights_before"] = before;
  out["weights_after"] = hash_text(model.model->parameters());
  print(out, text, common);
  return 0;
}

std::vector<std::string> texts_of(const Flags& f) {
  std::vector<std::string> texts;
  for (const CorpusFile& file : find_split(f.data, f.split)) {
    read_documents(file, [&](std::string_view text) {
      if (f.limit == 0 || static_cast<int64_t>(texts.size()) < f.limit) texts.emplace_back(text);
    });
  }
  return texts;
}

int score_texts(const Flags& f, const CommonFlags& common) {
  const TextModel model = load_text_model(f.model.model, Device::kCpu);
  const std::vector<std::string> texts = texts_of(f);
  Windowing windowing;
  windowing.context = f.model.context > 0 ? f.model.context : model.model->architecture().context;
  windowing.stride = f.stride > 0 ? f.stride : windowing.context;
  if (f.compute() == DType::kBF16) model.model->parameters().refresh_shadows();
  const TextLoss loss = text_loss(*model.model, tokenizer_of(model, f.model.model), texts, windowing, f.compute());
  if (loss.tokens == 0 || loss.bytes == 0) fail(f.data, " has no text of two tokens or more, so there is nothing to predict");
  const double perplexity = metrics::perplexity(loss.nats, loss.tokens), bits = metrics::bits_per_byte(loss.nats, loss.bytes);
  print({{"texts", texts.size()},
         {"tokens", loss.tokens},
         {"bytes", loss.bytes},
         {"context", windowing.context},
         {"stride", windowing.stride},
         {"loss", loss.nats / static_cast<double>(loss.tokens)},
         {"perplexity", perplexity},
         {"bits_per_byte", bits}},
        cat(texts.size(), " texts, ", loss.tokens, " tokens:  perplexity ", perplexity, "  bits per byte ", bits), common);
  return 0;
}

bool is_fine_tuned_for(const fs::path& directory, const std::string& task) {
  if (!fs::exists(directory / TaskSetup::kFile)) return false;
  const std::vector<TaskSetup> setups = load_task_setups(directory);
  return std::any_of(setups.begin(), setups.end(), [&](const TaskSetup& setup) { return setup.task == task; });
}

int run(const Flags& f, const CommandLine& line, const CommonFlags& common) {
  const bool embeds = !f.model.task.empty() && head_form(task_named(f.model.task).kind) == "embed";
  if (embeds) return score_fine_tuned(load_embedding_task(f.model, f.model.task, common), f, common);
  if (line.given("--shots") || (!f.model.task.empty() && !is_fine_tuned_for(f.model.model, f.model.task))) return score_in_context(f, common);
  const bool fine_tuned = fs::exists(fs::path(f.model.model) / TaskSetup::kFile);
  return fine_tuned && f.stride == 0 ? score_fine_tuned(load_task_model(f.model), f, common) : score_texts(f, common);
}

}  // namespace

std::function<int()> add_eval(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->model.declare(line);
  line.value("-d,--data", flags->data, "file of labelled records or of text, or a directory with train.X, valid.X and test.X").required();
  line.value("--split", flags->split, "of a directory: train, valid or test").one_of({"train", "valid", "test"}).show_default();
  line.value("--limit", flags->limit, "score only so many records or texts; 0 scores all").at_least(0);
  line.value(
      "--task", flags->model.task,
      "which of the tasks that the model is fine-tuned for; any other is asked in context; embed or similarity: compare the vectors of any model");
  line.value("--shots,-k", flags->shots, "ask in context, with so many solved examples before each record, drawn from the training split by --seed")
      .at_least(0);
  line.value("--demonstrations", flags->demonstrations, "in context: file that they are drawn from, instead of the training split");
  line.value("--normalize", flags->normalize, "in context: divide an answer's log-likelihood by its number of tokens or bytes")
      .one_of({"none", "tokens", "bytes"})
      .show_default();
  line.value("--stride", flags->stride, "texts: tokens by which the window moves; 0 moves it by its whole context").at_least(0);
  return [flags, &line, &common] { return run(*flags, line, common); };
}

}  // namespace gimbal
