// Filling, freezing, and the base of a LoRA run.
#include "train/start_model.h"

#include "models/adapter.h"
#include "train/distill.h"

namespace gimbal {
namespace {

constexpr const char* kBase = "base";  // of a LoRA run on a model from no directory, in the run's directory

void note_new(Run& run, const NewTensors& fresh) {
  if (!fresh.whole.empty()) run.progress().note(cat("new, to be learned from nothing: ", joined(fresh.whole)));
  if (!fresh.some_rows.empty()) run.progress().note(cat("with new rows for new tokens: ", joined(fresh.some_rows)));
}

// Under LoRA the base's own weights are frozen; what the base does not have must be learned, and kept with the adapter.
void train_new(Model& model, const NewTensors& fresh) {
  for (const DiskTensor& entry : disk_layout(model))
    for (const auto* names : {&fresh.whole, &fresh.some_rows})
      if (std::find(names->begin(), names->end(), entry.name) != names->end()) entry.parameter->trainable = true;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

void note_lora(const Model& model, Run& run) {
  int64_t paths = 0, all = 0;
  for (const Parameter& p : model.parameters().all()) {
    paths += static_cast<int64_t>(p.low_rank.size());
    if (!p.of_adapter && !p.fill) all += p.shape.elements();
  }
  const auto learned = static_cast<double>(model.parameters().count());
  run.progress().note(cat("LoRA of rank ", run.config().lora.rank, " beside ", paths, " linear maps: ", count_text(learned), " weights are learned, ",
                          fixed(100 * learned / static_cast<double>(all)), " % of the model's"));
}

}  // namespace

void choose_trained(Model& model, const RunConfig& config) {
  const Architecture& a = model.architecture();
  if (config.lora.rank > 0) add_lora(model, config.lora);
  if (config.train.frozen_layers > a.blocks())
    fail("train.frozen_layers ", config.train.frozen_layers, " is more than the model's ", a.blocks(), " layers");
  for (Parameter& p : model.parameters().all()) {
    const auto layer = health_index_of(a, p.name);
    if (layer && static_cast<int64_t>(*layer) < config.train.frozen_layers) p.trainable = false;
    if (config.train.freeze_embeddings && p.name.starts_with("embed.")) p.trainable = false;
  }
  if (model.parameters().count() == 0) fail("nothing is left to learn; lower train.frozen_layers, or leave train.freeze_embeddings out");
}

void start_model(const Architecture& a, Run& run, RunParts& parts) {
  const RunConfig& config = run.config();
  if (!run.from()) check_taken_layers(a, config.distill);
  parts.model = std::make_unique<Model>(a);
  Model& model = *parts.model;
  const bool lora = config.lora.rank > 0;
  choose_trained(model, config);
  model.parameters().allocate(Device::kCpu, DType::kF32);
  model.parameters().initialize(static_cast<uint64_t>(config.train.seed));

  const fs::path preset = config.model.value("preset", ""), written_base = run.out() / kBase;
  const bool from_directory = names_directory(preset);
  if (from_directory && (lora || !run.from())) {
    const Context doing("reading " + preset.string());
    const NewTensors fresh = load_directory(model, preset, NewParameters::kOfHead, AdapterUse::kMerge);
    if (lora) train_new(model, fresh);
    if (!run.from()) note_new(run, fresh);
  }
  if (lora && !from_directory && !run.from()) write_directory(written_base, [&](const fs::path& directory) { save_model(model, directory); });
  if (lora) {
    parts.adapter_base = from_directory ? fs::canonical(preset).string() : (fs::path("..") / kBase).string();
    note_lora(model, run);
  }
  if (run.from()) load_directory(model, *run.from(), NewParameters::kNone, AdapterUse::kApart);
}

}  // namespace gimbal
