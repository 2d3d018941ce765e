// Everything that a training run is made of, as it stands in its YAML file. Every setting has a default; unknown ones are refused.
#pragma once

#include <string>
#include <vector>

#include "data/mixed_examples.h"
#include "data/objectives/objective.h"
#include "layers/architecture.h"
#include "models/lora.h"
#include "train/optimizers.h"
#include "train/schedules.h"

namespace gimbal {

struct DataConfig {
  std::vector<std::string> paths;
  double validation_share = 0.05;
  std::string sampling = "shuffle";

  template <class V>
  void fields(V&& v) {
    v("paths", paths, "files or directories: JSONL with \"text\", plain text, or a directory with train.jsonl and valid.jsonl");
    v("validation_share", validation_share, "part of the tokens held out when the data has no validation file");
    v("sampling", sampling, "shuffle (every stretch once an epoch), windows (random stretches), or documents (whole documents)");
  }
};

struct TokenizerConfig {
  std::string path;
  std::string kind;
  int64_t size = 4096;
  std::vector<std::string> data;

  template <class V>
  void fields(V&& v) {
    v("path", path, "directory or tokenizer.json; empty: train one on the data first");
    v("kind", kind, "byte-bpe, wordpiece, unigram, char or byte, when one is trained; empty: the usual one of the objective");
    v("data", data, "files or directories of text that one is trained on, such as the words of later tasks too; empty: the run's own data");
    v("size", size, "entries of a trained byte-bpe, wordpiece or unigram vocabulary");
  }
};

struct BatchConfig {
  int64_t sequences = 16, micro_sequences = 0;
  int64_t context = 0, target_context = 0;

  template <class V>
  void fields(V&& v) {
    v("sequences", sequences, "sequences of one optimizer step");
    v("micro_sequences", micro_sequences, "sequences computed at once; the rest accumulates; 0 is all");
    v("context", context, "tokens of a sequence; 0 takes the model's context");
    v("target_context", target_context, "most tokens of an encoder-decoder's targets; 0: as context");
  }
};

struct TrainConfig {
  int64_t steps = 1000;
  double seconds = 0;
  std::string dtype = "f32";
  double clip = 1;
  double label_smoothing = 0, z_loss = 0;
  bool recompute = false;
  std::string guard = "stop";
  int64_t seed = 1;
  int64_t frozen_layers = 0;
  bool freeze_embeddings = false;

  template <class V>
  void fields(V&& v) {
    v("steps", steps, "optimizer steps; 0 (fine-tuning only): by task.epochs");
    v("seconds", seconds, "instead of steps: about this long, the number of steps being fixed from the speed of the first ones");
    v("dtype", dtype, "f32, or bf16 compute over f32 weights");
    v("clip", clip, "largest global gradient norm; 0 does not clip");
    v("label_smoothing", label_smoothing, "share of the target spread over all tokens");
    v("z_loss", z_loss, "weight of the squared log partition function (1e-4 is usual)");
    v("recompute", recompute, "keep only each block's input and compute it again for the backward: less memory, a third more arithmetic");
    v("guard", guard, "on a non-finite value or a spike: stop (non-finite only), skip the step, rollback to the last checkpoint, or off");
    v("seed", seed, "seed of weights, order and dropout");
    v("frozen_layers", frozen_layers, "so many of the first layers stay as they are (an encoder's come before its decoder's)");
    v("freeze_embeddings", freeze_embeddings, "the embeddings stay as they are, and with them a head that shares their table");
  }
};

struct EvaluateConfig {
  int64_t every = 100;
  int64_t batches = 0;

  template <class V>
  void fields(V&& v) {
    v("every", every, "steps between validations; 0 validates at the end only");
    v("batches", batches, "validation batches of batch.sequences windows; 0 is the whole split");
  }
};

struct SaveConfig {
  int64_t every = 0;
  int64_t keep = 2;
  bool recorder = true;

  template <class V>
  void fields(V&& v) {
    v("every", every, "steps between checkpoints; 0 saves at the end (and when stopped)");
    v("keep", keep, "checkpoints kept besides the best; 0 keeps all");
    v("recorder", recorder, "two rolling snapshots in OUT/flight, for gimbal doctor --replay; about 1 % of the time");
  }
};

struct SampleConfig {
  int64_t every = 0;
  std::string prompt;
  int64_t tokens = 120;
  double temperature = 0.8;

