// Heads and labels as transformers' config.json tells them.
#include "models/config_keys.h"

#include <charconv>

namespace gimbal {
namespace {

// {"0": "no", "1": "yes"} in the order of its keys; LABEL_0, LABEL_1, … as transformers calls labels without names.
std::vector<std::string> read_labels(const Json& config) {
  std::vector<std::string> labels;
  if (config.contains("id2label") && config["id2label"].is_object()) {
    labels.resize(config["id2label"].size());
    for (const auto& [id, name] : config["id2label"].items()) {
      size_t i = labels.size();
      if (const auto [end, code] = std::from_chars(id.data(), id.data() + id.size(), i); code != std::errc() || end != id.data() + id.size())
        fail("config.json's id2label numbers the labels from 0, and has the number '", id, "'");
      if (i >= labels.size()) fail("config.json's id2label has ", labels.size(), " labels and the number ", id);
      read_fields(name, labels[i], "id2label." + id);
    }
    return labels;
  }
  const int64_t count = key_or<int64_t>(config, {"num_labels", "_num_labels"}, 2);
  for (int64_t i = 0; i < count; ++i) labels.push_back(cat("LABEL_", i));
  return labels;
}

// transformers' class with one output is that of both.
bool says_a_number(const std::string& head) { return head == "regress" || head == "rerank"; }
bool has_labels(const std::string& head) { return head == "classify" || head == "tokens" || says_a_number(head); }

}  // namespace

void read_shared_keys(const Json& config, Architecture& a) {
  a.tied = key_or(config, {"tie_word_embeddings"}, a.tied);
  a.init.std = key_or(config, {"initializer_range"}, a.init.std);
  read_token_keys(config, a);
}

void write_shared_keys(const Architecture& a, Json& config) {
  config["tie_word_embeddings"] = a.tied;
  config["initializer_range"] = a.init.std;
  config["bos_token_id"] = token_value(a.bos);
  config["eos_token_id"] = token_value(a.eos);
  config["pad_token_id"] = token_value(a.pad);
}

void read_gpt_dropout(const Json& config, Architecture& a) {
  a.dropout = key_or(config, {"resid_pdrop"}, 0.1);
  a.attention_dropout = key_or(config, {"attn_pdrop"}, 0.1);
  a.embedding_dropout = key_or(config, {"embd_pdrop"}, 0.1);
}

void write_gpt_dropout(const Architecture& a, Json& config) {
  config["resid_pdrop"] = a.dropout;
  config["attn_pdrop"] = a.attention_dropout.value_or(a.dropout);
  config["embd_pdrop"] = a.embedding_dropout.value_or(a.dropout);
}

void read_head(const Json& config, Architecture& a, std::span<const HeadClass> classes) {
  if (!config.contains("architectures") || !config["architectures"].is_array() || config["architectures"].empty()) return;
  std::string name;
  read_fields(config["architectures"][0], name, "architectures[0]");
  std::vector<std::string> known;
  for (const HeadClass& c : classes) {
    known.emplace_back(c.disk);
    if (c.disk != name) continue;
    a.head = c.ours;
    if (!has_labels(a.head)) return;
    a.labels = read_labels(config);
    if (a.head == "classify" && (a.labels.size() == 1 || key_or<std::string>(config, {"problem_type"}, "") == "regression")) a.head = "regress";
    return;
  }
  fail("config.json asks for the class '", name, "', which this family does not have here", did_you_mean(name, known), "; known: ", joined(known));
}

void write_head(const Architecture& a, std::span<const HeadClass> classes, Json& config) {
  const std::string_view head = says_a_number(a.head) ? "classify" : a.head == "embed" ? "none" : std::string_view(a.head);
  for (const HeadClass& c : classes) {
    if (c.ours != head) continue;
    config["architectures"] = {c.disk};
    break;
  }
  if (!has_labels(a.head)) return;
  const std::vector<std::string> labels = a.labels.empty() ? std::vector<std::string>{"LABEL_0"} : a.labels;
  for (size_t i = 0; i < labels.size(); ++i) {
    config["id2label"][std::to_string(i)] = labels[i];
    config["label2id"][labels[i]] = i;
  }
  if (a.head != "tokens") config["problem_type"] = says_a_number(a.head) ? "regression" : "single_label_classification";
}

}  // namespace gimbal
