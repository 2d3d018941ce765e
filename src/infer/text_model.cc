// Loading, and where the end of a text is written down.
#include "infer/text_model.h"

#include "core/json.h"
#include "models/adapter.h"

namespace gimbal {
namespace {

// One id or a list of them; what is no id is left out.
std::vector<int32_t> ids_in(const Json& config, const char* key) {
  std::vector<int32_t> ids;
  if (!config.is_object() || !config.contains(key)) return ids;
  const Json& value = config[key];
  for (const Json& id : value.is_array() ? value : Json::array({value}))
    if (id.is_number_integer()) ids.push_back(id.get<int32_t>());
  return ids;
}

std::vector<int32_t> find_stop_ids(const fs::path& directory, const TextModel& model) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const auto at = directory_with(directory, {name});
    if (!at) continue;
    const std::vector<int32_t> ids = ids_in(parse_json(read_text_file(*at / name), name), "eos_token_id");
    if (!ids.empty()) return ids;
  }
  if (const auto eos = model.model->architecture().eos) return {static_cast<int32_t>(*eos)};
  if (model.tokenizer && model.tokenizer->special().eos) return {*model.tokenizer->special().eos};
  return {};
}

}  // namespace

TextModel load_text_model(const fs::path& directory, Device device) {
  TextModel loaded;
  loaded.model = load_model(directory, device);
  if (const auto words = tokenizer_directory(directory)) loaded.tokenizer = Tokenizer::load(*words);
  const Context context("reading " + directory.string());
  loaded.stop_ids = find_stop_ids(directory, loaded);
  if (loaded.model->architecture().mask == "prefix" && loaded.tokenizer)
    if (const auto blanks = blanks_form(*loaded.tokenizer)) loaded.stop_ids.push_back(blanks->piece_end);
  return loaded;
}

const Tokenizer& tokenizer_of(const TextModel& model, const fs::path& directory) {
  if (!model.tokenizer)
    fail(directory.string(),
         " holds no tokenizer (tokenizer.json, spiece.model, tokenizer.model or vocab.txt), so text cannot be turned into tokens; give ids, or add "
         "the tokenizer's file");
  return *model.tokenizer;
}

}  // namespace gimbal
