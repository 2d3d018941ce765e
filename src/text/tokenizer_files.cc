// tokenizer.json and tokenizer_config.json: from files to a pipeline and back.
#include <algorithm>

#include "core/error.h"
#include "core/files.h"
#include "text/byte_alphabet.h"
#include "text/chat_template.h"
#include "text/foreign_tokenizers.h"
#include "text/tokenizer.h"
#include "text/tokenizer_pipeline.h"

namespace gimbal {
namespace {

using text::Json;
using text::OrderedJson;

/// A role of a special token: its key in tokenizer_config.json, and the names it usually goes by.
struct Role {
  const char* key;
  std::optional<int32_t> SpecialIds::*id;
  std::vector<std::string_view> usual_names;
};

const std::vector<Role>& roles() {
  static const std::vector<Role> all = {
      {"bos_token", &SpecialIds::bos, {"<s>", "<|begin_of_text|>", "<bos>", "<|endoftext|>"}},
      {"eos_token", &SpecialIds::eos, {"</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>"}},
      {"pad_token", &SpecialIds::pad, {"<pad>", "[PAD]", "<|pad|>"}},
      {"unk_token", &SpecialIds::unk, {"<unk>", "[UNK]"}},
      {"cls_token", &SpecialIds::cls, {"[CLS]"}},
      {"sep_token", &SpecialIds::sep, {"[SEP]"}},
      {"mask_token", &SpecialIds::mask, {"[MASK]", "<mask>"}},
  };
  return all;
}

Json parse(const fs::path& path) {
  const Context context("reading " + path.string());
  const std::string text = read_text_file(path);
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    fail("it is not valid JSON: ", error.what());
  }
}

Json parse_if_there(const fs::path& path) { return fs::exists(path) ? parse(path) : Json(); }

// The configuration beside a tokenizer's file, or null; a chat_template.jinja there takes the place of the configuration's own.
Json config_beside(const fs::path& file) {
  Json config = parse_if_there(file.parent_path() / "tokenizer_config.json");
  if (const fs::path jinja = file.parent_path() / "chat_template.jinja"; fs::exists(jinja)) config["chat_template"] = read_text_file(jinja);
  return config;
}

// The file that a path means. Error when there is none.
fs::path tokenizer_file(const fs::path& path) {
  if (!fs::is_directory(path)) {
    if (!fs::exists(path)) fail("there is no tokenizer at ", path.string(), ": it does not exist");
    return path;
  }
  for (const char* name : {"tokenizer.json", "spiece.model", "tokenizer.model", "vocab.txt"}) {
    if (fs::exists(path / name)) return path / name;
  }
  fail("there is no tokenizer at ", path.string(), ": it has no tokenizer.json, spiece.model, tokenizer.model or vocab.txt");
}

const Json& member(const Json& object, const char* key) {
  static const Json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

// A special token in tokenizer_config.json is a string or an object with its "content"; "" when there is none.
std::string configured_token(const Json& config, const char* key) {
  if (!config.is_object()) return "";
  const Json& value = member(config, key);
  if (value.is_object()) return text::field_or<std::string>(value, "content", "");
  return value.is_string() ? value.get<std::string>() : "";
}

SpecialIds special_ids(const Tokenizer::Pipeline& pipeline) {
  SpecialIds ids;
  for (const Role& role : roles()) {
    const std::string configured = configured_token(pipeline.config, role.key);
    if (!configured.empty()) {
      const text::AddedToken* added = pipeline.added.find(configured);
      ids.*role.id = added ? std::optional(added->id) : pipeline.model->vocabulary().id(configured);
      continue;
    }
    if (pipeline.config.is_object() && pipeline.config.contains(role.key)) continue;  // null: it says that there is none
    for (const std::string_view name : role.usual_names) {
      const text::AddedToken* added = pipeline.added.find(name);
      if (added && added->special && !(ids.*role.id)) ids.*role.id = added->id;
    }
  }
  if (!ids.unk && !pipeline.model->unknown_token().empty()) ids.unk = pipeline.model->vocabulary().id(pipeline.model->unknown_token());
  return ids;
}

void fill_entries(Tokenizer::Pipeline& pipeline) {
  const text::Vocabulary& vocabulary = pipeline.model->vocabulary();
  pipeline.entries.resize(static_cast<size_t>(vocabulary.end_id()));
  const bool bytewise = pipeline.decoder && pipeline.decoder->is_bytewise();
  const auto put = [&](int32_t id, std::string_view token) {
    const auto place = static_cast<size_t>(id);
    if (place >= pipeline.entries.size()) pipeline.entries.resize(place + 1);
    pipeline.entries[place] = {std::string(token), bytewise ? text::bytes_of_token(token) : "", true, false};
  };
  for (int32_t id = 0; id < vocabulary.end_id(); ++id) {
    if (const auto token = vocabulary.token(id)) put(id, *token);
  }
  for (const text::AddedToken& added : pipeline.added.list()) put(added.id, added.normal_form);
  // Told by the name, as Hugging Face tokenizers does: a special token that normalization changes is not skipped.
  for (const text::AddedToken& added : pipeline.added.list()) {
    const text::AddedToken* named = pipeline.added.find(added.normal_form);
    pipeline.entries[static_cast<size_t>(added.id)].special = named && named->special;
  }
}

// A tokenizer_config.json for a tokenizer that came without one.
OrderedJson fresh_config(const Tokenizer::Pipeline& pipeline) {
  OrderedJson config = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}};
  for (const Role& role : roles()) {
    const std::optional<int32_t> id = pipeline.special.*role.id;
    for (const text::AddedToken& added : pipeline.added.list()) {
      if (added.id == id) config[role.key] = added.content;
    }
  }
  // The class above leaves out which text of a pair a token is of, unless it is named.
  if (pipeline.special.cls && pipeline.special.sep) config["model_input_names"] = {"input_ids", "token_type_ids", "attention_mask"};
  return config;
}

}  // namespace

