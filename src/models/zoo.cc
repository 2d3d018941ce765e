// The list of families. A new family is one file beside this one and one line here.
#include <array>

#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {

extern const Family kBert, kT5, kTransformer, kGlm, kChatglm, kGlm4, kGpt1, kGpt2, kGpt3, kLlama, kBloom;

namespace {

constexpr std::array kFamilies = {&kBert, &kT5, &kTransformer, &kGlm, &kChatglm, &kGlm4, &kGpt1, &kGpt2, &kGpt3, &kLlama, &kBloom};

// Every optional choice spelled out, and what does not change the function a model computes set aside, so that equal models compare equal.
Json canonical(Architecture a) {
  a.kv_heads = a.kv_head_count();
  a.head_width = a.width_of_head();
  a.ffn_width = a.width_of_ffn();
  a.qkv_bias = a.qkv_bias.value_or(a.bias);
  a.projection_bias = a.projection_bias.value_or(a.bias);
  a.ffn_bias = a.ffn_bias.value_or(a.bias);
  a.bias = false;
  a.attention_dropout = a.attention_dropout.value_or(a.dropout);
  a.embedding_dropout = 0;
  a.init = {};
  a.family.clear();
  return write_fields(a);
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Family* f : kFamilies) {
    names.emplace_back(f->name);
    for (const Preset& p : f->presets) names.emplace_back(p.name);
  }
  return names;
}

}  // namespace

std::span<const Family* const> families() { return kFamilies; }

const Family& family_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Family* f : kFamilies) {
    if (f->name == name) return *f;
    names.emplace_back(f->name);
  }
  fail("unknown family '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

std::optional<Architecture> find_architecture(const std::string& name) {
  for (const Family* f : kFamilies) {
    if (f->name == name) return f->defaults();
    for (const Preset& p : f->presets) {
      if (p.name != name) continue;
      Architecture a = f->defaults();
      p.choose(a);
      return a;
    }
  }
  return std::nullopt;
}

Architecture architecture_named(const std::string& name) {
  if (auto a = find_architecture(name)) return *a;
  fail("unknown model '", name, "'", did_you_mean(name, all_names()),
       "; it is neither a directory, a family nor a preset; presets: ", joined(all_names()));
}

Architecture read_config(const Json& config) {
  const Context context("reading config.json");
  if (!config.is_object()) fail("it is not a map of settings");
  if (config.contains("gimbal")) {
    const Json& block = config["gimbal"];
    if (!block.is_object()) fail("its block 'gimbal' is not a map of settings but ", block.dump());
    if (block.contains("version") && block["version"] != 1)
      fail("the model was written by a newer gimbal (format ", block["version"].dump(), ", this one reads 1); update gimbal");
    Architecture a = family_named(key_or<std::string>(block, {"family"}, "llama")).defaults();
    Json choices = block;
    choices.erase("version");
    read_fields(choices, a, "gimbal");
    return a;
  }
  // The first GLM's files say "glm" too, as today's decoders of that name do.
  const auto type = config.contains("block_position_encoding") ? std::string("glm2022") : key_or<std::string>(config, {"model_type"}, "");
  std::vector<std::string> known;
  for (const Family* f : kFamilies) {
    if (f->model_type == type) return f->from_config(config);
    known.emplace_back(f->model_type);
  }
  fail("model_type '", type, "' is not a family that this engine has", did_you_mean(type, known), "; known: ", joined(known));
}

Json write_config(const Architecture& a) {
  const Family& family = family_named(a.family);
  Json config = family.to_config(a);
  config["dtype"] = "float32";
  if (canonical(family.from_config(config)) != canonical(a)) {
    Json block = {{"version", 1}};
    block.update(write_fields(a));
    config["gimbal"] = block;
  }
  return config;
}

}  // namespace gimbal
