// Setting a fine-tuning run up.
#include "train/finetune.h"

#include <algorithm>
#include <cmath>

#include "data/forms/chat_format.h"
#include "models/adapter.h"
#include "models/sentence_transformers.h"
#include "models/task_form.h"
#include "train/asked_task.h"
#include "train/distill.h"
#include "train/language_lesson.h"
#include "train/run_tokenizer.h"
#include "train/start_model.h"

namespace gimbal {
namespace {

Tokenizer choose_tokenizer(const Run& run) {
  if (const auto settled = settled_tokenizer(run)) return *settled;
  const std::string preset = run.config().model.value("preset", "");
  if (names_directory(preset)) return Tokenizer::load(preset);  // which says what it lacks
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
  a.source_end.reset();
  const bool in_cloze = a.positions.kind == "blocks" && !task.cloze.empty();  // a [MASK] in the text then, and no pair
  if (a.encoder_layers == 0 && setup.form == "text" && !in_cloze) a.source_end = special.eos;
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

void save_setups(const std::vector<AskedTask>& tasks, const Architecture& a, const fs::path& directory) {
  std::vector<TaskSetup> setups;
  for (const AskedTask& asked : tasks) setups.push_back(asked.setup);
  save_task_setups(setups, directory);
  const TaskSetup& first = setups[0];
  if (first.form == "embed") SentenceTransformer{.weights = {}, .pooling = first.pooling, .context = first.context}.save(directory, a.width);
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
  if (config.task.names().empty()) fail("give --task, the name of what the model is to learn; gimbal finetune --help lists them");
  const std::string preset = config.model.value("preset", "");
  if (fs::exists(preset) && !fs::is_directory(preset)) fail(preset, " is a file; --model is a model's directory");
  Run run(config, request);

  const Architecture base = choose_architecture(config, 0);
  uint64_t data_hash = 0;
  std::vector<AskedTask> tasks = load_asked_tasks(config, base, run.progress(), data_hash);
  const AskedTask& first = tasks[0];  // several tasks are asked by the same form, which has no labels of its own

  Tokenizer tokenizer = choose_tokenizer(run);
  if (first.setup.form == "chat") tokenizer = with_template(tokenizer, config, run.progress());
  if (adds_task_tokens(base, first.setup.form)) tokenizer = with_special_tokens(tokenizer, decoder_task_tokens());
  const Architecture a = architecture_for(config, tokenizer, *first.task, first.setup);
  const std::shared_ptr<Lesson> language = language_lesson(config, first.setup, a);
  for (AskedTask& asked : tasks) {
    FormRequest wanted = form_request(a, tokenizer, asked.setup);
    wanted.next_tokens = language != nullptr;
    asked.form = make_form(asked.setup.form, wanted);
    if (const std::string note = asked.form->note(asked.train); !note.empty()) run.progress().note(note);
  }

  RunParts parts(tokenizer);
  parts.examples = training_examples(tasks, config);
  const std::vector<std::string> classes = is_written(first.setup.form) ? std::vector<std::string>() : a.labels;
  if (const auto only_shown = run.only_examples(*parts.examples, tokenizer, classes)) return *only_shown;
  parts.validation = validation_examples(tasks, config);
  if (parts.validation && first.setup.form != "chat")
    parts.score = [&](Model& model) { return validation_scores(tasks, config, model, tokenizer, predict); };
  plan_steps(config, parts.examples->size());
  run.set_plan(config);
  const int64_t micro = config.batch.micro_sequences > 0 ? std::min(config.batch.micro_sequences, config.batch.sequences) : config.batch.sequences;
  if (first.task->kind == TaskKind::kEmbed) check_negatives(config, first.train, micro, run.progress());
  check_training_memory(a, config, micro_tokens(first.setup, *parts.examples, micro));
  start_model(a, run, parts);
  parts.data_hash = data_hash;
  parts.context = first.setup.context;
  parts.save_beside = [&](const fs::path& directory) { save_setups(tasks, a, directory); };
  parts.lesson =
      language ? language : make_distillation(config, *parts.model, tokenizer, first.setup.context, run.from() ? Start::kResumed : Start::kFresh);
  return run.train(std::move(parts));
}

}  // namespace gimbal
