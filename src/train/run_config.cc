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

void check_run_config(const RunConfig& c) {
  objective_named(c.objective.kind);
  check_choice("data.sampling", c.data.sampling, {"shuffle", "windows", "documents"});
  if (!c.tokenizer.kind.empty()) tokenizer_kind(c.tokenizer.kind);
  check_choice("train.dtype", c.train.dtype, {"f32", "bf16"});
  check_choice("train.guard", c.train.guard, {"stop", "skip", "rollback", "off"});
  if (c.data.validation_share < 0 || c.data.validation_share >= 1) fail("data.validation_share ", c.data.validation_share, " is not in [0, 1)");
  if (c.batch.sequences < 1) fail("batch.sequences must be at least 1");
  if (c.batch.micro_sequences < 0 || c.batch.context < 0 || c.batch.target_context < 0)
    fail("batch.micro_sequences, batch.context and batch.target_context cannot be negative");
  if (c.train.steps < 0) fail("train.steps cannot be negative");
  if (c.task.epochs <= 0) fail("task.epochs must be above 0");
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

}  // namespace

std::vector<std::string> TaskConfig::names() const { return split_at_commas(name); }

RunConfig read_run_config(const Json& whole) {
  RunConfig c;
  Json rest = whole.is_null() ? Json::object() : whole;
  if (!rest.is_object()) fail("a run file is a map of settings, not ", rest.dump());
  if (rest.contains("model")) {
    if (rest["model"].is_string()) {
      c.model = {{"preset", rest["model"]}};
    } else {
      merge_over(c.model, rest["model"]);
    }
    rest.erase("model");
  }
  if (rest.contains("objective") && rest["objective"].is_string()) rest["objective"] = {{"kind", rest["objective"]}};
  expand_short_forms(c.model);
  read_fields(rest, c);
  check_run_config(c);
  return c;
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
