// Reading, checking and writing run files.
#include "train/run_config.h"

#include "core/files.h"
#include "models/adapter.h"
#include "text/train_tokenizer.h"

namespace gimbal {
namespace {

void check_choice(const char* setting, const std::string& value, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) == known.end())
    fail("unknown ", setting, " '", value, "'", did_you_mean(value, known), "; known: ", joined(known));
}

constexpr int64_t kMostAtOnce = 1'000'000'000;  // sequences, tokens
constexpr double kMostEpochs = 1e6;

void check_run_config(const RunConfig& c) {
  objective_named(c.objective.kind);
  check_optimizer(c.optimizer);
  check_schedule(c.schedule, c.optimizer.lr);
  check_choice("data.sampling", c.data.sampling, {"shuffle", "windows", "documents"});
  if (!c.tokenizer.kind.empty()) tokenizer_kind(c.tokenizer.kind);
  check_choice("train.dtype", c.train.dtype, {"f32", "bf16"});
  check_choice("train.guard", c.train.guard, {"stop", "skip", "rollback", "off"});
  if (c.data.validation_share < 0 || c.data.validation_share >= 1) fail("data.validation_share ", c.data.validation_share, " is not in [0, 1)");
  if (c.batch.sequences < 1 || c.batch.sequences > kMostAtOnce) fail("batch.sequences ", c.batch.sequences, " is not from 1 to ", kMostAtOnce);
  if (c.batch.micro_sequences < 0 || c.batch.context < 0 || c.batch.target_context < 0)
    fail("batch.micro_sequences, batch.context and batch.target_context cannot be negative");
  if (c.batch.context > kMostAtOnce) fail("batch.context ", c.batch.context, " is more than ", kMostAtOnce, " tokens");
  if (c.train.steps < 0) fail("train.steps cannot be negative");
  if (c.task.epochs <= 0 || c.task.epochs > kMostEpochs) fail("task.epochs ", c.task.epochs, " is not above 0 and at most ", kMostEpochs);
  for (const auto& [name, value] : {std::pair{"train.seconds", c.train.seconds},
                                    {"train.z_loss", c.train.z_loss},
                                    {"samples.temperature", c.samples.temperature},
                                    {"task.language_weight", c.task.language_weight}})
    if (value < 0) fail(name, " cannot be negative; it is ", value);
  if (c.train.frozen_layers < 0) fail("train.frozen_layers cannot be negative");
  if (c.lora.rank < 0) fail("lora.rank cannot be negative; 0 is none");
  if (c.distill.temperature <= 0) fail("distill.temperature ", c.distill.temperature, " is not above 0");
  if (c.distill.weight < 0 || c.distill.weight > 1) fail("distill.weight ", c.distill.weight, " is not in [0, 1]");
  if (c.distill.hidden_weight < 0) fail("distill.hidden_weight cannot be negative");
  if (c.distill.attention_weight < 0) fail("distill.attention_weight cannot be negative");
  if (c.distill.texts < 0) fail("distill.texts cannot be negative");
  if (c.train.clip < 0) fail("train.clip cannot be negative; 0 does not clip");
  if (c.train.label_smoothing < 0 || c.train.label_smoothing >= 1) fail("train.label_smoothing ", c.train.label_smoothing, " is not in [0, 1)");
}

// "norm: rms" stands for "norm: {kind: rms}".
void expand_short_forms(Json& model) {
  for (const char* key : {"norm", "residual", "positions"})
    if (model.contains(key) && model[key].is_string()) model[key] = {{"kind", model[key]}};
  if (!model.contains("slot_norms") || !model["slot_norms"].is_object()) return;
  for (auto& [slot, norm] : model["slot_norms"].items())
    if (norm.is_string()) norm = {{"kind", norm}};
}

// The name of a model's settings beside the model's own.
constexpr const char* kPreset = "preset";

// The model's part is kept as it is written, since what it lies over is known later; but what no model has is refused at once.
void read_model(const Json& given, Json& model) {
  if (given.is_string()) {
    model = {{kPreset, given}};
    return;
  }
  if (!given.is_object()) fail("'model' needs the name of a family or preset, a model's directory, or a map of settings, not ", given.dump());
  Json choices = given;
  expand_short_forms(choices);
  if (choices.contains(kPreset)) {
    std::string preset;
    read_fields(choices[kPreset], preset, "model.preset");
    choices[kPreset] = preset;
  }
  merge_over(model, choices);
  choices.erase(kPreset);
  Architecture thrown_away;
  read_fields(choices, thrown_away, "model");
}

void refuse_unknown_parts(const Json& whole, RunConfig& c) {
  std::vector<std::string> known = {"model"};
  c.fields([&](const char* name, auto&, const char*) { known.emplace_back(name); });
  for (const auto& [part, value] : whole.items())
    if (std::find(known.begin(), known.end(), part) == known.end())
      fail("unknown setting '", part, "'", did_you_mean(part, known), "; known here: ", joined(known));
}

}  // namespace

std::vector<std::string> TaskConfig::names() const { return split_at_commas(name); }

RunConfig read_settings(const Json& whole) {
  RunConfig c;
  Json rest = whole.is_null() ? Json::object() : whole;
  if (!rest.is_object()) fail("a run file is a map of settings, not ", rest.dump());
  refuse_unknown_parts(rest, c);
  if (rest.contains("model")) {
    read_model(rest["model"], c.model);
    rest.erase("model");
  }
  if (rest.contains("objective") && rest["objective"].is_string()) rest["objective"] = {{"kind", rest["objective"]}};
  read_fields(rest, c);
  return c;
}

RunConfig read_run_config(const Json& whole) {
  RunConfig c = read_settings(whole);
  check_run_config(c);
  return c;
}

std::string text_setting(const Json& whole, const char* part, const char* name) {
  if (!whole.contains(part) || !whole[part].is_object() || !whole[part].contains(name)) return "";
  std::string text;
  read_fields(whole[part][name], text, cat(part, ".", name));
  return text;
}

Json write_run_config(const RunConfig& config) {
  Json whole = {{"model", config.model}};
  whole.update(write_fields(config));
  return whole;
}

Architecture choose_architecture(const RunConfig& config, int64_t vocab) {
  Json choices = config.model;
  const std::string preset = choices.value("preset", "llama");
  choices.erase("preset");
  Architecture a;
  if (names_directory(preset)) {
    const Context context("reading " + preset);
    a = read_architecture(preset);
  } else {
    a = architecture_named(preset);
    if (!choices.contains("vocab")) a.vocab = vocab;
    a.bos = a.eos = a.pad = std::nullopt;  // the tokenizer's, not the published model's
  }
  // What follows from sizes follows from the new ones, unless it is chosen too.
  const bool resized = choices.contains("width") || choices.contains("heads") || choices.contains("layers");
  if (resized && !choices.contains("kv_heads")) a.kv_heads.reset();
  if (resized && !choices.contains("head_width")) a.head_width.reset();
  if (resized && !choices.contains("ffn_width")) a.ffn_width.reset();
  read_fields(choices, a, "model");
  if (a.vocab == 0) a.vocab = vocab;
  if (a.vocab < vocab)
    fail("model.vocab ", a.vocab, " is smaller than the tokenizer's ", vocab, " entries; leave it out, or use a tokenizer of at most that size");
  return a;
}

}  // namespace gimbal
