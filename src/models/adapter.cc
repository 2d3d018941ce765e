// Reading, laying on, and writing.
#include "models/adapter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/threads.h"

namespace gimbal {
namespace {

constexpr const char* kConfig = "adapter_config.json";
constexpr const char* kTensors = "adapter_model.safetensors";
const std::string kPrefix = "base_model.model.";

/// A head that PEFT's task types stand for.
struct TaskType {
  std::string_view peft, head;
};
constexpr TaskType kTaskTypes[] = {
    {"SEQ_CLS", "classify"}, {"TOKEN_CLS", "tokens"}, {"QUESTION_ANS", "span"}, {"FEATURE_EXTRACTION", "embed"}, {"CAUSAL_LM", "language"}, {"SEQ_2_SEQ_LM", "language"}};

Json read_adapter_config(const fs::path& directory) {
  Json config = parse_json(read_text_file(directory / kConfig), kConfig);
  if (!config.is_object()) fail(kConfig, " is not a map of settings");
  return config;
}

template <class T>
T setting(const Json& config, const char* key, T otherwise) {
  if (!config.contains(key) || config[key].is_null()) return otherwise;
  T value{};
  read_fields(config[key], value, key);
  return value;
}

// What adapters may say and this engine does not do.
void refuse_other_kinds(const Json& config) {
  if (const auto kind = setting<std::string>(config, "peft_type", "LORA"); kind != "LORA")
    fail(kConfig, " says peft_type ", kind, "; only LORA adapters are read");
  for (const char* key : {"use_dora", "use_qalora", "lora_bias"})
    if (setting(config, key, false)) fail(kConfig, " asks for ", key, ", which is not read; train the adapter without it, or merge it with PEFT");
  for (const char* key : {"kasa_config", "layer_replication", "alora_invocation_tokens", "trainable_token_indices"})
    if (config.contains(key) && !config[key].is_null()) fail(kConfig, " asks for ", key, ", which is not read; merge the adapter with PEFT");
  for (const char* key : {"rank_pattern", "alpha_pattern"})
    if (config.contains(key) && config[key].is_object() && !config[key].empty())
      fail(kConfig, " gives maps different scales (", key, "), which is not read; merge the adapter with PEFT");
}

double scale_of(const Json& config, int64_t rank) {
  const auto r = static_cast<double>(rank);
  return setting(config, "lora_alpha", 8.0) / (setting(config, "use_rslora", false) ? std::sqrt(r) : r);
}

// disk += scale * up down, in the order of the file: [outputs, inputs], or the transpose.
void add_product(const Tensor& disk, Layout layout, const Tensor& down, const Tensor& up, double scale) {
  const int64_t outputs = up.size(0), inputs = down.size(1), rank = down.size(0);
  const auto *a = down.data<float>(), *b = up.data<float>();
  float* w = disk.data<float>();
  parallel_for(outputs, 16, [&](int64_t begin, int64_t end) {
    std::vector<double> row(static_cast<size_t>(inputs));
    for (int64_t o = begin; o < end; ++o) {
      std::fill(row.begin(), row.end(), 0.0);
      for (int64_t r = 0; r < rank; ++r)
        for (int64_t i = 0; i < inputs; ++i) row[static_cast<size_t>(i)] += static_cast<double>(b[o * rank + r]) * a[r * inputs + i];
      for (int64_t i = 0; i < inputs; ++i) {
        float& value = w[layout == Layout::kTransposed ? i * outputs + o : o * inputs + i];
        value = static_cast<float>(value + scale * row[static_cast<size_t>(i)]);
      }
    }
  });
}

/// An adapter's tensors, and which of them found their place.
class Adapter {
 public:
  explicit Adapter(const fs::path& directory) : config_(read_adapter_config(directory)), weights_(open(directory)) { refuse_other_kinds(config_); }

  /// Takes what the adapter holds off `missing`.
  void lay_on(Model& model, AdapterUse use, NewTensors& missing) {
    for (const DiskTensor& entry : disk_layout(model)) take_whole(entry, missing);
    for (const DiskTensor& map : linear_maps(model)) take_path(map, use);
    for (const std::string& name : weights_.names())
      if (!used_.contains(name)) fail("it holds '", name, "', for which this model has no place");
  }

 private:
  static ModelWeights open(const fs::path& directory) {
    if (!fs::exists(directory / kTensors)) fail("it holds no ", kTensors, ", the only form in which adapters are read");
    return ModelWeights(SafetensorsFile::open(directory / kTensors));
  }

  // The tensor's name in the file, or "".
  std::string find(const std::string& name, const char* suffix) const {
    for (const std::string& candidate : names_in_files(name))
      if (weights_.contains(kPrefix + candidate + suffix)) return kPrefix + candidate + suffix;
    return "";
  }
  Tensor take(const std::string& name, const Shape& shape) {
    const Tensor tensor = weights_.read(name, DType::kF32);
    if (tensor.shape() != shape) fail("'", name, "' has the shape ", tensor.shape().to_string(), " and this model asks for ", shape.to_string());
    used_.insert(name);
    return tensor;
  }

