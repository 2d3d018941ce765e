// Reading what is there, asking the checks and the rules, and saying it.
#include "lab/doctor/diagnosis.h"

#include "lab/doctor/atlas.h"
#include "models/adapter.h"
#include "text/tokenizer.h"
#include "train/report_readings.h"
#include "train/run_directory.h"
#include "train/step_line.h"

namespace gimbal::lab {
namespace {

constexpr size_t kShownSigns = 12;

TrainingPlan plan_of_config(const RunConfig& config) {
  TrainingPlan plan;
  plan.run = config;
  plan.architecture = choose_architecture(config, 0);
  plan.from_weights = names_directory(config.model.value("preset", ""));
  if (config.train.steps == 0 || config.train.seconds > 0) plan.run->train.steps = 0;  // not known yet
  return plan;
}

// The architecture as it was trained stands in a checkpoint; before one, the configuration's with the tokenizer's vocabulary.
std::optional<TrainingPlan> plan_of_run(const fs::path& run, const std::optional<fs::path>& checkpoint) {
  if (!fs::exists(run / "config.yaml")) return std::nullopt;
  const Context context("reading " + (run / "config.yaml").string());
  TrainingPlan plan = plan_of_config(read_run_config(parse_yaml(read_text_file(run / "config.yaml"), "config.yaml")));
  if (checkpoint)
    plan.architecture = read_architecture(*checkpoint);
  else if (plan.architecture.vocab == 0 && fs::exists(run / "tokenizer.json"))
    plan.architecture.vocab = Tokenizer::load(run / "tokenizer.json").vocab_size();
  return plan;
}

std::optional<fs::path> newest_checkpoint(const fs::path& run) {
  const std::vector<int64_t> steps = steps_in(run);
  return steps.empty() ? std::nullopt : std::optional(step_in(run, steps.back()));
}

// Rates are the atlas's subject, so only where one is known, and only AdamW's from nothing; a fine-tuning file often names no model yet.
std::string known_of(const TrainingPlan& plan) {
  if (!plan.run || plan.from_weights || plan.run->optimizer.kind != "adamw" || !plan.run->task.name.empty()) return "";
  const AtlasRow* row = find_in_atlas(plan.architecture);
  return row ? atlas_sentence(*row, plan.architecture, plan.rate()) : "";
}

std::string sign_text(const Sign& s) {
  return cat("  step ", s.step, "  ", s.place.empty() ? "the whole model" : s.place, "  ", s.quantity, "  ", short_number(s.value),
             s.jumped ? " after " : " beyond ", short_number(s.usual), s.lasting ? "" : "  (passed)", "\n");
}

}  // namespace

Diagnosis diagnose_log(const RunLog& log, std::optional<TrainingPlan> plan) {
  const Architecture* a = plan ? &plan->architecture : nullptr;
  CaseHistory history{log, plan, signs_of(log), {}};
  if (plan) history.foretold = check_plan(*plan);
  Diagnosis d;
  d.findings = find_causes(history);
  d.signs = std::move(history.signs);
  for (Complaint& f : d.findings) f.place = spoken_place(a, f.place);
  for (Sign& s : d.signs) s.place = spoken_place(a, s.place);
  if (plan) d.known = known_of(*plan);
  return d;
}

Diagnosis diagnose_run(const fs::path& run) {
  const RunLog log = read_run_log(run / "log.jsonl", Columns::kEveryStep);
  const std::optional<fs::path> checkpoint = newest_checkpoint(run);
  Diagnosis d = diagnose_log(log, plan_of_run(run, checkpoint));
  const Series& loss = log.scalar("loss");
  d.what = cat("run ", run.string(), loss.empty() ? "" : cat(", ", loss.steps.back(), " steps, loss ", short_number(loss.values.back())));
  if (!checkpoint) return d;
  const Context context("reading " + checkpoint->string());
  const std::unique_ptr<Model> model = load_model(*checkpoint);
  const int64_t step = steps_in(run).back();
  for (Complaint f : check_weights(*model)) {
    f.step = step;
    const bool known = std::any_of(d.findings.begin(), d.findings.end(), [&](const Complaint& other) { return other.cause == f.cause; });
    if (!known) d.findings.push_back(std::move(f));
  }
  std::stable_partition(d.findings.begin(), d.findings.end(), [](const Complaint& f) { return f.gravity == Gravity::kAlarm; });
  return d;
}

Diagnosis diagnose_model(const fs::path& directory) {
  const Context context("reading " + directory.string());
  TrainingPlan plan;
  plan.architecture = read_architecture(directory);
  plan.from_weights = true;
  Diagnosis d;
  d.what = cat("model ", directory.string());
  d.findings = check_plan(plan);
  const std::unique_ptr<Model> model = load_model(directory);
  for (Complaint& f : check_weights(*model)) d.findings.push_back(std::move(f));
  drop_refused_settings(plan.architecture, d.findings);
  std::stable_partition(d.findings.begin(), d.findings.end(), [](const Complaint& f) { return f.gravity == Gravity::kAlarm; });
  return d;
}

Diagnosis diagnose_config(const RunConfig& config) {
  Diagnosis d;
  d.what = "a run that has not begun";
  TrainingPlan plan = plan_of_config(config);
  if (plan.architecture.vocab == 0) plan.architecture.vocab = config.tokenizer.size;
  check(plan.architecture);
  d.findings = check_plan(plan);
  drop_refused_settings(plan.architecture, d.findings);
  d.known = known_of(plan);
  return d;
}

Json to_json(const Diagnosis& d) {
  Json findings = Json::array(), signs = Json::array();
  for (const Complaint& f : d.findings) findings.push_back(to_json(f));
  for (const Sign& s : d.signs)
    signs.push_back({{"step", s.step},
                     {"place", s.place},
                     {"quantity", s.quantity},
                     {"value", finite(s.value)},
                     {"usual", finite(s.usual)},
                     {"lasting", s.lasting}});
  return {{"what", d.what}, {"healthy", d.healthy()}, {"findings", findings}, {"signs", signs}, {"known", d.known}};
}

std::string to_text(const Diagnosis& d) {
  std::string text = d.what + "\n\n";
  int64_t alarms = 0;
  for (const Complaint& f : d.findings) {
    if (f.gravity == Gravity::kAlarm && ++alarms == 2) text += "What followed, perhaps because of it:\n\n";
    text += to_text(f) + "\n";
  }
  if (d.findings.empty())
    text += "nothing stands out\n";
  else if (d.healthy())
    text += "no alarm\n";
  if (!d.healthy() && !d.signs.empty()) {
    text += "what left its band, in time order:\n";
    for (size_t i = 0; i < std::min(kShownSigns, d.signs.size()); ++i) text += sign_text(d.signs[i]);
    if (d.signs.size() > kShownSigns) text += cat("  and ", d.signs.size() - kShownSigns, " more (--json has all)\n");
  }
  if (!d.known.empty()) text += "\nknown: " + d.known + "\n";
  return text;
}

}  // namespace gimbal::lab
