// The loop around the trainer.
#include "train/run.h"

#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/threads.h"
#include "data/show_examples.h"
#include "models/adapter.h"
#include "models/cost.h"
#include "tensor/pool.h"
#include "train/distill.h"
#include "train/machine.h"
#include "train/report.h"
#include "train/run_directory.h"
#include "train/start_model.h"
#include "train/step_line.h"
#include "train/stop_signal.h"
#include "train/trainer.h"

namespace gimbal {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string fixed4(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

}  // namespace

Run::Run(RunConfig config, RunRequest request)
    : config_(std::move(config)),
      request_(std::move(request)),
      directory_(request_.out),
      progress_(request_.progress),
      start_(Clock::now()),
      recorder_(request_.out / "flight") {
  refuse_or_find();
}

double Run::elapsed() const { return elapsed_before_ + seconds_since(start_); }

RunOutcome Run::train(RunParts parts) {
  parts_.emplace(std::move(parts));
  trainer_ = std::make_unique<Trainer>(*parts_->model, config_, parts_->examples, config_.train.steps, parts_->lesson);
  const Cost cost = cost_of(parts_->model->architecture(), parts_->context);
  // Frozen maps have no product for their weights' gradient.
  flops_per_token_ = parts_->adapter_base.empty() ? cost.train_flops_per_token : 2 * cost.forward_flops_per_token;
  try {
    resume_state();
  } catch (const Json::exception&) {
    fail((*from_ / "train_state.safetensors").string(),
         " has a reading of another kind than a run writes; the file is damaged, resume from another step");
  }
  if (request_.onlooker) {
    follow_known_steps();
    loop();
    return {};
  }
  if (!from_) begin_anew();
  announce();
  loop();
  return finish();
}

std::optional<RunOutcome> Run::only_examples(const Examples& examples, const Tokenizer& tokenizer, std::span<const std::string> classes) const {
  if (request_.show_examples <= 0) return std::nullopt;
  RunOutcome outcome;
  for (int64_t i = 0; i < request_.show_examples; ++i) outcome.shown += gimbal::show(batch_of(examples, i, 1), tokenizer, classes);
  return outcome;
}

void Run::refuse_or_find() {
  if (!request_.resume) {
    if (directory_.has_run()) fail(request_.out.string(), " already holds a run; continue it with --resume, or choose another --out");
    return;
  }
  from_ = request_.resume->empty() ? directory_.last() : request_.resume;
  if (!from_) fail(request_.out.string(), " holds no complete checkpoint to resume from; start it without --resume");
  if (!fs::exists(*from_ / "train_state.safetensors")) fail(from_->string(), " is not a complete checkpoint: it has no train_state.safetensors");
}

// Nothing is written before everything was found in order.
void Run::begin_anew() {
  directory_.set_aside_logs();
  recorder_.rewind(0);
  parts_->tokenizer.save(request_.out);
}

void Run::resume_state() {
  if (!from_) return;
  const Json extra = trainer_->load_state(*from_ / "train_state.safetensors", Trainer::Order::kRestore);
  if (extra.value("data", uint64_t{0}) != parts_->data_hash)
    fail("the data is not what the run was trained on so far; restore it, or start a new run from this checkpoint with --model ", from_->string());
  elapsed_before_ = extra.value("elapsed_s", 0.0);
  training_seconds_ = extra.value("training_s", 0.0);
  tokens_ = extra.value("tokens", int64_t{0});
  const auto number = [&](const char* key, double missing) {
    return extra.contains(key) && extra[key].is_number() ? extra[key].get<double>() : missing;
  };
  best_loss_ = number("best_loss", best_loss_);
  best_ = {extra.value("best_step", int64_t{-1}), -number("best", BestStep::kUnknown), number("loss_at_best", BestStep::kUnknown)};
  fixed_steps_ = extra.value("fixed_steps", false);
  // A longer run may be asked for on resuming; what was fixed from the speed stays fixed.
  if (!fixed_steps_) trainer_->set_total_steps(config_.train.steps);
  directory_.rewind_logs(trainer_->steps_done());
  recorder_.rewind(trainer_->steps_done());
  last_saved_ = first_step_ = trainer_->steps_done();
}

void Run::announce() {
  const Architecture& a = parts_->model->architecture();
  peak_flops_ = measured_peak_flops(compute_type(config_));
  write_file(request_.out / "config.yaml", to_yaml(write_run_config(config_)));
  const std::string summary =
      cat(a.family, ", ", a.layers, " layers, width ", a.width, ", ", a.heads, " heads, context ", a.context, ", ", a.norm.kind, " norm, ",
          a.placement, ", residual ", a.residual.kind, ", ", a.positions.kind, " positions, ", a.activation);
  const int64_t parameters = cost_of(a, parts_->context).parameters;
  const std::time_t now = std::time(nullptr);
  char started[32];
  std::strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  directory_.log({{"run",
                   {{"name", request_.out.filename().string()},
                    {"model", summary},
                    {"parameters", parameters},
                    {"version", "0.1.0"},
                    {"started", started},
                    {"machine", describe_machine(peak_flops_)}}}});
  progress_.note(cat(summary, "; ", count_text(static_cast<double>(parameters)), " parameters"));
  if (from_) {
    directory_.log({{"event", "resume"}, {"step", trainer_->steps_done()}, {"what", cat("resumed from step ", trainer_->steps_done())}});
    progress_.note(cat("resumed from step ", trainer_->steps_done()));
  } else {
    write_sample(0);
  }
}

void Run::loop() {
  const StopSignal signal;
  while (trainer_->steps_done() < trainer_->total_steps()) {
    if (request_.onlooker) trainer_->read_tensors(request_.onlooker->before(trainer_->steps_done() + 1));
    const StepResult r = trainer_->step();
    if (request_.onlooker) {
      if (request_.onlooker->after(r, *parts_->model) == Onlooker::Next::kEnd) return;
      follow_known_steps();
      continue;
    }
    if (!r.trouble.empty() && handle_trouble(r)) continue;
    after_step(r);
    if (signal.requested()) {
      stopped_ = true;
      break;
    }
  }
}

// True when the step was undone.
bool Run::handle_trouble(const StepResult& r) {
  directory_.log(trouble_line(r));
  recorder_.keep();
  progress_.note((r.updated ? "" : "not updated: ") + r.trouble);
  if (!r.fatal) return false;
  if (config_.train.guard == "rollback" && directory_.last()) {
    roll_back();
    return true;
  }
  log_step(r);
  write_report(request_.out);
  fail(r.trouble, "; the weights before it are ", last_saved_ >= 0 ? "in " + directory_.step_path(last_saved_).string() : "not saved",
       ". A lower optimizer.lr, a longer schedule.warmup_steps, another placement or residual, or --guard skip may help; ",
       (request_.out / "report.html").string(), " shows the layers");
}

void Run::roll_back() {
  const fs::path to = *directory_.last();
  load_directory(*parts_->model, to, NewParameters::kNone, AdapterUse::kApart);
  trainer_->load_state(to / "train_state.safetensors", Trainer::Order::kKeep);
  recorder_.rewind(trainer_->steps_done());
  directory_.log({{"event", "rollback"},
                  {"step", trainer_->steps_done()},
                  {"what", cat("rolled back to step ", trainer_->steps_done(), "; its data is skipped")}});
}

void Run::after_step(const StepResult& r) {
  tokens_ += r.tokens;
  training_seconds_ += r.seconds;
  last_loss_ = r.loss;
  watch_depth(r);
  if (config_.train.seconds > 0 && !fixed_steps_) fix_steps_from_speed(r.seconds);
  const bool final_step = trainer_->steps_done() >= trainer_->total_steps();
  if (every(config_.evaluate.every) || final_step) validate();
  log_step(r);
  show(r);
  if (every(config_.samples.every) || (final_step && config_.samples.every > 0)) write_sample(trainer_->steps_done());
  if (every(config_.save.every)) save();
  if (config_.save.recorder) recorder_.after_step(r.step, [&](const fs::path& directory) { fill_checkpoint(directory); });
}

// Says once when the lowest layers are cut off: a gradient that shrinks by eight orders on its way through the stack, to less than a millionth, moves
// nothing, since the optimizer's eps is larger. (Where the others explode, the least may be large enough.)
void Run::watch_depth(const StepResult& r) {
  constexpr double kDead = 1e-8, kSmall = 1e-6;
  constexpr int kSteps = 5;  // in a row
  if (config_.train.guard == "off" || said_vanishing_ || r.layers.size() < 2) return;
  const auto by_norm = [](const WeightHealth& a, const WeightHealth& b) { return a.grad_norm < b.grad_norm; };
  const auto [least, most] = std::minmax_element(r.layers.begin(), r.layers.end(), by_norm);
  const bool frozen = least->grad_norm == 0 && least->update_ratio == 0;
  const bool cut_off = !frozen && least->grad_norm < kSmall && least->grad_norm < kDead * most->grad_norm;
  vanishing_steps_ = cut_off ? vanishing_steps_ + 1 : 0;
  if (vanishing_steps_ < kSteps) return;
  said_vanishing_ = true;
  const auto dead = std::count_if(r.layers.begin(), r.layers.end(), [&](const WeightHealth& h) { return h.grad_norm < kDead * most->grad_norm; });
  char text[400];
  std::snprintf(
      text, sizeof text,
      "gradients vanish: layer %lld gets %.1e and layer %lld %.1e, so that %lld of %lld layers learn nothing; placement pre, residual deepnorm, a "
      "lower optimizer.lr or a longer warm-up keep them alive",
      static_cast<long long>(least - r.layers.begin()), least->grad_norm, static_cast<long long>(most - r.layers.begin()), most->grad_norm,
      static_cast<long long>(dead), static_cast<long long>(r.layers.size()));
  directory_.log({{"event", "vanishing"}, {"step", r.step}, {"what", text}});
  progress_.note(cat("step ", r.step, ": ", text));
}

constexpr size_t kWarm = 10, kMeasured = 20;                         // steps, of a run whose length follows from its speed
constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max() / 4;  // until it is known

// The schedule needs its end. The first steps warm caches and pools, so the median of those behind them counts; validation and samples take a share
// too, for which a twentieth is kept.
void Run::fix_steps_from_speed(double step_seconds) {
  first_steps_.push_back(step_seconds);
  if (first_steps_.size() < kWarm + kMeasured) {
    trainer_->set_total_steps(kNoEnd);
    return;
  }
  const auto middle = first_steps_.begin() + kWarm + kMeasured / 2;
  std::nth_element(first_steps_.begin() + kWarm, middle, first_steps_.end());
  const double left = 0.95 * config_.train.seconds - training_seconds_;
  const int64_t measured = trainer_->steps_done() + std::max<int64_t>(1, static_cast<int64_t>(left / *middle));
  trainer_->set_total_steps(measured);
  directory_.log({{"run", {{"total_steps", measured}}}});
  fixed_steps_ = true;
}

// Of a run that is done again: the number of steps changes where it did the first time.
void Run::follow_known_steps() {
  const int64_t done = trainer_->steps_done();
  if (config_.train.seconds <= 0 || fixed_steps_ || request_.known_steps == 0 || done == 0) return;
  fixed_steps_ = done >= static_cast<int64_t>(kWarm + kMeasured);
  trainer_->set_total_steps(fixed_steps_ ? request_.known_steps : kNoEnd);
}

void Run::log_step(const StepResult& r) {
  Json line = step_line(r);
  line.update({{"tokens_per_s", static_cast<double>(r.tokens) / r.seconds},
               {"step_ms", r.seconds * 1e3},
               {"peak_memory_mb", static_cast<double>(peak_resident_bytes()) / 1e6},
               {"tokens", tokens_},
               {"elapsed_s", elapsed()}});
  if (last_validated_ == r.step) {
    line["val_loss"] = finite(last_validation_);
    for (const RunScore& score : scores_) line["val_" + score.metric] = finite(score.value);
  }
  line["health"] = health_line(r);
  directory_.log(line);
}

// "1.8012", or "1.8012 accuracy 0.913"
std::string Run::shown_validation() const {
  if (!std::isfinite(last_validation_)) return "-";
  return scores_.empty() ? fixed4(last_validation_) : cat(fixed4(last_validation_), " ", scores_.front().metric, " ", fixed4(scores_.front().value));
}

void Run::show(const StepResult& r) {
  const double rate = static_cast<double>(r.tokens) / r.seconds;
  const double remaining =
      static_cast<double>(trainer_->total_steps() - r.step) * training_seconds_ / static_cast<double>(std::max<int64_t>(1, r.step));
  char line[320];
  std::snprintf(line, sizeof line, "step %lld/%s  loss %.4f  val %s  lr %.2e  |g| %.2f  %s tok/s  %.0f%% of peak  eta %s  %s",
                static_cast<long long>(r.step), config_.train.seconds > 0 && !fixed_steps_ ? "?" : std::to_string(trainer_->total_steps()).c_str(),
                r.loss, shown_validation().c_str(), r.lr, r.grad_norm, count_text(rate).c_str(), 100 * rate * flops_per_token_ / peak_flops_,
                fixed_steps_ || config_.train.seconds <= 0 ? duration_text(remaining).c_str() : "?",
                bytes_text(static_cast<double>(peak_resident_bytes())).c_str());
  progress_.update(line);
}

void Run::validate() {
  if (!parts_->validation) return;
  // In passes as large as those of training, whose memory is there for them.
  const BatchConfig& batch = config_.batch;
  const int64_t per_batch = std::max<int64_t>(batch.sequences, 8);
  const int64_t per_pass = batch.micro_sequences > 0 ? std::min(batch.micro_sequences, batch.sequences) : batch.sequences;
  last_validation_ = trainer_->validate(*parts_->validation, per_pass, config_.evaluate.batches * per_batch);
  last_validated_ = trainer_->steps_done();
  best_loss_ = std::min(best_loss_, last_validation_);
  scores_.clear();
  if (parts_->score && std::isfinite(last_validation_)) scores_ = parts_->score(*parts_->model);  // a broken model answers nothing
  best_.consider(trainer_->steps_done(), scores_.empty() ? -last_validation_ : scores_.front().merit, last_validation_);
}

void Run::save() {
  const int64_t step = trainer_->steps_done();
  if (step == last_saved_) return;
  directory_.save_step(step, [&](const fs::path& directory) { fill_checkpoint(directory); });
  last_saved_ = step;
  if (best_.step == step || !parts_->validation || !fs::exists(directory_.path() / "best")) directory_.mark_best(step);
  directory_.prune(config_.save.keep);
}

void Run::fill_checkpoint(const fs::path& directory) {
  if (parts_->adapter_base.empty()) {
    save_model(*parts_->model, directory);
  } else {
    save_adapter(*parts_->model, config_.lora, parts_->adapter_base, directory);
  }
  parts_->tokenizer.save(directory);
  parts_->save_beside(directory);
  trainer_->save_state(directory / "train_state.safetensors", {{"data", parts_->data_hash},
                                                               {"elapsed_s", elapsed()},
                                                               {"training_s", training_seconds_},
                                                               {"tokens", tokens_},
                                                               {"best", finite(-best_.merit)},
                                                               {"best_loss", finite(best_loss_)},
                                                               {"loss_at_best", finite(best_.loss)},
                                                               {"best_step", best_.step},
                                                               {"fixed_steps", fixed_steps_}});
}

void Run::write_sample(int64_t step) {
  const Architecture& a = parts_->model->architecture();
  const bool writes_on = a.head == "language" && a.encoder_layers == 0 && a.mask == "causal";
  if (config_.samples.every <= 0 || !request_.write_sample || !writes_on) return;
  const std::string text = request_.write_sample(*parts_->model, parts_->tokenizer, config_.samples, static_cast<uint64_t>(config_.train.seed));
  directory_.sample({{"step", step}, {"prompt", config_.samples.prompt}, {"text", text}});
}

RunOutcome Run::finish() {
  save();
  if (!stopped_) recorder_.finish();
  progress_.finish();
  write_report(request_.out);
  if (stopped_) progress_.note(cat("stopped after step ", trainer_->steps_done(), "; continue with --resume --out ", request_.out.string()));
  const fs::path best = directory_.path() / "best";
  RunOutcome outcome;
  outcome.steps = trainer_->steps_done();
  outcome.steps_taken = outcome.steps - first_step_;
  outcome.loss = last_loss_;
  outcome.best_validation_loss = best_loss_;
  outcome.last_validation_loss = last_validation_;
  outcome.scores = scores_;
  outcome.stopped = stopped_;
  outcome.last = directory_.step_path(outcome.steps);
  if (fs::exists(best)) outcome.best = directory_.path() / fs::read_symlink(best);
  outcome.seconds = elapsed();
  return outcome;
}

void check_training_memory(const Architecture& architecture, const RunConfig& config, int64_t micro_tokens) {
  TrainingShape shape;
  shape.micro_tokens = micro_tokens;
  shape.bf16 = compute_type(config) == DType::kBF16;
  shape.recompute = config.train.recompute;
  shape.optimizer_values_per_parameter = optimizer_values_per_parameter(config.optimizer);
  Model model(architecture);  // shapes only
  choose_trained(model, config);
  shape.trained_parameters = model.parameters().count();
  TrainingMemory m = training_memory(architecture, shape);
  if (learns_from_answers(config.distill))
    m.teacher =
        teaching_memory(teacher_architecture(config.distill), shape, config.distill.hidden_weight > 0 ? HiddenStates::kKept : HiddenStates::kFreed);
  const int64_t available = available_memory_bytes();
  const auto text = [](int64_t bytes) { return bytes_text(static_cast<double>(bytes)); };
  if (m.total() > available)
    fail("training needs about ", text(m.total()), " (weights ", text(m.weights), ", gradients ", text(m.gradients), ", optimizer ",
         text(m.optimizer), ", activations ", text(m.activations), ", logits ", text(m.logits), m.teacher > 0 ? ", teacher " + text(m.teacher) : "",
         ") and ", text(available), " are free; a smaller model, batch.micro_sequences, or train.recompute needs less");
}

}  // namespace gimbal
