// Setting a fine-tuning run up.
#include "train/finetune.h"

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "data/forms/scores.h"
#include "data/tasks/read_records.h"
#include "models/task_form.h"
#include "models/weights.h"
#include "train/distill.h"

namespace gimbal {
namespace {

struct Records {
  std::vector<Record> train, valid;
  uint64_t hash = 0;
};

std::vector<Record> read_all(const std::vector<fs::path>& files, const Task& task, uint64_t& hash) {
  std::vector<Record> records;
  for (const fs::path& file : files) {
    hash = mix64(hash ^ hash_name(read_file(file)));
    for (Record& record : read_records(file, task)) records.push_back(std::move(record));
  }
  return records;
}

// Without validation files the last records are held out.
Records load_records(const RunConfig& config, const Task& task, Progress& progress) {
  if (config.data.paths.empty()) fail("no data: give --data FILE or DIRECTORY with records of the task ", task.name);
  Records records;
  std::vector<fs::path> train, valid;
  for (const std::string& path : config.data.paths) {
    const TaskFiles files = find_task_files(path);
    train.insert(train.end(), files.train.begin(), files.train.end());
    valid.insert(valid.end(), files.valid.begin(), files.valid.end());
  }
  records.train = read_all(train, task, records.hash);
  records.valid = read_all(valid, task, records.hash);
  if (records.valid.empty()) {
    const auto held = static_cast<size_t>(static_cast<double>(records.train.size()) * config.data.validation_share);
    const auto cut = records.train.end() - static_cast<std::ptrdiff_t>(std::min(held, records.train.size() - 1));
    records.valid.assign(cut, records.train.end());
    records.train.erase(cut, records.train.end());
  }
  if (records.train.empty()) fail("there are no records of the task ", task.name, " to train on");
  progress.note(cat(records.train.size(), " records to train on, ", records.valid.size(), " to validate on"));
  return records;
}

Tokenizer choose_tokenizer(const Run& run) {
  if (run.from()) return Tokenizer::load(*run.from());
  if (fs::exists(run.out() / "tokenizer.json")) return Tokenizer::load(run.out());  // an earlier start of this run made it
  const RunConfig& config = run.config();
  if (!config.tokenizer.path.empty()) return Tokenizer::load(config.tokenizer.path);
  const std::string preset = config.model.value("preset", "");
  if (fs::is_directory(preset)) return Tokenizer::load(preset);
  fail("a model without training (", preset, ") needs --tokenizer, the directory of the tokenizer that it is to read with");
}

Architecture architecture_for(const RunConfig& config, const Tokenizer& tokenizer, const Task& task, const TaskSetup& setup) {
  RunConfig bare = config;
  bare.model.erase("head");
  Architecture a = choose_architecture(bare, 0);
  a.vocab = std::max<int64_t>(a.vocab, tokenizer.vocab_size());
  const SpecialIds& special = tokenizer.special();
  if (!a.bos) a.bos = a.encoder_layers > 0 ? roles_of(tokenizer).start : special.bos;  // of a decoder that an encoder leads: what it reads first
  if (!a.eos) a.eos = special.eos;
  if (!a.pad) a.pad = special.pad;
  a.head = head_of_form(setup.form);
  a.labels.clear();
  if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) a.labels = setup.labels;
  return a;
}

// Weights, and a sentence about those that are new.
std::unique_ptr<Model> make_model(const Architecture& a, Run& run) {
  auto model = std::make_unique<Model>(a);
  model->parameters().allocate(Device::kCpu, DType::kF32);
  const std::string preset = run.config().model.value("preset", "");
  if (run.from()) {
    load_weights(*model, open_model_weights(*run.from()));
    return model;
  }
  model->parameters().initialize(static_cast<uint64_t>(run.config().train.seed));
  if (!fs::is_directory(preset)) return model;
  const Context doing("reading " + preset);
  const std::vector<std::string> fresh = load_weights(*model, open_model_weights(preset), NewParameters::kOfHead);
  if (!fresh.empty()) run.progress().note(cat("new, to be learned from nothing: ", joined(fresh)));
  return model;
}

std::vector<RunScore> scores_of(const Task& task, const TaskSetup& setup, std::span<const Record> records, std::span<const Prediction> predictions) {
  std::vector<RunScore> scores;
  for (const TaskScore& score : score_predictions(task, setup.labels, records, predictions)) {
    const bool higher = score.metric->better == metrics::Better::kHigher;
    scores.push_back({std::string(score.metric->name), score.value, higher ? score.value : -score.value});
  }
  return scores;
}

// The steps of so many passes over the data; validation once a pass unless said otherwise.
void plan_steps(RunConfig& config, int64_t examples) {
  const auto per_epoch = static_cast<int64_t>(std::ceil(static_cast<double>(examples) / static_cast<double>(config.batch.sequences)));
  if (config.train.steps == 0) config.train.steps = std::max<int64_t>(1, std::llround(config.task.epochs * static_cast<double>(per_epoch)));
  if (config.evaluate.every == 0) config.evaluate.every = std::min(per_epoch, config.train.steps);
  if (config.save.every == 0) config.save.every = config.evaluate.every;
}

}  // namespace

