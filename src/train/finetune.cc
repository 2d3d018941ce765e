// Setting a fine-tuning run up.
#include "train/finetune.h"

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "data/forms/chat_format.h"
#include "data/forms/scores.h"
#include "data/permutation.h"
#include "data/tasks/read_records.h"
#include "models/adapter.h"
#include "models/sentence_transformers.h"
#include "models/task_form.h"
#include "train/distill.h"
#include "train/language_lesson.h"
#include "train/start_model.h"

namespace gimbal {
namespace {

struct Records {
  std::vector<Record> train, valid;
  std::vector<std::string> labels;
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

// Some records by chance, one at least where there are two; but the last ones where records share contexts.
std::vector<Record> hold_out(std::vector<Record>& records, const Task& task, const RunConfig& config) {
  const size_t size = records.size();
  const auto share = static_cast<size_t>(static_cast<double>(size) * config.data.validation_share);
  const size_t held = config.data.validation_share > 0 && size > 1 ? std::clamp<size_t>(share, 1, size - 1) : 0;
  std::vector<bool> is_held(size);
  const uint64_t seed = mix64(static_cast<uint64_t>(config.train.seed) ^ hash_name("held out"));
  for (size_t i = size - held; i < size; ++i) is_held[task.kind == TaskKind::kSpan ? i : permuted(i, size, seed)] = true;
  std::vector<Record> kept, out;
  for (size_t i = 0; i < size; ++i) (is_held[i] ? out : kept).push_back(std::move(records[i]));
  records = std::move(kept);
  return out;
}

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
  if (records.train.empty()) fail("there are no records of the task ", task.name, " to train on");
  if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) records.labels = label_names(task, records.train);
  if (records.valid.empty()) records.valid = hold_out(records.train, task, config);
  progress.note(cat(records.train.size(), " records to train on, ", records.valid.size(), " to validate on"));
  return records;
}

Tokenizer choose_tokenizer(const Run& run) {
  if (run.from()) return Tokenizer::load(*run.from());
  if (fs::exists(run.out() / "tokenizer.json")) return Tokenizer::load(run.out());  // an earlier start of this run made it
  const RunConfig& config = run.config();
  if (!config.tokenizer.path.empty()) return Tokenizer::load(config.tokenizer.path);
  const std::string preset = config.model.value("preset", "");
  if (names_directory(preset)) return Tokenizer::load(tokenizer_directory(preset).value_or(preset));
  fail("a model without training (", preset, ") needs --tokenizer, the directory of the tokenizer that it is to read with");
}

// A chat tokenizer carries its template, so that whoever asks the model speaks as it was taught.
Tokenizer with_template(const Tokenizer& tokenizer, const RunConfig& config, Progress& progress) {
  if (!config.task.chat_template.empty()) return with_chat_template(tokenizer, read_text_file(config.task.chat_template));
  if (chat_template_of(tokenizer)) return tokenizer;
  progress.note("the tokenizer has no chat template and gets the plain one: User: ... Assistant: ...");
  return with_chat_template(tokenizer, std::string(plain_chat_template()));
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
  if (a.head == "embed") a.pooling = setup.pooling;
  a.labels.clear();
  if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) a.labels = setup.labels;
  return a;
}

// The auxiliary objective, where one is asked for.
std::shared_ptr<Lesson> language_lesson(const RunConfig& config, const TaskSetup& setup, const Architecture& a) {
  if (config.task.language_weight == 0) return nullptr;
  if (setup.form != "classify" && setup.form != "regress" && setup.form != "choice")
    fail("task.language_weight goes with a head for classes, numbers or choices, and the task ", setup.task, " is asked by ", setup.form,
         "; leave it out");
  if (!config.distill.teacher.empty()) fail("task.language_weight and distill.teacher both add to the loss; give one");
  return make_language_lesson(a, config.task.language_weight);
}

std::vector<RunScore> scores_of(const Task& task, const TaskSetup& setup, std::span<const Record> records, std::span<const Prediction> predictions) {
  std::vector<RunScore> scores;
  for (const TaskScore& score : score_predictions(task, setup.labels, records, predictions)) {
    const bool higher = score.metric->better == metrics::Better::kHigher;
    scores.push_back({std::string(score.metric->name), score.value, higher ? score.value : -score.value});
  }
  return scores;
}

// Tokens of a micro-batch, for the memory that it takes. A record of embeddings has several texts, most of them far shorter than the context: twice
// what the first ones have.
int64_t micro_tokens(const TaskSetup& setup, const Examples& examples, int64_t micro) {
  return setup.form == "embed" ? 2 * batch_of(examples, 0, micro).rows() : micro * setup.context;
}

