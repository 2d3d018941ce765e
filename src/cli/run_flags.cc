// The table of flags and the settings that they stand for.
#include "cli/run_flags.h"

#include <array>

#include "core/fields.h"
#include "core/files.h"
#include "data/tasks/tasks.h"
#include "train/run_config.h"

namespace gimbal {
namespace {

struct Flag {
  const char *names, *setting, *help;
};

constexpr Flag kFlags[] = {
    {"--model", "model.preset", "family, preset or model directory to start from"},
    {"--objective", "objective.kind", "causal, mlm, mlm+nsp, mlm+sop, span-corruption, denoising, prefix, blank-infilling or text-to-text"},
    {"--task", "task.name", "finetune: what is learned, one of"},
    {"--epochs", "task.epochs", "finetune: passes over the records, when no --steps are given"},
    {"--pooling", "model.pooling", "finetune --task embed: mean, cls or last"},
    {"--tokenizer", "tokenizer.path", "directory or tokenizer.json; without it one is trained on the data"},
    {"--steps,--max-steps", "train.steps", "optimizer steps"},
    {"--batch-size", "batch.sequences", "sequences of one optimizer step"},
    {"--micro-batch-size", "batch.micro_sequences", "sequences computed at once"},
    {"--context,--block-size,--max-seq-length", "batch.context", "tokens of a sequence"},
    {"--lr,--learning-rate", "optimizer.lr", "peak learning rate"},
    {"--min-lr", "schedule.min_lr", "learning rate at the end"},
    {"--warmup-steps", "schedule.warmup_steps", "steps of linear warm-up"},
    {"--lr-scheduler", "schedule.kind", "constant, linear, cosine, inverse-sqrt or wsd"},
    {"--optimizer", "optimizer.kind", "adamw, sgd, adafactor, lion or muon"},
    {"--weight-decay", "optimizer.weight_decay", "decoupled weight decay"},
    {"--grad-clip,--max-norm", "train.clip", "largest global gradient norm"},
    {"--dtype,--precision", "train.dtype", "f32 or bf16"},
    {"--guard", "train.guard", "stop, skip, rollback or off"},
    {"--eval-every", "evaluate.every", "steps between validations"},
    {"--save-every", "save.every", "steps between checkpoints"},
    {"--frozen-layers", "train.frozen_layers", "first layers that stay as they are"},
    {"--layer-decay", "optimizer.layer_decay", "factor of the learning rate from each layer to the one below it"},
    {"--lora-r", "lora.rank", "learn paths of this rank beside frozen weights (LoRA)"},
    {"--lora-alpha", "lora.alpha", "the paths count alpha / rank"},
    {"--lora-dropout", "lora.dropout", "dropout of what the paths read"},
};

std::string help_of(const Flag& flag) {
  if (std::string_view(flag.setting) != "task.name") return flag.help;
  std::vector<std::string> names;
  for (const Task& task : all_tasks()) names.emplace_back(task.name);
  return cat(flag.help, ": ", joined(names));
}

}  // namespace

Json value_of_flag(std::string_view setting, const std::string& text) {
  constexpr std::array<std::string_view, 4> kTexts = {"model.preset", "task.name", "tokenizer.path", "distill.teacher"};
  return std::find(kTexts.begin(), kTexts.end(), setting) == kTexts.end() ? parse_scalar(text) : Json(text);
}

void RunFlags::declare(CommandLine& line) {
  line.value("config", file, "run file (YAML); flags and --set lie over it");
  for (const Flag& flag : kFlags)
    line.on_value(
        flag.names, [this, &flag](const std::string& text) { set_path(settings, flag.setting, value_of_flag(flag.setting, text)); }, help_of(flag));
  line.on_values(
      "--data", [this](const std::vector<std::string>& paths) { set_path(settings, "data.paths", Json(paths)); }, "files or directories of text");
  line.on_value(
      "--lora-target-modules", [this](const std::string& list) { set_path(settings, "lora.targets", Json(split_at_commas(list))); },
      "attention, ffn, all, or names of maps on disk: q_proj,v_proj");
  line.on_flag(
      "--freeze-embeddings", [this] { set_path(settings, "train.freeze_embeddings", true); }, "the embeddings stay as they are");
  line.on_flag(
      "--recompute,--grad-checkpoint", [this] { set_path(settings, "train.recompute", true); }, "trade arithmetic for memory");
  line.repeated("--set", sets, "any setting, as part.name=value; see gimbal config schema");
}

Json RunFlags::merged(const CommonFlags& common, const std::string& fallback) const {
  Json whole = Json::object();
  const std::string& from = file.empty() ? fallback : file;
  if (!from.empty()) {
    whole = parse_yaml(read_text_file(from), from);
    if (whole.is_null()) whole = Json::object();
    if (!whole.is_object()) fail(from, " is not a map of settings");
    if (whole.contains("model") && whole["model"].is_string()) whole["model"] = {{"preset", whole["model"]}};
    if (whole.contains("objective") && whole["objective"].is_string()) whole["objective"] = {{"kind", whole["objective"]}};
    const Context reading("reading " + from);
    read_settings(whole);
  }
  merge_over(whole, settings);
  for (const std::string& item : sets) {
    const size_t equals = item.find('=');
    if (equals == std::string::npos) fail("--set '", item, "' needs the form part.name=value");
    set_path(whole, item.substr(0, equals), parse_scalar(item.substr(equals + 1)));
  }
  if (common.seed_given) set_path(whole, "train.seed", static_cast<int64_t>(common.seed));
  return whole;
}

}  // namespace gimbal
