// Training of a net that classifies rows: one step, and what it scores.
#pragma once

#include <memory>
#include <span>

#include "lab/data/labelled.h"
#include "lab/nets/net.h"
#include "train/optimizers.h"

namespace gimbal::lab::nets {

/// SGD with momentum as the lab's image and MLP experiments use it; weights do not decay.
OptimizerConfig plain_sgd(double lr, double momentum = 0.9);
OptimizerConfig plain_adam(double lr);

/// Mean loss of the batch, with its gradients written into the parameters.
double mean_loss_with_gradients(Net& net, const Labelled& batch);
/// The same without gradients, in the training phase, leaving running statistics alone.
double mean_loss_of_batch(Net& net, const Labelled& batch);

/// One parameter set and its optimizer.
class Learner {
 public:
  Learner(Net& net, const OptimizerConfig& config) : net_(net), config_(config), optimizer_(make_optimizer(config, net.parameters())) {}
  /// Returns the mean loss before the update.
  double step(const Labelled& batch);

 private:
  Net& net_;
  OptimizerConfig config_;
  std::unique_ptr<Optimizer> optimizer_;
};

/// A run over shuffled batches. Returns the mean loss of its last `tail` steps; not a number once a loss is not finite, and the run stops there.
struct Run {
  OptimizerConfig optimizer;
  int64_t steps = 0, batch = 32, tail = 20;
  uint64_t seed = 0;
};
double train(Net& net, const Labelled& set, const Run& run);

/// Copies of all values, and back.
std::vector<Tensor> values_of(const Parameters& parameters);
void restore_values(Parameters& parameters, const std::vector<Tensor>& values);

/// Which statistics BatchNorm and whitening use.
enum class Statistics : uint8_t { kRunning, kBatch };
struct Score {
  double loss = 0, error = 0;  // mean loss; share of wrong labels
};
/// Batches of `batch` rows in order (the last may be smaller, unless it would be one row of batch statistics). Running statistics stay as they are.
Score score(Net& net, const Labelled& set, Statistics statistics, int64_t batch = 256);
/// Logits of all rows under running statistics.
Tensor outputs(Net& net, const Tensor& x_nd);

}  // namespace gimbal::lab::nets