  void take_whole(const DiskTensor& entry, NewTensors& missing) {
    const std::string name = find(entry.name, "");
    if (name.empty()) return;
    from_disk(entry, take(name, entry.shape()));
    std::erase(missing.whole, entry.name);
    std::erase(missing.some_rows, entry.name);
  }

  void take_path(const DiskTensor& map, AdapterUse use) {
    const std::string down_name = find(module_of(map), ".lora_A.weight"), up_name = find(module_of(map), ".lora_B.weight");
    const LowRank* path = use == AdapterUse::kApart ? path_of(map) : nullptr;
    if (down_name.empty() || up_name.empty()) {
      if (path) fail("it lacks the LoRA tensors of '", module_of(map), "'");
      return;
    }
    if (use == AdapterUse::kApart && !path) fail("it holds '", down_name, "', and this run's lora.targets have no path there");
    const int64_t rank = path ? path->down->shape[0] : weights_.at(down_name).sizes.empty() ? 0 : weights_.at(down_name).sizes[0];
    const Tensor down = take(down_name, Shape{rank, map.parameter->shape[1]}), up = take(up_name, Shape{map.row_count, rank});
    if (path) {
      for (const auto& [entry, tensor] : {std::pair{path_tensors(map, *path)[0], down}, std::pair{path_tensors(map, *path)[1], up}})
        from_disk(entry, tensor);
      return;
    }
    const Tensor merged = to_disk(map, map.parameter->value);
    add_product(merged, map.layout, down, up, scale_of(config_, rank));
    from_disk(map, merged);
  }

 public:
  /// A and B of a path as the file has them: rows of B in the order of the base's file.
  static std::array<DiskTensor, 2> path_tensors(const DiskTensor& map, const LowRank& path) {
    const std::string module = kPrefix + module_of(map);
    const Layout rows = map.layout == Layout::kHeadsOfThree ? map.layout : Layout::kSame;
    return {DiskTensor{module + ".lora_A.weight", path.down, 0, path.down->shape[0], Layout::kSame, 0},
            DiskTensor{module + ".lora_B.weight", path.up, 0, path.up->shape[0], rows, map.heads}};
  }

