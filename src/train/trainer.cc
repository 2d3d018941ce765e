// The training step.
#include "train/trainer.h"

#include <chrono>
#include <cmath>

#include "formats/safetensors.h"
#include "kernels/table.h"

namespace gimbal {
namespace {

constexpr int64_t kStateVersion = 1;

double step_seconds(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Of what the decoder (or the only stack) reads.
double token_entropy(std::span<const TokenRows> batches) {
  std::vector<int64_t> counts;
  double total = 0, sum = 0;
  for (const TokenRows& rows : batches) {
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const auto id = static_cast<size_t>(std::max(0, rows.ids_n.data<int32_t>()[i]));
      if (id >= counts.size()) counts.resize(id + 1);
      ++counts[id];
    }
    total += static_cast<double>(rows.rows());
  }
  for (const int64_t n : counts)
    if (n > 0) sum += static_cast<double>(n) * std::log(static_cast<double>(n));
  return total > 0 ? std::max(0.0, std::log(total) - sum / total) : 0;
}

}  // namespace

DType compute_type(const RunConfig& config) { return config.train.dtype == "bf16" ? DType::kBF16 : DType::kF32; }

Trainer::Trainer(Model& model, const RunConfig& config, std::shared_ptr<const Examples> examples, int64_t total_steps, std::shared_ptr<Lesson> lesson)
    : model_(model),
      config_(config),
      examples_(std::move(examples)),
      total_steps_(total_steps),
      lesson_(lesson ? std::move(lesson) : std::make_shared<Lesson>()) {
  if (compute_type(config) == DType::kBF16) model_.parameters().refresh_shadows();
  optimizer_ = make_optimizer(config_.optimizer, model_);
  if (Parameters* beside = lesson_->parameters()) lesson_optimizer_ = make_optimizer(config_.optimizer, *beside);
}

StepResult Trainer::step() {
  const auto begin = std::chrono::steady_clock::now();
  StepResult result;
  result.layers.resize(static_cast<size_t>(model_.architecture().blocks()));
  run_window(result);
  judge(result);
  if (result.updated) update(result);
  ++step_;
  result.step = step_;
  result.seconds = step_seconds(begin);
  return result;
}

// All micro-batches of one optimizer step. The loss is the mean over what the window counts, however the window is cut.
void Trainer::run_window(StepResult& result) {
  const int64_t total = config_.batch.sequences, micro = config_.batch.micro_sequences > 0 ? std::min(config_.batch.micro_sequences, total) : total;
  std::vector<TokenRows> batches;
  LossCounts counts;
  for (int64_t s = 0; s < total; s += micro) {
    batches.push_back(rows_of(batch_of(*examples_, next_sequence_ + s, std::min(micro, total - s)), model_.device()));
    counts += count_losses(batches.back());
    result.tokens += batches.back().rows() + (batches.back().encoder ? batches.back().encoder->rows() : 0);
  }

  result.token_entropy = token_entropy(batches);
  result.health.tensors = readings_;
  const ops::CrossEntropySpec spec{config_.train.label_smoothing, config_.train.z_loss};
  const Rng dropout = Rng(static_cast<uint64_t>(config_.train.seed), "dropout").child(static_cast<uint64_t>(next_sequence_));
  Losses losses;
  model_.parameters().clear_gradients();
  if (Parameters* beside = lesson_->parameters()) beside->clear_gradients();
  for (size_t i = 0; i < batches.size(); ++i) {
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain, dropout.child(i));
    Flow flow;
    flow.compute = compute_type(config_);
    flow.recompute = config_.train.recompute;
    flow.health = &result.health;
    tape.backward(lesson_->loss(tape, model_, batches[i], flow, spec, counts.scale(), losses));
  }
  next_sequence_ += total;
  result.loss = losses.mean();
  const ops::LossSums& most = losses.tokens.weight > 0 ? losses.tokens : losses.sequences;
  const double weight = std::max(1.0, most.weight);
  result.nll = most.nll / weight;
  result.lse_rms = std::sqrt(most.lse_squares / weight);
}

WeightHealth& Trainer::health_of(StepResult& result, const Parameter& p) const {
  if (const auto layer = health_index_of(model_.architecture(), p.name)) return result.layers[*layer];
  return p.name.starts_with("embed.") ? result.embed : result.head;
}

double Trainer::norm_gradients(StepResult& result, std::string& non_finite) const {
  double total = 0;
  const auto squares_of = [&](const Parameter& p) {
    if (!p.grad_written) return 0.0;
    const kernels::Moments m = kernels::on(p.grad.device()).elementwise.moments(p.grad);
    if (m.non_finite > 0 && non_finite.empty()) non_finite = "the gradient of " + p.name;
    total += m.sum_squares;
    return m.sum_squares;
  };
  for (const Parameter& p : model_.parameters().all()) health_of(result, p).grad_norm += squares_of(p);
  if (Parameters* beside = lesson_->parameters())
    for (const Parameter& p : beside->all()) squares_of(p);
  for (WeightHealth* h : {&result.embed, &result.head}) h->grad_norm = std::sqrt(h->grad_norm);
  for (WeightHealth& h : result.layers) h.grad_norm = std::sqrt(h.grad_norm);
  return std::sqrt(total);
}

void Trainer::judge(StepResult& result) {
  std::string non_finite = result.health.first_non_finite;
  result.grad_norm = norm_gradients(result, non_finite);
  if (!std::isfinite(result.loss) && non_finite.empty()) non_finite = "the loss";
  const std::string& guard = config_.train.guard;
  if (!non_finite.empty()) {
    result.trouble = cat(non_finite, " is not finite at step ", step_ + 1);
    result.fatal = guard == "stop" || guard == "rollback";
    result.updated = guard == "off";
    return;
  }
  if (losses_.is_spike(result.loss) || norms_.is_spike(result.grad_norm)) {
    result.trouble = cat("spike at step ", step_ + 1, ": loss ", result.loss, ", gradient norm ", result.grad_norm);
    result.fatal = guard == "rollback" && losses_.is_spike(result.loss);
    result.updated = guard != "skip" && !result.fatal;
  }
  if (result.updated) losses_.remember(result.loss), norms_.remember(result.grad_norm);
}

