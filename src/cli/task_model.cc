// Loading, and predictions as JSON.
#include "cli/task_model.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "infer/embedding_model.h"
#include "models/task_form.h"
#include "text/utf8.h"

namespace gimbal {

namespace {

// Places in a text count characters, as SQuAD's answer_start.
int64_t characters_before(const std::string& text, size_t byte) {
  return std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), [](char c) { return !text::continues_character(c); });
}

}  // namespace

void TaskModelFlags::declare(CommandLine& line) {
  line.value("-m,--model", model, "directory of a fine-tuned model: RUN/best, RUN/last or a step").required();
  line.value("--dtype", dtype, "f32 or bf16").one_of({"f32", "bf16"}).show_default();
  line.value("--max-tokens", max_tokens, "models that write: most tokens of an answer").between(1, 1e6).show_default();
  line.value("--beams", beams, "models that write: beam search").between(1, 1024).show_default();
  line.value("--context", context, "most tokens of a sequence; 0: as fine-tuned");
}

TaskModel load_task_model(const TaskModelFlags& flags) {
  return load_task_model(flags.model, {.task = flags.task,
                                       .context = flags.context,
                                       .writing = {.max_tokens = flags.max_tokens, .beams = flags.beams},
                                       .compute = flags.dtype == "bf16" ? DType::kBF16 : DType::kF32});
}

TaskModel load_embedding_task(const TaskModelFlags& flags, std::string_view task, const CommonFlags& common) {
  EmbeddingModel loaded = load_embedding_model(flags.model, "", flags.context);
  if (!loaded.guessed.empty() && !common.quiet) std::fprintf(stderr, "%s\n", loaded.guessed.c_str());
  TaskModel m;
  m.text = std::move(loaded.text);
  m.setup = std::move(loaded.setup);
  m.setup.task = task;
  m.form = make_form(m.setup.form, form_request(m.text.model->architecture(), *m.text.tokenizer, m.setup));
  m.compute = flags.dtype == "bf16" ? DType::kBF16 : DType::kF32;
  if (m.compute == DType::kBF16) m.text.model->parameters().refresh_shadows();
  return m;
}

namespace {

// Documents of a record, the best first.
Json ranked(std::span<const double> scores, std::span<const std::string> documents) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  Json list = Json::array();
  for (const size_t i : order) list.push_back({{"document", i}, {"score", scores[i]}, {"text", documents[i]}});
  return list;
}

}  // namespace

Json write_prediction(const TaskModel& model, const Record& record, const Prediction& p) {
  Json out = {{"id", record.id}};
  const auto by_name = [&](const std::vector<std::string>& names) {
    Json all = Json::object();
    for (size_t i = 0; i < p.probabilities.size(); ++i) all[names[i]] = p.probabilities[i];
    return all;
  };
  switch (model.task().kind) {
    case TaskKind::kClassify:
      out["label"] = p.index < 0 ? Json(nullptr) : Json(model.setup.labels[static_cast<size_t>(p.index)]);
      out["probabilities"] = by_name(model.setup.labels);
      break;
    case TaskKind::kChoice:
      out["choice"] = p.index;
      out["text"] = p.index < 0 ? "" : record.choices[static_cast<size_t>(p.index)];
      out["probabilities"] = p.probabilities;
      break;
    case TaskKind::kRegress:
      out["number"] = p.number;
      break;
    case TaskKind::kSimilarity:
      out["cosine"] = p.number;
      break;
    case TaskKind::kEmbed:
      out["ranking"] = ranked(p.scores, std::span(record.texts).subspan(1));
      break;
    case TaskKind::kRerank:
      out["ranking"] = ranked(p.scores, record.choices);
      break;
    case TaskKind::kTokens:
      out["words"] = record.words;
      out["tags"] = p.tags;
      break;
    case TaskKind::kSpan: {
      out["answer"] = p.text;
      const std::string& context = record.texts[1];
      if (p.end > p.begin) out["begin"] = characters_before(context, p.begin), out["end"] = characters_before(context, p.end);
      if (p.best.empty()) break;
      out["null_score"] = p.null_score;
      Json best = Json::array();
      for (const ScoredAnswer& answer : p.best) best.push_back({{"text", answer.answer.text}, {"score", answer.score}});
      out["best"] = std::move(best);
      break;
    }
    default:
      out["text"] = p.text;
  }
  return out;
}

}  // namespace gimbal
