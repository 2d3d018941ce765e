// Where a template stands, and the names of special tokens that it may write.
#include "text/chat_template.h"

namespace gimbal {

std::optional<std::string> chat_template_of(const Tokenizer& tokenizer) {
  const nlohmann::json& config = tokenizer.config();
  if (!config.is_object() || !config.contains("chat_template") || config["chat_template"].is_null()) return std::nullopt;
  const nlohmann::json& value = config["chat_template"];
  if (value.is_string()) return value.get<std::string>();
  std::optional<std::string> first;
  for (const nlohmann::json& entry : value.is_array() ? value : nlohmann::json::array()) {
    if (!entry.is_object() || !entry.contains("template") || !entry["template"].is_string())
      fail("\"chat_template\" of tokenizer_config.json must be a string or a list of {\"name\", \"template\"}");
    if (!first || entry.value("name", "") == "default") first = entry["template"].get<std::string>();
  }
  if (!first) fail("\"chat_template\" of tokenizer_config.json must be a string or a list of {\"name\", \"template\"}");
  return first;
}

text::OrderedJson template_variables(const Tokenizer& tokenizer) {
  const SpecialIds& special = tokenizer.special();
  text::OrderedJson variables = {{"tools", nullptr}, {"documents", nullptr}};
  const auto put = [&](const char* name, const std::optional<int32_t>& id) {
    if (id) variables[name] = tokenizer.token(*id);
  };
  put("bos_token", special.bos);
  put("eos_token", special.eos);
  put("pad_token", special.pad);
  put("unk_token", special.unk);
  put("cls_token", special.cls);
  put("sep_token", special.sep);
  put("mask_token", special.mask);
  return variables;
}

}  // namespace gimbal
