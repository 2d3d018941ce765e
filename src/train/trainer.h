// One optimizer step after another: micro-batches, gradients, clipping, the guard, the update, and the health of every layer on the way.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "models/batch_rows.h"
#include "models/model.h"
#include "train/guard.h"
#include "train/lesson.h"
#include "train/run_config.h"

namespace gimbal {

/// Health of the weights of one layer (or of the embeddings, or the head).
struct WeightHealth {
  double grad_norm = 0;     // before clipping
  double update_ratio = 0;  // ||w_new - w_old|| / ||w_new||
};

struct StepResult {
  int64_t step = 0;  // steps finished, this one included
  double loss = 0;   // mean over the window's tokens (and of its sequences, where the head has such a loss), as optimized
  double nll = 0;    // without smoothing and z-loss
  double lr = 0;
  double grad_norm = 0;      // before clipping
  double lse_rms = 0;        // root mean square of the output log partition function
  double token_entropy = 0;  // of the ids that were read, in nats: a batch of one token repeated has 0
  int64_t tokens = 0;
  double seconds = 0;
  bool updated = true;  // false when the guard skipped the update
  std::string trouble;  // "the loss is not finite; first: block 3, attention branch", or empty
  bool fatal = false;   // the guard asks to stop or roll back
  Health health;
  std::vector<WeightHealth> layers;
  WeightHealth embed, head;
};

class Trainer {
 public:
  /// The model is allocated and filled. `total_steps` shapes the schedule. Without a lesson of its own the model learns the loss of its head.
  Trainer(Model& model, const RunConfig& config, std::shared_ptr<const Examples> examples, int64_t total_steps,
          std::shared_ptr<Lesson> lesson = nullptr);

  /// Runs the next step. Nothing is thrown for bad numbers: they are reported.
  StepResult step();
  /// Mean loss of the head over the examples in nats, `per_pass` at once; most_examples 0 takes all.
  double validate(const Examples& examples, int64_t per_pass, int64_t most_examples) const;

  int64_t steps_done() const { return step_; }
  int64_t total_steps() const { return total_steps_; }
  void set_total_steps(int64_t steps) { total_steps_ = steps; }
  int64_t sequences_drawn() const { return next_sequence_; }
  /// Where the next steps' readings of every tensor go (layers/flow.h); null: none are taken.
  void read_tensors(std::vector<TensorReading>* to) { readings_ = to; }

  /// Counters, optimizer state and what the lesson learned in one file; the weights are the model's.
  void save_state(const fs::path& file, const Json& extra) const;
  /// Returns `extra`. Error when the state belongs to another model, optimizer or lesson, or to a newer version.
  /// kKeepOrder leaves the data where it is: after a rollback the stretch that caused the spike is not seen again.
  enum class Order : uint8_t { kRestore, kKeep };
  Json load_state(const fs::path& file, Order order);

 private:
  Json read_state(const fs::path& file, Order order);
  void run_window(StepResult& result);
  void judge(StepResult& result);
  void update(StepResult& result);
  double norm_gradients(StepResult& result, std::string& non_finite) const;
  WeightHealth& health_of(StepResult& result, const Parameter& p) const;
  std::map<std::string, Tensor> state() const;

  Model& model_;
  RunConfig config_;
  std::shared_ptr<const Examples> examples_;
  int64_t total_steps_;
  int64_t step_ = 0, next_sequence_ = 0;
  std::shared_ptr<Lesson> lesson_;
  std::unique_ptr<Optimizer> optimizer_, lesson_optimizer_;  // the latter where the lesson has parameters
  SpikeWatch losses_, norms_;
  std::vector<TensorReading>* readings_ = nullptr;
};

DType compute_type(const RunConfig& config);

}  // namespace gimbal