void Tokenizer::Pipeline::complete() {
  special = special_ids(*this);
  fill_entries(*this);
}

Tokenizer Tokenizer::load(const fs::path& path) {
  const fs::path file = tokenizer_file(path);
  const Json config = config_beside(file);
  if (file.extension() == ".model") {
    const Json model_config = fs::is_directory(path) ? parse_if_there(path / "config.json") : Json();
    const Context context("reading " + file.string());
    return text::tokenizer_from_sentence_piece(read_file(file), fs::is_directory(path) ? config : Json(), model_config);
  }
  if (file.extension() == ".txt") {
    const std::string vocabulary = read_text_file(file);
    const Context context("reading " + file.string());
    return text::tokenizer_from_word_list(vocabulary, config);
  }
  const Json tokenizer = parse(file);
  const Context context("reading " + file.string());
  return from_json(tokenizer, config);
}

Tokenizer Tokenizer::from_json(const Json& tokenizer, const Json& config) {
  if (!tokenizer.is_object()) fail("a tokenizer is a JSON object, but this is of type ", tokenizer.type_name());
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->normalizer = text::make_normalizer(member(tokenizer, "normalizer"));
  pipeline->pre_tokenizer = text::make_pre_tokenizer(member(tokenizer, "pre_tokenizer"));
  pipeline->model = text::make_token_model(member(tokenizer, "model"));
  pipeline->post_processor = text::make_post_processor(member(tokenizer, "post_processor"));
  pipeline->decoder = text::make_decoder(member(tokenizer, "decoder"));
  pipeline->added = text::AddedTokens(member(tokenizer, "added_tokens"), *pipeline->model, pipeline->normalizer.get());
  pipeline->truncation = member(tokenizer, "truncation");
  pipeline->padding = member(tokenizer, "padding");
  pipeline->config = config;
  pipeline->complete();
  return Tokenizer(std::move(pipeline));
}

OrderedJson Tokenizer::to_json() const {
  const auto or_null = [](const auto& component) { return component ? component->to_json() : OrderedJson(nullptr); };
  return {{"version", "1.0"},
          {"truncation", pipeline_->truncation},
          {"padding", pipeline_->padding},
          {"added_tokens", pipeline_->added.to_json()},
          {"normalizer", or_null(pipeline_->normalizer)},
          {"pre_tokenizer", or_null(pipeline_->pre_tokenizer)},
          {"post_processor", or_null(pipeline_->post_processor)},
          {"decoder", or_null(pipeline_->decoder)},
          {"model", pipeline_->model->to_json()}};
}

void Tokenizer::save(const fs::path& directory) const {
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) fail("cannot create ", directory.string(), ": ", code.message());
  write_file(directory / "tokenizer.json", to_json().dump(2) + "\n");
  OrderedJson config = pipeline_->config.is_null() ? OrderedJson::object() : OrderedJson(pipeline_->config);
  if (!config.contains("tokenizer_class")) {  // transformers cannot do without
    OrderedJson whole = fresh_config(*pipeline_);
    whole.update(config);
    config = std::move(whole);
  }
  write_file(directory / "tokenizer_config.json", config.dump(2) + "\n");
}

Tokenizer with_chat_template(const Tokenizer& tokenizer, const std::string& source) {
  Json config = tokenizer.config();
  config["chat_template"] = source;
  return Tokenizer::from_json(Json::parse(tokenizer.to_json().dump()), config);
}

}  // namespace gimbal