// What an anchor is compared with comes from its own micro-batch.
void check_negatives(const RunConfig& config, std::span<const Record> records, int64_t micro, Progress& progress) {
  const bool alone = std::any_of(records.begin(), records.end(), [](const Record& r) { return r.texts.size() == 2; });
  const int64_t last = config.batch.sequences % micro;
  if (alone && (micro == 1 || last == 1 || records.size() == 1))
    fail("a record without negatives learns from the other records beside it, and there would be none: ",
         records.size() == 1 ? "the data has one record"
         : micro == 1        ? "a micro-batch has one record"
                             : "the last micro-batch of a step has one record",
         "; choose batch.sequences and batch.micro_sequences so that each has two or more");
  if (micro < config.batch.sequences)
    progress.note(cat("negatives come from the micro-batch: each anchor is told from the documents of ", micro, " records, not of the step's ",
                      config.batch.sequences));
}

double top_grade_of(std::span<const Record> records) {
  double top = 0;
  for (const Record& r : records)
    for (const double grade : r.grades) top = std::max(top, grade);
  if (top == 0) fail("no document is relevant (all labels are 0), so there is nothing to learn to rank first");
  return top;
}

// What the model is pooled by: what is asked for, what its directory says, or what is usual for it.
std::string pooling_for(const RunConfig& config, Architecture a) {
  const fs::path preset = config.model.value("preset", "");
  if (!config.model.contains("pooling") && names_directory(preset))
    if (const auto known = SentenceTransformer::load(preset)) a.pooling = known->pooling;
  return pooling_of(a);
}

void save_setup(const TaskSetup& setup, const Architecture& a, const fs::path& directory) {
  setup.save(directory);
  if (setup.form == "embed") SentenceTransformer{.weights = {}, .pooling = setup.pooling, .context = setup.context}.save(directory, a.width);
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
  setup.labels = records.labels;
  if (setup.form == "embed") setup.pooling = pooling_for(config, base);
  if (task.kind == TaskKind::kRerank) setup.top_grade = top_grade_of(records.train);
  setup.both_orders = config.task.both_orders && task.symmetric && !is_written(setup.form) && layout_of(base) == TextLayout::Kind::kDecoder;

  Tokenizer tokenizer = choose_tokenizer(run);
  if (setup.form == "chat") tokenizer = with_template(tokenizer, config, run.progress());
  if (adds_task_tokens(base, setup.form)) tokenizer = with_special_tokens(tokenizer, decoder_task_tokens());
  const Architecture a = architecture_for(config, tokenizer, task, setup);
  FormRequest asked = form_request(a, tokenizer, setup);
  const std::shared_ptr<Lesson> language = language_lesson(config, setup, a);
  asked.next_tokens = language != nullptr;
  const std::shared_ptr<const TaskForm> form = make_form(setup.form, asked);

  const auto seed = static_cast<uint64_t>(config.train.seed);
  RunParts parts(tokenizer);
  parts.examples = std::make_shared<TaskExamples>(records.train, form, TaskExamples::Order::kShuffled, seed);
  if (const std::string note = form->note(records.train); !note.empty()) run.progress().note(note);
  if (const auto only_shown = run.only_examples(*parts.examples, tokenizer)) return *only_shown;
  if (!records.valid.empty()) {
    const Context doing("checking the validation records");
    parts.validation = std::make_shared<TaskExamples>(records.valid, form, TaskExamples::Order::kAsGiven, seed);
    const std::span<const Record> all = records.valid;
    const auto some = static_cast<size_t>(config.evaluate.batches * config.batch.sequences);
    const std::span<const Record> judged = some > 0 ? all.first(std::min(some, all.size())) : all;
    if (setup.form != "chat")
      parts.score = [&, judged](Model& model) { return scores_of(task, setup, judged, predict(model, tokenizer, *form, judged)); };
  }
  plan_steps(config, parts.examples->size());
  run.set_plan(config);
  const int64_t micro = config.batch.micro_sequences > 0 ? std::min(config.batch.micro_sequences, config.batch.sequences) : config.batch.sequences;
  if (task.kind == TaskKind::kEmbed) check_negatives(config, records.train, micro, run.progress());
  check_training_memory(a, config, micro_tokens(setup, *parts.examples, micro));
  start_model(a, run, parts);
  parts.data_hash = records.hash;
  parts.context = setup.context;
  parts.save_beside = [&](const fs::path& directory) { save_setup(setup, a, directory); };
  parts.lesson =
      language ? language : make_distillation(config, *parts.model, tokenizer, setup.context, run.from() ? Start::kResumed : Start::kFresh);
  return run.train(std::move(parts));
}

}  // namespace gimbal
