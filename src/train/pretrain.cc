// Setting a run up, and the loop around the trainer.
#include "train/pretrain.h"

#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/threads.h"
#include "models/cost.h"
#include "models/weights.h"
#include "tensor/pool.h"
#include "text/train_bpe.h"
#include "train/machine.h"
#include "train/report.h"
#include "train/run_directory.h"
#include "train/stop_signal.h"
#include "train/trainer.h"

namespace gimbal {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Tokenizer train_tokenizer(const TokenizerConfig& config, const Corpus& corpus, std::optional<int64_t> most_bytes) {
  std::vector<std::string> documents;
  int64_t bytes = 0;
  for (const CorpusFile& file : corpus.train) {
    read_documents(file, [&](std::string_view text) {
      if (most_bytes && bytes >= *most_bytes) return;
      bytes += static_cast<int64_t>(text.size());
      documents.emplace_back(text);
    });
  }
  const std::vector<std::string_view> views(documents.begin(), documents.end());
  const std::vector<std::string> special = {"<|endoftext|>"};
  if (config.kind == "char") return train_char(views, {});
  if (config.kind == "byte") return train_byte(special);
  ByteBpeOptions options;
  options.vocab_size = static_cast<int32_t>(config.size);
  options.special_tokens = special;
  return train_byte_bpe(views, options);
}

// One run from its configuration to its last checkpoint.
class Run {
 public:
  explicit Run(const PretrainRequest& request)
      : request_(request), config_(request.config), directory_(request.out), progress_(request.progress), start_(Clock::now()) {}

  PretrainOutcome execute() {
    refuse_or_find();
    prepare_tokenizer();
    prepare_data();
    prepare_model();
    resume_state();
    announce();
    loop();
    return finish();
  }

 private:
  void refuse_or_find();
  void prepare_tokenizer();
  void prepare_data();
  void prepare_model();
  void check_memory() const;
  void resume_state();
  void announce();
  void loop();
  void after_step(const StepResult& r);
  bool handle_trouble(const StepResult& r);
  void fix_steps_from_speed();
  void log_step(const StepResult& r);
  Json health_line(const StepResult& r) const;
  void show(const StepResult& r);
  void validate();
  void save();
  void write_sample(int64_t step);
  void roll_back();
  PretrainOutcome finish();

  double elapsed() const { return elapsed_before_ + seconds_since(start_); }
  int64_t context() const { return config_.batch.context > 0 ? config_.batch.context : model_->architecture().context; }
  bool every(int64_t n) const { return n > 0 && trainer_->steps_done() % n == 0; }