 private:
  Json config_;
  ModelWeights weights_;
  std::set<std::string> used_;
};

// The last parts of the maps' names where these name the maps and nothing else of the model, else the whole names.
std::vector<std::string> target_modules(Model& model) {
  const auto leaf = [](const std::string& module) { return module.substr(module.rfind('.') + 1); };
  std::set<std::string> whole, leaves;
  for (const DiskTensor& map : linear_maps(model)) {
    if (!path_of(map)) continue;
    whole.insert(module_of(map));
    leaves.insert(leaf(module_of(map)));
  }
  size_t named = 0;
  for (const DiskTensor& entry : disk_layout(model)) named += entry.parameter->is_matrix() && leaves.contains(leaf(module_of(entry)));
  const std::set<std::string>& chosen = named == whole.size() ? leaves : whole;
  return {chosen.begin(), chosen.end()};
}

Json task_type_of(const Architecture& a) {
  const std::string_view head = a.head == "regress" || a.head == "rerank" ? "classify" : std::string_view(a.head);
  if (head == "language" && a.encoder_layers > 0) return "SEQ_2_SEQ_LM";
  for (const TaskType& type : kTaskTypes)
    if (type.head == head) return type.peft;
  return nullptr;
}

// Of an adapter that does not say itself what it was trained as.
void choose_head(Architecture& a, const fs::path& directory) {
  const auto type = setting<std::string>(read_adapter_config(directory), "task_type", "");
  for (const TaskType& known : kTaskTypes) {
    if (known.peft != type) continue;
    const bool has_it = a.head == known.head || (a.head == "regress" && known.head == "classify") || (a.head == "double" && known.head == "language");
    if (!has_it) a.head = known.head;
    if (a.head != "classify" && a.head != "tokens") return;
    const ModelWeights weights(SafetensorsFile::open(directory / kTensors));
    for (const std::string& name : weights.names()) {
      if (!name.ends_with("classifier.weight") && !name.ends_with("score.weight")) continue;
      const auto classes = weights.at(name).sizes.at(0);
      if (classes == static_cast<int64_t>(a.labels.size())) return;
      a.labels.clear();
      for (int64_t i = 0; i < classes; ++i) a.labels.push_back(cat("LABEL_", i));
      if (classes == 1 && a.head == "classify") a.head = "regress";
      return;
    }
  }
}

// `base` stands for what the adapter names.
Architecture architecture_on(const fs::path& base, const fs::path& adapter) {
  if (fs::exists(adapter / "config.json")) return read_architecture(adapter);
  Architecture a = read_architecture(base);
  choose_head(a, adapter);
  return a;
}

}  // namespace

bool is_adapter(const fs::path& directory) { return fs::exists(directory / kConfig); }

fs::path base_of_adapter(const fs::path& directory) {
  const auto named = setting<std::string>(read_adapter_config(directory), "base_model_name_or_path", "");
  if (named.empty()) fail((directory / kConfig).string(), " does not say what the adapter stands on (base_model_name_or_path)");
  for (const fs::path& candidate : {fs::path(named), directory / named})
    if (fs::is_directory(candidate)) return candidate;
  fail((directory / kConfig).string(), " says that the adapter stands on '", named, "', which is no directory here; bring it there, or change ",
       "base_model_name_or_path");
}

std::optional<fs::path> directory_with(const fs::path& directory, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (fs::exists(directory / name)) return directory;
  return is_adapter(directory) ? directory_with(base_of_adapter(directory), names) : std::nullopt;
}

std::optional<fs::path> tokenizer_directory(const fs::path& directory) {
  return directory_with(directory, {"tokenizer.json", "spiece.model", "tokenizer.model", "vocab.txt"});
}

bool names_directory(const std::string& model) {
  const fs::path path = model;
  const bool holds_model = fs::exists(path / "config.json") || fs::exists(path / kConfig);
  return holds_model || (fs::is_directory(path) && path.has_parent_path());
}

Architecture read_architecture(const fs::path& directory) {
  if (!fs::exists(directory)) fail("there is no such directory");
  if (fs::exists(directory / "config.json")) return read_config(parse_json(read_text_file(directory / "config.json"), "config.json"));
  if (!is_adapter(directory)) fail("it holds no config.json, so it is not a model directory");
  return architecture_on(base_of_adapter(directory), directory);
}

namespace {

NewTensors load_both(Model& model, const fs::path& base, const fs::path& adapter, NewParameters allowed, AdapterUse use) {
  NewTensors missing = load_directory(model, base, NewParameters::kOfHead, AdapterUse::kMerge);
  const Context context("laying " + adapter.string() + " on " + base.string());
  Adapter(adapter).lay_on(model, use, missing);
  if (allowed == NewParameters::kNone && !missing.empty()) {
    missing.whole.insert(missing.whole.end(), missing.some_rows.begin(), missing.some_rows.end());
    fail("neither of them holds ", joined(missing.whole), " as this model needs it");
  }
  return missing;
}

}  // namespace

NewTensors load_directory(Model& model, const fs::path& directory, NewParameters allowed, AdapterUse use) {
  if (!is_adapter(directory)) return load_weights(model, open_model_weights(directory), allowed);
  return load_both(model, base_of_adapter(directory), directory, allowed, use);
}

std::unique_ptr<Model> load_adapted(const fs::path& base, const fs::path& adapter) {
  auto model = std::make_unique<Model>(architecture_on(base, adapter));
  model->parameters().allocate(Device::kCpu, DType::kF32);
  load_both(*model, base, adapter, NewParameters::kNone, AdapterUse::kMerge);
  return model;
}

void save_adapter(Model& model, const LoraConfig& config, const std::string& base, const fs::path& directory) {
  std::map<std::string, DiskTensor> tensors;
  std::set<std::string> modules_to_save;
  bool transposed = false;
  for (const DiskTensor& entry : disk_layout(model)) {
    if (!entry.parameter->trainable) continue;
    tensors[kPrefix + entry.name] = entry;
    modules_to_save.insert(module_of(entry));
  }
  for (const DiskTensor& map : linear_maps(model)) {
    const LowRank* path = path_of(map);
    if (!path) continue;
    for (const DiskTensor& tensor : Adapter::path_tensors(map, *path)) tensors[tensor.name] = tensor;
    transposed = transposed || map.layout == Layout::kTransposed;
  }
  std::vector<TensorToStore> declared;
  for (const auto& [name, tensor] : tensors) declared.push_back({name, DType::kF32, tensor.shape()});
  write_safetensors(directory / kTensors, declared, {{"format", "pt"}}, [&](const TensorToStore& t) {
    const DiskTensor& tensor = tensors.at(t.name);
    return to_disk(tensor, tensor.parameter->value);
  });
  const Json peft = {{"peft_type", "LORA"},
                     {"task_type", task_type_of(model.architecture())},
                     {"base_model_name_or_path", base},
                     {"r", config.rank},
                     {"lora_alpha", config.alpha},
                     {"lora_dropout", config.dropout},
                     {"target_modules", target_modules(model)},
                     {"modules_to_save", modules_to_save.empty() ? Json(nullptr) : Json(modules_to_save)},
                     {"bias", "none"},
                     {"fan_in_fan_out", transposed},
                     {"init_lora_weights", true},
                     {"inference_mode", true}};
  write_file(directory / kConfig, peft.dump(2) + "\n");
  write_file(directory / "config.json", write_config(model.architecture()).dump(2) + "\n");
}

}  // namespace gimbal