  template <class V>
  void fields(V&& v) {
    v("every", every, "steps between sample texts; 0 writes none");
    v("prompt", prompt, "what a sample begins with; empty begins from nothing");
    v("tokens", tokens, "most tokens of a sample");
    v("temperature", temperature, "of the sampling");
  }
};

/// Fine-tuning: what is learned from labelled records.
struct TaskConfig {
  std::string name;
  MixtureConfig mixture;
  std::string form = "auto";
  double epochs = 3;
  int64_t stride = 128, longest_answer = 30;
  std::string chat_template;
  bool both_orders = true;
  double language_weight = 0;

  template <class V>
  void fields(V&& v) {
    v("name", name, "task of a fine-tuning run; several, with commas between them, are learned together as texts");
    v("mixture", mixture, "");
    v("form", form, "head (a new head answers), text (the model writes), or auto: what is usual for the model");
    v("epochs", epochs, "passes over the records, when train.steps is 0");
    v("stride", stride, "span: tokens by which windows of a long context overlap");
    v("longest_answer", longest_answer, "span: most tokens of an answer");
    v("both_orders", both_orders, "similarity tasks on a decoder: both orders of the two texts are read (GPT-1)");
    v("language_weight", language_weight, "decoders with a head: weight of the next-token loss beside the task's (0.5 in GPT-1)");
    v("chat_template", chat_template, "chat: file of a Jinja template; empty: the tokenizer's own, else the plain one");
  }

  /// The names between the commas.
  std::vector<std::string> names() const;
};

/// Distillation: a teacher whose answers are learned beside the data's (train/distill.h).
struct DistillConfig {
  std::string teacher;
  double temperature = 2, weight = 0.5, hidden_weight = 0, attention_weight = 0;
  bool from_teacher_layers = false;
  int64_t texts = 0;

  template <class V>
  void fields(V&& v) {
    v("teacher", teacher, "directory of the model that is learned from; empty: there is none");
    v("temperature", temperature, "of the teacher's and the student's probabilities where they are compared");
    v("weight", weight, "share of the teacher in the loss; the rest is that of the data's own targets");
    v("hidden_weight", hidden_weight,
      "weight of the squared distance between hidden states, layers spread evenly over the teacher's; 0 compares none");
    v("attention_weight", attention_weight, "weight of the divergence between the last layers' attention relations (MiniLMv2); 0 compares none");
    v("from_teacher_layers", from_teacher_layers, "a student of the teacher's width starts from layers of the teacher, spread evenly");
    v("texts", texts, "through text: the teacher writes so many, and they are the data; 0: its answers are learned");
  }
};

struct RunConfig {
  Json model = {{"preset", "llama"}};  // "preset": family, preset or model directory; the other keys choose on top of it
  ObjectiveConfig objective;
  TaskConfig task;
  DistillConfig distill;
  DataConfig data;
  TokenizerConfig tokenizer;
  BatchConfig batch;
  TrainConfig train;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  EvaluateConfig evaluate;
  SaveConfig save;
  SampleConfig samples;
  LoraConfig lora;

  template <class V>
  void fields(V&& v) {
    v("objective", objective, "");
    v("task", task, "");
    v("distill", distill, "");
    v("data", data, "");
    v("tokenizer", tokenizer, "");
    v("batch", batch, "");
    v("train", train, "");
    v("optimizer", optimizer, "");
    v("schedule", schedule, "");
    v("evaluate", evaluate, "");
    v("save", save, "");
    v("samples", samples, "");
    v("lora", lora, "");
  }
};

/// Reads what is there of a configuration. Error for unknown settings and for values of another type.
RunConfig read_settings(const Json& whole);
/// Reads a whole configuration (the YAML file with flags laid over it). Error as read_settings, and for values that make no sense.
RunConfig read_run_config(const Json& whole);
/// The resolved configuration as it is kept in OUT/config.yaml.
Json write_run_config(const RunConfig& config);

/// whole[part][name] of a configuration that is not read yet; "" where it is not there. Error when it is no text.
std::string text_setting(const Json& whole, const char* part, const char* name);

/// The architecture that model.preset and the keys beside it choose; `vocab` fills a vocabulary size of 0 or left to the tokenizer.
Architecture choose_architecture(const RunConfig& config, int64_t vocab);

}  // namespace gimbal
