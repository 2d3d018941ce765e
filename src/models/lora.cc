// Which maps get a path, and what stays to be learned beside them.
#include "models/lora.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gimbal {
namespace {

// What the targets of our own stand for, by a piece of our names.
struct Group {
  std::string_view name;
  std::vector<std::string_view> branches;
};
const std::array<Group, 4> kGroups = {
    Group{"attention", {".attn.", ".cross."}}, Group{"ffn", {".ffn."}}, Group{"all", {".attn.", ".cross.", ".ffn."}},
    Group{"all-linear", {".attn.", ".cross.", ".ffn."}},  // PEFT's word
};

bool in_block(const Parameter& p) { return p.name.starts_with("block.") || p.name.starts_with("encoder.block."); }

bool names(const std::string& target, const DiskTensor& map) {
  for (const Group& group : kGroups) {
    if (group.name != target) continue;
    return std::any_of(group.branches.begin(), group.branches.end(),
                       [&](std::string_view branch) { return map.parameter->name.find(branch) != std::string::npos; });
  }
  const std::string module = module_of(map);
  return module == target || module.ends_with("." + target);
}

std::string leaf_of(const DiskTensor& map) {
  const std::string module = module_of(map);
  return module.substr(module.rfind('.') + 1);
}

// Heads of tasks are new and small; what speaks of tokens and pairs of sentences came with the pretrained model.
bool answers_a_task(const Model& model, const Parameter& p) {
  return model.is_of_head(p) && !p.name.starts_with("head.") && !p.name.starts_with("pair.");
}

void add_path(Model& model, const DiskTensor& map, const LoraConfig& config) {
  Parameter& weight = *map.parameter;
  const int64_t inputs = weight.shape[1];
  const std::string prefix = cat(weight.name.substr(0, weight.name.rfind('.')), ".", leaf_of(map));
  const InitPart spread{config.rank, InitPart::Kind::kUniform, 1 / std::sqrt(static_cast<double>(inputs))};
  LowRank path;
  path.down = &model.parameters().make(prefix + ".lora_A", Shape{config.rank, inputs}, {spread}, Decay::kYes);
  path.up = &model.parameters().make_constant(prefix + ".lora_B", Shape{map.row_count, config.rank}, 0, Decay::kYes);
  path.down->of_adapter = path.up->of_adapter = true;
  path.row_begin = map.row_begin;
  path.scale = config.alpha / static_cast<double>(config.rank);
  path.dropout = config.dropout;
  weight.low_rank.push_back(path);
}

void check_lora(const Model& model, const LoraConfig& config) {
  if (config.rank < 1) fail("lora.rank must be at least 1; it is ", config.rank);
  const int64_t width = model.architecture().width;
  if (config.rank > width)
    fail("lora.rank ", config.rank, " is more than the model's width of ", width, "; a path of that rank is no smaller than the map beside it");
  if (!(config.alpha > 0)) fail("lora.alpha must be above 0; it is ", config.alpha);
  if (!(config.dropout >= 0 && config.dropout < 1)) fail("lora.dropout must be at least 0 and below 1; it is ", config.dropout);
  if (config.targets.empty()) fail("lora.targets names no maps; give attention, ffn, all, or names such as q_proj,v_proj");
  if (model.architecture().weights == "sigma")
    fail(
        "LoRA adds to a map as it is, and model.weights sigma divides the map by its largest singular value; choose a model with plain weights, or "
        "no lora");
  for (const Parameter& p : model.parameters().all())
    if (p.name.ends_with("running_mean") || p.name.ends_with("running_square"))
      fail(
          "LoRA leaves the base as it is, and the running statistics of a batch or power norm change in training; choose a model with another norm, "
          "or no "
          "lora");
}

}  // namespace

std::vector<DiskTensor> linear_maps(Model& model) {
  std::vector<DiskTensor> maps;
  for (DiskTensor& entry : disk_layout(model)) {
    const Parameter& p = *entry.parameter;
    const bool inside_of_head = p.name == "pooler.weight" || p.name == "head.transform.weight";  // a head's last map is learned whole, or not at all
    if (p.is_matrix() && p.name.ends_with(".weight") && (in_block(p) || inside_of_head)) maps.push_back(std::move(entry));
  }
  return maps;
}

const LowRank* path_of(const DiskTensor& map) {
  for (const LowRank& path : map.parameter->low_rank)
    if (path.row_begin == map.row_begin && path.up->shape[0] == map.row_count) return &path;
  return nullptr;
}

void add_lora(Model& model, const LoraConfig& config) {
  check_lora(model, config);
  for (Parameter& p : model.parameters().all()) p.trainable = answers_a_task(model, p);
  const std::vector<DiskTensor> maps = linear_maps(model);
  std::vector<std::string> known = {"attention", "ffn", "all"};
  for (const DiskTensor& map : maps)
    if (const std::string leaf = leaf_of(map); std::find(known.begin(), known.end(), leaf) == known.end()) known.push_back(leaf);
  for (const std::string& target : config.targets) {
    bool found = false;
    for (const DiskTensor& map : maps) {
      if (!names(target, map)) continue;
      found = true;
      if (!map.parameter->trainable && !path_of(map)) add_path(model, map, config);
    }
    if (!found) fail("lora.targets: '", target, "' names no linear map of this model", did_you_mean(target, known), "; known: ", joined(known));
  }
}

}  // namespace gimbal
