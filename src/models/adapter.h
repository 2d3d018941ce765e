// A directory that holds what was learned beside a model, in PEFT's layout: adapter_config.json, adapter_model.safetensors, and the base by its path.
//
// adapter_model.safetensors: "base_model.model.<module>.lora_A.weight" [r, inputs] and ".lora_B.weight" [outputs, r] in the order of the base's
// files, and "base_model.model.<name>" for each tensor that was learned whole. gimbal's own hold the config.json of the model as it was trained, too
// (its head may be another than the base's). PEFT: github.com/huggingface/peft.
#pragma once

#include "models/lora.h"

namespace gimbal {

bool is_adapter(const fs::path& directory);

/// The directory that an adapter stands on, itself perhaps an adapter's. base_model_name_or_path is looked for as it is, then from the adapter's
/// directory. Error when it is not there.
fs::path base_of_adapter(const fs::path& directory);

/// The first of the directory, its base, its base's base, … that holds one of these files.
std::optional<fs::path> directory_with(const fs::path& directory, std::initializer_list<const char*> names);

/// The same for the names that Tokenizer::load looks for; nothing when there is no tokenizer.
std::optional<fs::path> tokenizer_directory(const fs::path& directory);

/// Whether a model is asked for by its directory rather than by the name of a family or preset: there is one of that path, and it holds a model or
/// cannot be meant as a name.
bool names_directory(const std::string& model);

/// Of a model's directory or an adapter's. Without a config.json of its own an adapter's task type chooses the head.
Architecture read_architecture(const fs::path& directory);

enum class AdapterUse : uint8_t {
  kMerge,  // W + alpha / r B A
  kApart,  // into the paths that the model has
};

/// load_weights for a directory of either kind: an adapter's base first. Error for an adapter that holds what the model has no place for.
NewTensors load_directory(Model& model, const fs::path& directory, NewParameters allowed, AdapterUse use);

/// The base and the adapter merged, whatever base the adapter names.
std::unique_ptr<Model> load_adapted(const fs::path& base, const fs::path& adapter);

/// What the model learned: its paths, and everything trainable. `base` is written down as it is given.
void save_adapter(Model& model, const LoraConfig& config, const std::string& base, const fs::path& directory);

}  // namespace gimbal
