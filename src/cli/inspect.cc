// gimbal inspect: what a model, a preset, a run or a tokenizer is, and what it costs; nothing is allocated.
#include <cstdio>

#include "cli/command.h"
#include "core/files.h"
#include "core/progress.h"
#include "formats/safetensors.h"
#include "models/adapter.h"
#include "models/cost.h"
#include "models/family.h"
#include "text/tokenizer.h"
#include "train/report_log.h"

namespace gimbal {
namespace {

void print_rows(const Json& rows, const CommonFlags& common) {
  if (common.json) {
    std::printf("%s\n", rows.dump(2).c_str());
    return;
  }
  for (const auto& [key, value] : rows.items()) std::printf("%-28s %s\n", key.c_str(), value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
}

std::string exact_and_short(int64_t n) { return cat(n, " (", count_text(static_cast<double>(n)), ")"); }

Json architecture_rows(const Architecture& a, const CommonFlags& common) {
  const Cost c = cost_of(a, a.context);
  TrainingShape shape;
  shape.micro_tokens = a.context;
  const TrainingMemory f32 = training_memory(a, shape);
  shape.bf16 = true;
  const TrainingMemory bf16 = training_memory(a, shape);
  const auto bytes = [](int64_t b) { return bytes_text(static_cast<double>(b)); };
  Json rows = {{"family", a.family},
               {"layers", a.layers},
               {"width", a.width},
               {"heads", cat(a.heads, a.kv_head_count() != a.heads ? cat(" (", a.kv_head_count(), " for keys and values)") : "", " of ", a.width_of_head())},
               {"ffn_width", a.width_of_ffn()},
               {"activation", a.activation},
               {"vocabulary", a.vocab},
               {"context", a.context},
               {"norm", cat(a.norm.kind, ", eps ", a.norm.eps)},
               {"placement", a.placement},
               {"residual", a.residual.kind},
               {"positions", a.positions.kind},
               {"head", a.tied ? "shares the token table" : "its own"}};
  if (a.weights != "plain") rows["matrices"] = a.weights;
  if (a.attention != "dense") rows["attention"] = cat(a.attention, ", window ", a.attention_window);
  if (common.json) {
    rows["parameters"] = c.parameters;
    rows["embedding_parameters"] = c.embedding_parameters;
    rows["forward_flops_per_token"] = c.forward_flops_per_token;
    rows["train_flops_per_token"] = c.train_flops_per_token;
    rows["weights_bytes_f32"] = 4 * c.parameters;
    rows["training_bytes_f32"] = f32.total();
    rows["training_bytes_bf16"] = bf16.total();
    rows["cache_bytes_per_token_f32"] = c.cache_bytes_per_token;
    return rows;
  }
  rows["parameters"] = exact_and_short(c.parameters);
  rows["  in tables"] = exact_and_short(c.embedding_parameters);
  rows["FLOPs per token, forward"] = cat(count_text(c.forward_flops_per_token), " at ", a.context, " tokens");
  rows["FLOPs per token, training"] = count_text(c.train_flops_per_token);
  rows["weights"] = cat(bytes(4 * c.parameters), " f32, ", bytes(2 * c.parameters), " bf16");
  rows["training, one full context"] = cat(bytes(f32.total()), " f32, ", bytes(bf16.total()), " bf16 (AdamW)");
  rows["key/value cache per token"] = cat(bytes_text(static_cast<double>(c.cache_bytes_per_token)), " f32");
  return rows;
}

int inspect_run(const fs::path& path, const CommonFlags& common) {
  const RunLog log = read_run_log(path / "log.jsonl");
  Json rows = log.run;
  rows.erase("machine");
  for (const Series& s : log.scalars)
    if (!s.empty()) rows[s.name] = s.values.back();
  if (!log.scalars.empty() && !log.scalars[0].empty()) rows["steps"] = log.scalars[0].steps.back();
  rows["events"] = log.events.size();
  print_rows(rows, common);
  return 0;
}

int inspect_tokenizer(const fs::path& path, const CommonFlags& common) {
  const Tokenizer t = Tokenizer::load(path);
  const SpecialIds& s = t.special();
  const auto id = [](const std::optional<int32_t>& i) { return i ? Json(*i) : Json(nullptr); };
  print_rows({{"vocabulary", t.vocab_size()}, {"bos", id(s.bos)}, {"eos", id(s.eos)}, {"pad", id(s.pad)}, {"unk", id(s.unk)}}, common);
  return 0;
}

int run(const std::string& what, bool tensors, const CommonFlags& common) {
  const fs::path path = what;
  if (fs::exists(path / "log.jsonl")) return inspect_run(path, common);
  if (fs::exists(path / "config.json") || is_adapter(path)) {
    const Context context("reading " + what);
    Json rows = architecture_rows(read_architecture(path), common);
    if (is_adapter(path)) rows["adapter of"] = base_of_adapter(path).string();
    if (!common.json || !tensors) print_rows(rows, common);
    if (!tensors) return 0;
    const ModelWeights weights = open_model_weights(is_adapter(path) ? path / "adapter_model.safetensors" : path);
    if (common.json) {
      for (const std::string& name : weights.names())
        rows["tensors"].push_back({{"name", name}, {"dtype", weights.at(name).stored_type}, {"shape", weights.at(name).sizes}});
      print_rows(rows, common);
      return 0;
    }
    for (const std::string& name : weights.names()) {
      std::string sizes;
      for (const int64_t size : weights.at(name).sizes) sizes += cat(sizes.empty() ? "" : " x ", size);
      std::printf("%-60s %-5s %s\n", name.c_str(), weights.at(name).stored_type.c_str(), sizes.c_str());
    }
    return 0;
  }
  if (fs::exists(path / "tokenizer.json") || path.filename() == "tokenizer.json") return inspect_tokenizer(path, common);
  if (fs::exists(path)) fail(what, " is neither a model directory, a run, nor a tokenizer");
  print_rows(architecture_rows(architecture_named(what), common), common);
  return 0;
}

}  // namespace

std::function<int()> add_inspect(CommandLine& line, const CommonFlags& common) {
  const auto what = std::make_shared<std::string>();
  const auto tensors = std::make_shared<bool>(false);
  line.value("what", *what, "a model directory, run, tokenizer, family or preset").required();
  line.flag("--tensors", *tensors, "list the tensors on disk too");
  return [what, tensors, &common] { return run(*what, *tensors, common); };
}

}  // namespace gimbal