void Trainer::update(StepResult& result) {
  const double clip = config_.train.clip;
  const double grad_scale = clip > 0 && result.grad_norm > clip ? clip / (result.grad_norm + 1e-6) : 1.0;
  result.lr = lr_at(config_.schedule, config_.optimizer.lr, step_, total_steps_);
  struct Sums {
    double update = 0, weight = 0;
  };
  std::vector<Sums> layers(result.layers.size());
  Sums embed, head;
  optimizer_->step(result.lr, grad_scale, [&](const Parameter& p, const kernels::UpdateSums& sums) {
    const auto layer = health_index_of(model_.architecture(), p.name);
    Sums& s = layer ? layers[*layer] : p.name.starts_with("embed.") ? embed : head;
    s.update += sums.update_squares;
    s.weight += sums.weight_squares;
  });
  if (lesson_optimizer_) lesson_optimizer_->step(result.lr, grad_scale, [](const Parameter&, const kernels::UpdateSums&) {});
  const auto ratio = [](const Sums& s) { return s.weight > 0 ? std::sqrt(s.update / s.weight) : 0.0; };
  for (size_t i = 0; i < layers.size(); ++i) result.layers[i].update_ratio = ratio(layers[i]);
  result.embed.update_ratio = ratio(embed);
  result.head.update_ratio = ratio(head);
}

double Trainer::validate(const Examples& examples, int64_t per_pass, int64_t most) const {
  Losses losses;
  const int64_t count = most > 0 ? std::min(most, examples.size()) : examples.size();
  for (int64_t i = 0; i < count; i += per_pass) {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    Flow flow;
    flow.compute = compute_type(config_);
    const TokenRows rows = rows_of(batch_of(examples, i, std::min(per_pass, count - i)), model_.device());
    const Var hidden = model_.hidden(tape, rows, flow);
    model_.loss(tape, hidden, rows, {}, {}, losses);
  }
  return losses.mean();
}

std::map<std::string, Tensor> Trainer::state() const {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : optimizer_->state()) tensors[name] = tensor;
  if (!lesson_optimizer_) return tensors;
  for (const auto& [name, tensor] : lesson_optimizer_->state()) tensors["lesson." + name] = tensor;
  for (const Parameter& p : lesson_->parameters()->all()) tensors["lesson." + p.name] = p.value;
  return tensors;
}

void Trainer::save_state(const fs::path& file, const Json& extra) const {
  Json counters = {{"version", kStateVersion},
                   {"step", step_},
                   {"total_steps", total_steps_},
                   {"next_sequence", next_sequence_},
                   {"optimizer", config_.optimizer.kind},
                   {"parameters", model_.parameters().count()},
                   {"lesson", lesson_->fingerprint()},
                   {"losses", losses_.history()},
                   {"norms", norms_.history()},
                   {"extra", extra}};
  write_safetensors(file, state(), {{"gimbal.train", counters.dump()}});
}

Json Trainer::load_state(const fs::path& file, Order order) {
  const Context context("reading " + file.string());
  try {
    return read_state(file, order);
  } catch (const Json::exception&) {
    fail("its header lacks a counter, or has something else in its place; the file is damaged, so resume from another step");
  }
}

Json Trainer::read_state(const fs::path& file, Order order) {
  const SafetensorsFile stored = SafetensorsFile::open(file);
  const auto it = stored.metadata().find("gimbal.train");
  if (it == stored.metadata().end()) fail("it is not a training state that gimbal wrote");
  const Json counters = parse_json(it->second, "its header");
  if (counters.value("version", int64_t{0}) > kStateVersion) fail("it was written by a newer gimbal; update gimbal to resume");
  if (counters["parameters"] != model_.parameters().count())
    fail("it belongs to a model of ", counters["parameters"].dump(), " parameters, and this one has ", model_.parameters().count());
  if (counters["optimizer"] != config_.optimizer.kind)
    fail("it belongs to the optimizer ", counters["optimizer"].dump(), " and the configuration asks for '", config_.optimizer.kind, "'");
  if (counters.value("lesson", uint64_t{0}) != lesson_->fingerprint())
    fail("the run learned from another teacher so far; restore it, or start a new run from this checkpoint with --model");
  for (const auto& [name, tensor] : state()) {
    const Tensor read = stored.read(name);
    if (read.bytes() != tensor.bytes()) fail("'", name, "' has another size there");
    std::copy_n(static_cast<const std::byte*>(read.raw()), read.bytes(), static_cast<std::byte*>(tensor.raw()));
  }
  step_ = counters["step"].get<int64_t>();
  optimizer_->set_steps_done(step_);
  if (lesson_optimizer_) lesson_optimizer_->set_steps_done(step_);
  total_steps_ = counters["total_steps"].get<int64_t>();
  if (order == Order::kRestore) next_sequence_ = counters["next_sequence"].get<int64_t>();
  losses_.restore(counters["losses"].get<std::vector<double>>());
  norms_.restore(counters["norms"].get<std::vector<double>>());
  if (step_ < 0 || total_steps_ < 0 || next_sequence_ < 0 || !counters["extra"].is_object()) fail("its counters make no sense; the file is damaged");
  if (compute_type(config_) == DType::kBF16) model_.parameters().refresh_shadows();
  return counters["extra"];
}

}  // namespace gimbal
