// Reading and writing the files around an embedding model.
#include "models/sentence_transformers.h"

#include "core/error.h"
#include "core/json.h"

namespace gimbal {
namespace {

struct Pooling {
  const char *ours, *flag, *name;
};
constexpr Pooling kPoolings[] = {
    {"cls", "pooling_mode_cls_token", "cls"}, {"mean", "pooling_mode_mean_tokens", "mean"}, {"last", "pooling_mode_lasttoken", "lasttoken"}};

Json read_if_there(const fs::path& file) {
  return fs::exists(file) ? parse_json(read_text_file(file), file.filename().string()) : Json::object();
}

template <class T>
T value_in(const Json& object, const char* key, T otherwise) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return otherwise;
  try {
    return object[key].get<T>();
  } catch (const Json::exception&) {
    fail("it says ", object[key].dump(), " where \"", key, "\" has another kind of value");
  }
}

// Older files have a flag for each way, of which one is true; newer ones a name.
std::string pooling_in(const fs::path& file) {
  const Json config = parse_json(read_text_file(file), file.string());
  const auto refuse = [&](const std::string& what) {
    fail(file.string(), " asks for the pooling ", what, ", which is none of those that are carried out here: mean, cls (the first token) and last");
  };
  if (config.contains("pooling_mode")) {
    const auto name = config["pooling_mode"].is_string() ? config["pooling_mode"].get<std::string>() : config["pooling_mode"].dump();
    for (const Pooling& pooling : kPoolings)
      if (name == pooling.name) return pooling.ours;
    refuse(name);
  }
  std::string found;
  for (const auto& [key, value] : config.items()) {
    if (!key.starts_with("pooling_mode_") || value != true) continue;
    std::string ours;
    for (const Pooling& pooling : kPoolings)
      if (key == pooling.flag) ours = pooling.ours;
    if (ours.empty() || !found.empty()) refuse(found.empty() ? key : "of several parts side by side");
    found = ours;
  }
  if (found.empty()) refuse("of nothing");
  return found;
}

// The end of a text pads as well as anything: what is behind a text is masked.
void give_padding(const fs::path& file) {
  Json config = read_if_there(file);
  if (!config.is_object() || (config.contains("pad_token") && !config["pad_token"].is_null())) return;
  for (const char* role : {"eos_token", "unk_token"}) {
    if (!config.contains(role) || config[role].is_null()) continue;
    config["pad_token"] = config[role];
    return write_file(file, config.dump(2) + "\n");
  }
}

// "sentence_transformers.models.Pooling" -> "Pooling"
std::string last_part(const std::string& type) { return type.substr(type.rfind('.') + 1); }

}  // namespace

std::optional<SentenceTransformer> SentenceTransformer::load(const fs::path& directory) {
  if (!fs::exists(directory / "modules.json")) return std::nullopt;
  const Context context("reading " + (directory / "modules.json").string());
  const Json modules = parse_json(read_text_file(directory / "modules.json"), "modules.json");
  if (!modules.is_array()) fail("it is not a list of modules");
  SentenceTransformer found;
  for (const Json& module : modules) {
    const std::string type = last_part(value_in<std::string>(module, "type", "")), path = value_in<std::string>(module, "path", "");
    if (type == "Transformer") {
      found.weights = path.empty() ? directory : directory / path;
    } else if (type == "Pooling") {
      found.pooling = pooling_in(directory / path / "config.json");
    } else if (type != "Normalize") {
      fail("it has a module of the type ", type, "; Transformer, Pooling and Normalize are what is carried out here");
    }
  }
  if (found.weights.empty() || found.pooling.empty()) fail("it lacks a ", found.weights.empty() ? "Transformer" : "Pooling", " module");
  const Json lengths = read_if_there(found.weights / "sentence_bert_config.json"),
             prompts = read_if_there(directory / "config_sentence_transformers.json");
  if (const auto length = value_in<int64_t>(lengths, "max_seq_length", 0); length > 0) found.context = length;
  found.prompts = value_in<std::map<std::string, std::string>>(prompts, "prompts", {});
  found.default_prompt = value_in<std::string>(prompts, "default_prompt_name", "");
  if (!found.default_prompt.empty() && !found.prompts.contains(found.default_prompt))
    fail("config_sentence_transformers.json has no prompt of its default_prompt_name \"", found.default_prompt, "\"");
  return found;
}

void SentenceTransformer::save(const fs::path& directory, int64_t width) const {
  const auto module = [](int index, const char* path, const char* type) {
    return Json{{"idx", index}, {"name", std::to_string(index)}, {"path", path}, {"type", std::string("sentence_transformers.models.") + type}};
  };
  const Json modules = {module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")};
  Json how = {{"word_embedding_dimension", width}, {"pooling_mode_max_tokens", false}, {"pooling_mode_mean_sqrt_len_tokens", false},
              {"pooling_mode_weightedmean_tokens", false}, {"include_prompt", true}};
  for (const Pooling& p : kPoolings) how[p.flag] = pooling == p.ours;
  give_padding(directory / "tokenizer_config.json");
  fs::create_directories(directory / "1_Pooling");
  fs::create_directories(directory / "2_Normalize");
  write_file(directory / "1_Pooling" / "config.json", how.dump(2) + "\n");
  write_file(directory / "modules.json", modules.dump(2) + "\n");
  write_file(directory / "sentence_bert_config.json", Json({{"max_seq_length", context.value_or(512)}, {"do_lower_case", false}}).dump(2) + "\n");
  const Json named = prompts.empty() ? Json::object() : Json(prompts);
  write_file(directory / "config_sentence_transformers.json",
             Json({{"prompts", named},
                   {"default_prompt_name", default_prompt.empty() ? Json(nullptr) : Json(default_prompt)},
                   {"similarity_fn_name", "cosine"}})
                     .dump(2) +
                 "\n");
}

}  // namespace gimbal
