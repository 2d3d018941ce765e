// A training run from its first step to its last checkpoint: steps, validation, samples, checkpoints, log and report, whatever it is that is learned.
// pretrain.h and finetune.h bring the parts.
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "core/progress.h"
#include "models/model.h"
#include "text/tokenizer.h"
#include "train/best_step.h"
#include "train/flight_recorder.h"
#include "train/run_config.h"
#include "train/run_directory.h"
#include "train/trainer.h"

namespace gimbal {

/// Looks on while a run is done again (lab/doctor/replay.h). Nothing is logged, validated or saved then.
class Onlooker {
 public:
  virtual ~Onlooker() = default;
  /// Before step `step`, counted from 1: where readings of its tensors go, or null.
  virtual std::vector<TensorReading>* before(int64_t step) = 0;
  enum class Next : uint8_t { kGoOn, kEnd };
  /// After it: its gradients are still there, and the weights are new where it was updated.
  virtual Next after(const StepResult& r, const Model& model) = 0;
};

struct RunRequest {
  fs::path out;
  /// Absent: a fresh run. Empty: the run's newest checkpoint. Else a step directory.
  std::optional<fs::path> resume;
  Progress::Style progress = Progress::Style::kQuiet;
  /// Above 0: the run only shows so many of its examples (data/show_examples.h) and ends.
  int64_t show_examples = 0;
  Onlooker* onlooker = nullptr;
  /// Of a run that took its number of steps from its speed, done again: that number. 0: it is measured.
  int64_t known_steps = 0;
  /// Continues a prompt, for the samples; inference lives above training, so the caller brings it.
  std::function<std::string(Model& model, const Tokenizer& tokenizer, const SampleConfig& samples, uint64_t seed)> write_sample;
};

/// What a validation found besides the loss.
struct RunScore {
  std::string metric;
  double value = 0;
  double merit = 0;  // chooses the best checkpoint: larger is better (best_step.h)
};

struct RunParts {
  explicit RunParts(Tokenizer tokenizer) : tokenizer(std::move(tokenizer)) {}

  Tokenizer tokenizer;
  std::unique_ptr<Model> model;                                                         // allocated and filled
  std::shared_ptr<const Examples> examples, validation;                                 // validation may be absent
  std::shared_ptr<Lesson> lesson;                                                       // absent: the loss of the model's head
  uint64_t data_hash = 0;                                                               // a resumed run must bring the same
  std::string adapter_base;                                                             // of a run with LoRA: what its checkpoints stand on
  int64_t context = 0;                                                                  // rows of a sequence, for the arithmetic a token costs
  std::function<std::vector<RunScore>(Model& model)> score;                             // may be absent; the first one judges
  std::function<void(const fs::path& directory)> save_beside = [](const fs::path&) {};  // files of a checkpoint besides model and tokenizer
};

struct RunOutcome {
  std::string shown;                   // examples, where only these were asked for
  int64_t steps = 0, steps_taken = 0;  // in all, and by this start of the run: none where it had ended before
  double loss = 0, best_validation_loss = 0, last_validation_loss = 0;
  std::vector<RunScore> scores;  // of the last validation
  bool stopped = false;          // by a signal, before the end
  fs::path last, best;           // checkpoints
  double seconds = 0;
};

class Run {
 public:
  /// Takes the run's directory. Error when it is in use, holds a checkpoint of a run already (fresh), or holds none (resume).
  Run(RunConfig config, RunRequest request);

  /// The checkpoint that the run goes on from.
  const std::optional<fs::path>& from() const { return from_; }
  const RunConfig& config() const { return config_; }
  /// Replaces the configuration before training: what follows from the data is known by then.
  void set_plan(RunConfig config) { config_ = std::move(config); }
  const fs::path& out() const { return request_.out; }
  Progress& progress() { return progress_; }
  /// Whether somebody looks on while a run of the past is done again.
  bool is_done_again() const { return request_.onlooker != nullptr; }

  /// Error with one sentence for everything a user can cause; the directory then holds complete checkpoints only.
  RunOutcome train(RunParts parts);
  /// An outcome that only holds the first examples as text, when that is all that was asked for; `classes`: as show() takes them.
  std::optional<RunOutcome> only_examples(const Examples& examples, const Tokenizer& tokenizer, std::span<const std::string> classes = {}) const;

 private:
  using Clock = std::chrono::steady_clock;

  void refuse_or_find();
  void begin_anew();
  void resume_state();
  void announce();
  void loop();
  void after_step(const StepResult& r);
  bool handle_trouble(const StepResult& r);
  void fix_steps_from_speed(double step_seconds);
  void follow_known_steps();
  void watch_depth(const StepResult& r);
  void log_step(const StepResult& r);
  void show(const StepResult& r);
  void validate();
  void save();
  void fill_checkpoint(const fs::path& directory);
  void write_sample(int64_t step);
  void roll_back();
  RunOutcome finish();

  double elapsed() const;
  std::string shown_validation() const;
  bool every(int64_t n) const { return n > 0 && trainer_->steps_done() % n == 0; }

  RunConfig config_;
  RunRequest request_;
  RunDirectory directory_;
  Progress progress_;
  Clock::time_point start_;
  double elapsed_before_ = 0;
  std::optional<fs::path> from_;
  std::optional<RunParts> parts_;
  std::unique_ptr<Trainer> trainer_;
  FlightRecorder recorder_;
  double peak_flops_ = 0, flops_per_token_ = 0;
  BestStep best_;
  double best_loss_ = std::numeric_limits<double>::infinity(), last_validation_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<RunScore> scores_;
  int64_t last_validated_ = -1, last_saved_ = -1, tokens_ = 0;
  double last_loss_ = std::numeric_limits<double>::quiet_NaN(), training_seconds_ = 0;
  int64_t first_step_ = 0;           // done before this start
  std::vector<double> first_steps_;  // seconds, until the number of steps is fixed from them
  int vanishing_steps_ = 0;
  bool said_vanishing_ = false;
  bool fixed_steps_ = false, stopped_ = false;
};

/// A sentence, when training the model on micro-batches of so many tokens, with its teacher if it has one, cannot fit into the free memory.
void check_training_memory(const Architecture& architecture, const RunConfig& config, int64_t micro_tokens);

}  // namespace gimbal