  const PretrainRequest& request_;
  RunConfig config_;
  RunDirectory directory_;
  Progress progress_;
  Clock::time_point start_;
  double elapsed_before_ = 0;
  std::optional<fs::path> from_;
  std::optional<Tokenizer> tokenizer_;
  TokenSplit data_;
  std::unique_ptr<Model> model_;
  std::shared_ptr<const Examples> validation_;
  std::unique_ptr<Trainer> trainer_;
  double peak_flops_ = 0, flops_per_token_ = 0;
  double best_ = std::numeric_limits<double>::infinity(), last_validation_ = std::numeric_limits<double>::quiet_NaN();
  int64_t last_validated_ = -1, last_saved_ = -1, best_step_ = -1, tokens_ = 0;
  double last_loss_ = 0, training_seconds_ = 0;
  bool fixed_steps_ = false, stopped_ = false;
};

void Run::refuse_or_find() {
  if (!request_.resume) {
    if (directory_.has_run()) fail(request_.out.string(), " already holds a run; continue it with --resume, or choose another --out");
    return;
  }
  from_ = request_.resume->empty() ? directory_.last() : request_.resume;
  if (!from_) fail(request_.out.string(), " holds no complete checkpoint to resume from; start it without --resume");
  if (!fs::exists(*from_ / "train_state.safetensors")) fail(from_->string(), " is not a complete checkpoint: it has no train_state.safetensors");
}

void Run::prepare_tokenizer() {
  if (from_) {
    tokenizer_ = Tokenizer::load(*from_);
  } else if (fs::exists(request_.out / "tokenizer.json")) {
    tokenizer_ = Tokenizer::load(request_.out);  // an earlier start of this run made it
  } else if (!config_.tokenizer.path.empty()) {
    tokenizer_ = Tokenizer::load(config_.tokenizer.path);
  } else {
    progress_.note(cat("training a ", config_.tokenizer.kind, " tokenizer on the data"));
    const std::vector<fs::path> paths(config_.data.paths.begin(), config_.data.paths.end());
    // 30 MB of text decide a small vocabulary as well as all of it.
    tokenizer_ =
        train_tokenizer(config_.tokenizer, find_corpus(paths), config_.tokenizer.kind == "char" ? std::nullopt : std::optional<int64_t>(30'000'000));
  }
  if (!from_) tokenizer_->save(request_.out);
}

void Run::prepare_data() {
  if (config_.data.paths.empty()) fail("no data: give --data FILE or DIRECTORY, or data.paths in the run file");
  const std::vector<fs::path> paths(config_.data.paths.begin(), config_.data.paths.end());
  ShardRecipe recipe;
  recipe.vocab_size = tokenizer_->vocab_size();
  recipe.end_of_document = tokenizer_->special().eos;
  recipe.tokenizer_fingerprint = hash_name(tokenizer_->to_json().dump());
  const auto begin = Clock::now();
  data_ = tokenize_corpus(
      find_corpus(paths), recipe, [&](std::string_view text) { return tokenizer_->encode(text, AddSpecial::kNo); }, request_.out / "tokens",
      config_.data.validation_share,
      [&](int64_t documents, int64_t tokens) {
        progress_.update(cat("tokenizing: ", count_text(static_cast<double>(documents)), " documents, ", count_text(static_cast<double>(tokens)),
                             " tokens, ", duration_text(seconds_since(begin))));
      });
  progress_.note(cat(count_text(static_cast<double>(data_.train.size())), " tokens to train on, ",
                     count_text(static_cast<double>(data_.valid.size())), " held out, vocabulary ", tokenizer_->vocab_size()));
}

void Run::prepare_model() {
  Architecture a = choose_architecture(config_, tokenizer_->vocab_size());
  const SpecialIds& special = tokenizer_->special();
  if (!a.bos) a.bos = special.bos;
  if (!a.eos) a.eos = special.eos;
  if (!a.pad) a.pad = special.pad;
  if (config_.batch.context > a.context)
    fail("batch.context ", config_.batch.context, " is longer than the model's context of ", a.context, "; raise model.context or shorten the batch");
  if (a.encoder_layers > 0 || a.mask != "causal" || a.head != "language")
    fail("objective causal trains a decoder with the language head, and this model (family ", a.family, ", mask ", a.mask, ", head ", a.head,
         a.encoder_layers > 0 ? ", with an encoder" : "",
         ") is none; choose gpt1, gpt2, gpt3, llama, bloom, chatglm or glm4, or set model.mask, model.head and model.encoder_layers");
  const std::string preset = config_.model.value("preset", "llama");
  model_ = std::make_unique<Model>(a);
  check_memory();
  model_->parameters().allocate(Device::kCpu, DType::kF32);
  if (from_) {
    load_weights(*model_, open_model_weights(*from_));
  } else if (fs::is_directory(preset)) {
    const Context doing("reading " + preset);
    load_weights(*model_, open_model_weights(preset));
  } else {
    model_->parameters().initialize(static_cast<uint64_t>(config_.train.seed));
  }
  trainer_ = std::make_unique<Trainer>(*model_, config_,
                                       std::make_shared<SampledWindows>(Sampler(data_.train, sampling_named(config_.data.sampling), context(),
                                                                                static_cast<uint64_t>(config_.train.seed))),
                                       config_.train.steps);
  if (data_.valid.size() >= 2) validation_ = std::make_shared<OrderedWindows>(data_.valid, context());
  flops_per_token_ = cost_of(a, context()).train_flops_per_token;
}

void Run::check_memory() const {
  const int64_t micro =
      config_.batch.micro_sequences > 0 ? std::min(config_.batch.micro_sequences, config_.batch.sequences) : config_.batch.sequences;
  TrainingShape shape;
  shape.micro_tokens = micro * context();
  shape.bf16 = compute_type(config_) == DType::kBF16;
  shape.recompute = config_.train.recompute;
  shape.optimizer_values_per_parameter = optimizer_values_per_parameter(config_.optimizer);
  const TrainingMemory m = training_memory(model_->architecture(), shape);
  const int64_t available = available_memory_bytes();
  const auto text = [](int64_t bytes) { return bytes_text(static_cast<double>(bytes)); };
  if (m.total() > available)
    fail("training needs about ", text(m.total()), " (weights ", text(m.weights), ", gradients ", text(m.gradients), ", optimizer ",
         text(m.optimizer), ", activations ", text(m.activations), ", logits ", text(m.logits), ") and ", text(available),
         " are free; a smaller model, batch.micro_sequences, or train.recompute needs less");
}

void Run::resume_state() {
  if (!from_) return;
  const Json extra = trainer_->load_state(*from_ / "train_state.safetensors", Trainer::Order::kRestore);
  if (extra.value("data", uint64_t{0}) != data_.train.content_hash())
    fail("the data is not what the run was trained on so far; restore it, or start a new run from this checkpoint with --model ", from_->string());
  elapsed_before_ = extra.value("elapsed_s", 0.0);
  training_seconds_ = extra.value("training_s", 0.0);
  tokens_ = extra.value("tokens", int64_t{0});
  if (extra.contains("best") && extra["best"].is_number()) best_ = extra["best"].get<double>();
  best_step_ = extra.value("best_step", int64_t{-1});
  fixed_steps_ = extra.value("fixed_steps", false);
  // A longer run may be asked for on resuming; what was fixed from the speed stays fixed.
  if (!fixed_steps_) trainer_->set_total_steps(config_.train.steps);
  directory_.rewind_logs(trainer_->steps_done());
  last_saved_ = trainer_->steps_done();
}

void Run::announce() {
  const Architecture& a = model_->architecture();
  peak_flops_ = measured_peak_flops(compute_type(config_));
  write_file(request_.out / "config.yaml", to_yaml(write_run_config(config_)));
  const std::string summary =
      cat(a.family, ", ", a.layers, " layers, width ", a.width, ", ", a.heads, " heads, context ", a.context, ", ", a.norm.kind, " norm, ",
          a.placement, ", residual ", a.residual.kind, ", ", a.positions.kind, " positions, ", a.activation);
  const double parameters = static_cast<double>(model_->parameters().count());
  const std::time_t now = std::time(nullptr);
  char started[32];
  std::strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  directory_.log({{"run",
                   {{"name", request_.out.filename().string()},
                    {"model", summary},
                    {"parameters", model_->parameters().count()},
                    {"version", "0.1.0"},
                    {"started", started},
                    {"machine", describe_machine(peak_flops_)}}}});
  progress_.note(cat(summary, "; ", count_text(parameters), " parameters"));
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
    const StepResult r = trainer_->step();
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
  directory_.log({{"event", r.updated ? "spike" : r.fatal ? "nonfinite" : "skip"}, {"step", r.step}, {"what", r.trouble}});
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
  load_weights(*model_, open_model_weights(to));
  trainer_->load_state(to / "train_state.safetensors", Trainer::Order::kKeep);
  directory_.log({{"event", "rollback"},
                  {"step", trainer_->steps_done()},
                  {"what", cat("rolled back to step ", trainer_->steps_done(), "; its data is skipped")}});
}

void Run::after_step(const StepResult& r) {
  tokens_ += r.tokens;
  training_seconds_ += r.seconds;
  last_loss_ = r.loss;
  if (config_.train.seconds > 0 && !fixed_steps_) fix_steps_from_speed();
  const bool final_step = trainer_->steps_done() >= trainer_->total_steps();
  if (every(config_.evaluate.every) || final_step) validate();
  log_step(r);
  show(r);
  if (every(config_.samples.every) || (final_step && config_.samples.every > 0)) write_sample(trainer_->steps_done());
  if (every(config_.save.every)) save();
}

// The schedule needs its end: after ten steps the speed is known well enough. Validation and samples take a share, so a tenth is kept for them.
void Run::fix_steps_from_speed() {
  constexpr int64_t kMeasured = 10;
  if (trainer_->steps_done() < kMeasured) {
    trainer_->set_total_steps(std::numeric_limits<int64_t>::max() / 4);
    return;
  }
  const double per_step = training_seconds_ / static_cast<double>(trainer_->steps_done());
  trainer_->set_total_steps(std::max<int64_t>(kMeasured + 1, static_cast<int64_t>(0.9 * config_.train.seconds / per_step)));
  fixed_steps_ = true;
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json Run::health_line(const StepResult& r) const {
  Json layers = Json::object();
  const auto column = [&](const char* name, auto&& value_of) {
    Json values = Json::array();
    for (size_t i = 0; i < r.layers.size(); ++i) values.push_back(finite(value_of(i)));
    layers[name] = std::move(values);
  };
  const auto& h = r.health.layers;
  if (h.size() == r.layers.size()) {
    column("stream_rms", [&](size_t i) { return h[i].stream_rms; });
    column("stream_max", [&](size_t i) { return h[i].stream_max; });
    column("attn_ratio", [&](size_t i) { return h[i].attention_ratio; });
    if (r.health.layers.size() > static_cast<size_t>(model_->architecture().layers))
      column("cross_ratio", [&](size_t i) { return h[i].cross_ratio; });
    column("ffn_ratio", [&](size_t i) { return h[i].ffn_ratio; });
    column("attn_entropy", [&](size_t i) { return h[i].entropy; });
    column("attn_max_logit", [&](size_t i) { return h[i].max_logit; });
  }
  column("grad_norm", [&](size_t i) { return r.layers[i].grad_norm; });
  column("update_ratio", [&](size_t i) { return r.layers[i].update_ratio; });
  return {{"layers", layers},
          {"embed",
           {{"stream_rms", finite(r.health.embed_rms)},
            {"stream_max", finite(r.health.embed_max)},
            {"grad_norm", finite(r.embed.grad_norm)},
            {"update_ratio", finite(r.embed.update_ratio)}}},
          {"head", {{"grad_norm", finite(r.head.grad_norm)}, {"update_ratio", finite(r.head.update_ratio)}}}};
}

void Run::log_step(const StepResult& r) {
  Json line = {{"step", r.step},
               {"loss", finite(r.loss)},
               {"lr", r.lr},
               {"grad_norm", finite(r.grad_norm)},
               {"tokens_per_s", static_cast<double>(r.tokens) / r.seconds},
               {"step_ms", r.seconds * 1e3},
               {"peak_memory_mb", static_cast<double>(peak_resident_bytes()) / 1e6},
               {"tokens", tokens_},
               {"elapsed_s", elapsed()},
               {"lse_rms", finite(r.lse_rms)}};
  if (last_validated_ == r.step) line["val_loss"] = finite(last_validation_);
  line["health"] = health_line(r);
  directory_.log(line);
}

std::string fixed4(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

void Run::show(const StepResult& r) {
  const double rate = static_cast<double>(r.tokens) / r.seconds;
  const double remaining =
      static_cast<double>(trainer_->total_steps() - r.step) * training_seconds_ / static_cast<double>(std::max<int64_t>(1, r.step));
  char line[256];
  std::snprintf(line, sizeof line, "step %lld/%s  loss %.4f  val %s  lr %.2e  |g| %.2f  %s tok/s  %.0f%% of peak  eta %s  %s",
                static_cast<long long>(r.step), config_.train.seconds > 0 && !fixed_steps_ ? "?" : std::to_string(trainer_->total_steps()).c_str(),
                r.loss, std::isfinite(last_validation_) ? fixed4(last_validation_).c_str() : "-", r.lr, r.grad_norm, count_text(rate).c_str(),
                100 * rate * flops_per_token_ / peak_flops_, fixed_steps_ || config_.train.seconds <= 0 ? duration_text(remaining).c_str() : "?",
                bytes_text(static_cast<double>(peak_resident_bytes())).c_str());
  progress_.update(line);
}

void Run::validate() {
  if (!validation_) return;
  const int64_t per_pass = std::max<int64_t>(config_.batch.sequences, 8);
  last_validation_ = trainer_->validate(*validation_, per_pass, config_.evaluate.batches * per_pass);
  last_validated_ = trainer_->steps_done();
  if (last_validation_ < best_) {
    best_ = last_validation_;
    best_step_ = trainer_->steps_done();
  }
}

void Run::save() {
  const int64_t step = trainer_->steps_done();
  if (step == last_saved_) return;
  directory_.save_step(step, [&](const fs::path& directory) {
    save_model(*model_, directory);
    tokenizer_->save(directory);
    trainer_->save_state(directory / "train_state.safetensors", {{"data", data_.train.content_hash()},
                                                                 {"elapsed_s", elapsed()},
                                                                 {"training_s", training_seconds_},
                                                                 {"tokens", tokens_},
                                                                 {"best", finite(best_)},
                                                                 {"best_step", best_step_},
                                                                 {"fixed_steps", fixed_steps_}});
  });
  last_saved_ = step;
  if (best_step_ == step || !fs::exists(directory_.path() / "best")) directory_.mark_best(step);
  directory_.prune(config_.save.keep);
}

void Run::write_sample(int64_t step) {
  if (config_.samples.every <= 0 || !request_.write_sample) return;
  const std::string text = request_.write_sample(*model_, *tokenizer_, config_.samples, static_cast<uint64_t>(config_.train.seed));
  directory_.sample({{"step", step}, {"prompt", config_.samples.prompt}, {"text", text}});
}

PretrainOutcome Run::finish() {
  save();
  progress_.finish();
  write_report(request_.out);
  if (stopped_) progress_.note(cat("stopped after step ", trainer_->steps_done(), "; continue with --resume --out ", request_.out.string()));
  return {trainer_->steps_done(), last_loss_, best_, last_validation_, stopped_, directory_.step_path(trainer_->steps_done())};
}

}  // namespace

PretrainOutcome pretrain(const PretrainRequest& request) { return Run(request).execute(); }

}  // namespace gimbal
