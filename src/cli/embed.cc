// gimbal embed: vectors of texts, as lines of JSON or as a NumPy array.
#include <cstdio>
#include <optional>

#include "cli/input.h"
#include "cli/task_model.h"
#include "formats/npy.h"
#include "infer/embedding_model.h"
#include "models/task_form.h"

namespace gimbal {
namespace {

struct Flags {
  std::string model, input = "-", out, pooling, prompt, dtype = "f32";
  int64_t context = 0;
  std::vector<std::string> texts;
};

Record text_record(std::string id, std::string text) {
  Record r;
  r.id = std::move(id);
  r.texts = {std::move(text)};
  r.labelled = false;
  if (r.texts[0].find_first_not_of(" \t\r\n") == std::string::npos) fail("text ", r.id, " is empty, and nothing has no vector; leave it out");
  return r;
}

// Lines are numbered from 1, and name what has no name from 0. {"text": "..."} with an id or without, or a text itself in quotation marks.
Record json_record(const Json& line, size_t number) {
  if (line.is_string()) return text_record(std::to_string(number - 1), line.get<std::string>());
  for (const char* key : {"text", "sentence"}) {
    if (!line.contains(key)) continue;
    if (!line[key].is_string()) fail("line ", number, " has a \"", key, "\" that is no string");
    const bool named = line.contains("id") && (line["id"].is_string() || line["id"].is_number_integer());
    const std::string id = !named ? std::to_string(number - 1) : line["id"].is_string() ? line["id"].get<std::string>() : line["id"].dump();
    return text_record(id, line[key].get<std::string>());
  }
  fail("line ", number, " has no \"text\"; give lines like {\"text\": \"...\"}, or plain texts, one a line");
}

// The first line says which kind all of them are.
std::vector<Record> records_of_lines(const std::string& all, const std::string& name) {
  const Context doing("reading " + name);
  std::vector<Record> records;
  std::optional<bool> json;
  size_t number = 0;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    std::string line = all.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos && json.value_or(true)) continue;  // between lines of JSON, or before the first text
    if (line.ends_with('\r')) line.pop_back();
    const Json parsed = json.value_or(true) ? parse_json_or_discard(line) : Json();
    if (!json) json = parsed.is_object() || parsed.is_string();
    if (*json && parsed.is_discarded()) fail("line ", number, " is not valid JSON, as the first one is");
    records.push_back(*json ? json_record(parsed, number) : text_record(std::to_string(number - 1), line));
  }
  if (records.empty()) fail("there is nothing to embed");
  return records;
}

std::vector<Record> read_texts(const Flags& f) {
  std::vector<Record> records;
  for (const std::string& text : f.texts) records.push_back(text_record(std::to_string(records.size()), text));
  if (!records.empty()) return records;
  std::string all = f.input == "-" ? text_or_stdin("-") : read_text_file(f.input);
  if (all.starts_with("\xEF\xBB\xBF")) all.erase(0, 3);
  return records_of_lines(all, f.input == "-" ? "standard input" : f.input);
}

void lead_with_prompt(const Flags& f, const EmbeddingModel& model, std::vector<Record>& records) {
  const std::string name = f.prompt.empty() ? model.default_prompt : f.prompt;
  if (name.empty()) return;
  const auto prompt = model.prompts.find(name);
  if (prompt == model.prompts.end()) {
    std::vector<std::string> names;
    for (const auto& [known, text] : model.prompts) names.push_back(known);
    fail("the model has no prompt '", name, "'", did_you_mean(name, names), names.empty() ? "; it has none at all" : "; it has " + joined(names));
  }
  for (Record& r : records) r.texts[0] = prompt->second + r.texts[0];
}

// Pieces of the input one after the other, so that lines come while the rest is computed.
template <class F>
void each_vector(Predictor& predictor, std::span<const Record> records, F&& take) {
  constexpr size_t kAtOnce = 512;
  for (size_t begin = 0; begin < records.size(); begin += kAtOnce) {
    const auto piece = records.subspan(begin, std::min(kAtOnce, records.size() - begin));
    const std::vector<Prediction> predictions = predictor.predict(piece);
    for (size_t i = 0; i < piece.size(); ++i) take(piece[i], predictions[i].vectors[0]);
  }
}

std::string vector_line(const Record& record, std::span<const float> vector) {
  std::string line = cat(R"({"id":)", Json(record.id).dump(), R"(,"embedding":[)");
  char number[32];
  for (size_t i = 0; i < vector.size(); ++i) {
    std::snprintf(number, sizeof number, "%s%.9g", i == 0 ? "" : ",", static_cast<double>(vector[i]));
    line += number;
  }
  return line + "]}\n";
}

int run(const Flags& f, const CommonFlags& common) {
  std::vector<Record> records = read_texts(f);
  const EmbeddingModel model = load_embedding_model(f.model, f.pooling, f.context);
  if (!model.guessed.empty() && !common.quiet) std::fprintf(stderr, "%s\n", model.guessed.c_str());
  lead_with_prompt(f, model, records);
  const Architecture& a = model.text.model->architecture();
  const auto form = make_form(model.setup.form, form_request(a, *model.text.tokenizer, model.setup));
  const DType compute = f.dtype == "bf16" ? DType::kBF16 : DType::kF32;
  if (compute == DType::kBF16) model.text.model->parameters().refresh_shadows();
  Predictor predictor(*model.text.model, *model.text.tokenizer, *form, compute);
  if (f.out.ends_with(".npy")) {
    NpyWriter file(f.out, std::ssize(records), a.width);
    each_vector(predictor, records, [&](const Record&, std::span<const float> vector) { file.add(vector); });
    file.commit();
  } else if (!f.out.empty()) {
    AtomicFile file(f.out);
    each_vector(predictor, records, [&](const Record& record, std::span<const float> vector) { file.write(vector_line(record, vector)); });
    file.commit();
  } else {
    each_vector(predictor, records, [&](const Record& record, std::span<const float> vector) {
      std::fputs(vector_line(record, vector).c_str(), stdout);
    });
  }
  return 0;
}

}  // namespace

std::function<int()> add_embed(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-m,--model", flags->model,
             "directory of a model: fine-tuned with --task embed or similarity, of sentence-transformers, or a plain pretrained one")
      .required();
  line.value("input", flags->input, "file of texts, one a line, or of JSON lines with \"text\" (and \"id\"); - is standard input").show_default();
  line.repeated("-t,--text", flags->texts, "instead: a text; may be repeated");
  line.value("-o,--out", flags->out, "X.npy for an array [texts, width] of f32, else a file for JSON lines; without it they are printed");
  line.value("--pooling", flags->pooling, "instead of what the model's directory says: the mean over tokens, the first (cls) or the last one")
      .one_of({"mean", "cls", "last"});
  line.value("--prompt", flags->prompt, "write the model's prompt of this name before each text (config_sentence_transformers.json)");
  line.value("--context", flags->context,
             "most tokens of a text, the rest is cut off; 0: as the model's directory says, else 512 or the model's context");
  line.value("--dtype", flags->dtype, "f32 or bf16").one_of({"f32", "bf16"}).show_default();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