Json finetune_defaults(const std::string& model) {
  RunConfig chosen;
  chosen.model["preset"] = model;
  const Architecture a = choose_architecture(chosen, 0);
  const double lr = 5e-5 * 768 / static_cast<double>(a.width) * (a.encoder_layers > 0 ? 3 : 1);
  return {{"train", {{"steps", 0}}},
          {"batch", {{"sequences", 16}}},
          {"data", {{"validation_share", 0.1}}},
          {"optimizer", {{"lr", std::min(lr, 1e-3)}, {"beta2", 0.999}, {"weight_decay", 0.01}}},
          {"schedule", {{"kind", "linear"}, {"warmup_share", 0.1}}},
          {"evaluate", {{"every", 0}}}};
}

RunOutcome finetune(const RunConfig& given, const RunRequest& request, const Predict& predict) {
  RunConfig config = given;
  if (config.task.name.empty()) fail("give --task, the name of what the model is to learn; gimbal finetune --help lists them");
  const Task& task = task_named(config.task.name);
  const std::string preset = config.model.value("preset", "");
  if (fs::exists(preset) && !fs::is_directory(preset)) fail(preset, " is a file; --model is a model's directory");
  Run run(config, request);

  const Records records = load_records(config, task, run.progress());
  const Architecture base = choose_architecture(config, 0);
  TaskSetup setup;
  setup.task = config.task.name;
  setup.form = form_name(base, task, config.task.form);
  setup.context = config.batch.context > 0 ? config.batch.context : std::min<int64_t>(base.context, 512);
  setup.target_context = config.batch.target_context;
  setup.stride = config.task.stride;
  setup.longest_answer = config.task.longest_answer;
  if (setup.context > base.context) fail("batch.context ", setup.context, " is longer than the model's context of ", base.context);
  if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) setup.labels = label_names(task, records.train);

  Tokenizer tokenizer = choose_tokenizer(run);
  if (setup.form != "text" && layout_of(base) == TextLayout::Kind::kDecoder) tokenizer = with_special_tokens(tokenizer, decoder_task_tokens());
  const Architecture a = architecture_for(config, tokenizer, task, setup);
  const std::shared_ptr<const TaskForm> form = make_form(setup.form, form_request(a, tokenizer, setup));

  const auto seed = static_cast<uint64_t>(config.train.seed);
  RunParts parts(tokenizer);
  parts.examples = std::make_shared<TaskExamples>(records.train, form, TaskExamples::Order::kShuffled, seed);
  if (!records.valid.empty()) {
    parts.validation = std::make_shared<TaskExamples>(records.valid, form, TaskExamples::Order::kAsGiven, seed);
    parts.score = [&](Model& model) { return scores_of(task, setup, records.valid, predict(model, tokenizer, *form, records.valid)); };
  }
  plan_steps(config, parts.examples->size());
  run.set_plan(config);
  check_training_memory(a, config, std::min(config.batch.sequences, std::max<int64_t>(1, config.batch.micro_sequences)) * setup.context);
  parts.model = make_model(a, run);
  parts.data_hash = records.hash;
  parts.context = setup.context;
  parts.save_beside = [&](const fs::path& directory) { setup.save(directory); };
  parts.lesson = make_distillation(config, *parts.model, tokenizer, setup.context, run.from() ? Start::kResumed : Start::kFresh);
  return run.train(std::move(parts));
}

}  // namespace gimbal
