// Steps and scores of classifiers.
#include "lab/nets/learner.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lab/nets/operations.h"

namespace gimbal::lab::nets {

OptimizerConfig plain_sgd(double lr, double momentum) { return {.kind = "sgd", .lr = lr, .weight_decay = 0, .momentum = momentum}; }
OptimizerConfig plain_adam(double lr) { return {.kind = "adamw", .lr = lr, .beta2 = 0.999, .weight_decay = 0}; }

namespace {

double loss_on(Tape& tape, Net& net, const Labelled& batch, bool with_gradients) {
  ops::LossSums sums;
  const double scale = 1 / static_cast<double>(batch.size());
  const Var loss = cross_entropy(tape, net.forward(tape, Tape::constant(batch.x_nd)), batch.labels, scale, sums);
  if (with_gradients) tape.backward(loss);
  return sums.loss * scale;
}

}  // namespace

double mean_loss_with_gradients(Net& net, const Labelled& batch) {
  net.parameters().clear_gradients();
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  return loss_on(tape, net, batch, true);
}

double mean_loss_of_batch(Net& net, const Labelled& batch) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
  tape.mark_replaying();
  return loss_on(tape, net, batch, false);
}

double Learner::step(const Labelled& batch) {
  const double loss = mean_loss_with_gradients(net_, batch);
  optimizer_->step(config_.lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
  return loss;
}

double train(Net& net, const Labelled& set, const Run& run) {
  Learner learner(net, run.optimizer);
  Shuffled order(set.size(), run.batch, run.seed);
  double sum = 0;
  const int64_t tail = std::min(run.tail, run.steps);
  for (int64_t step = 0; step < run.steps; ++step) {
    const double loss = learner.step(chosen(set, order.next()));
    if (!std::isfinite(loss)) return std::nan("");
    if (step >= run.steps - tail) sum += loss;
  }
  return sum / static_cast<double>(std::max<int64_t>(1, tail));
}

std::vector<Tensor> values_of(const Parameters& parameters) {
  std::vector<Tensor> values;
  for (const Parameter& p : parameters.all()) values.push_back(p.value.clone());
  return values;
}

void restore_values(Parameters& parameters, const std::vector<Tensor>& values) {
  size_t i = 0;
  for (Parameter& p : parameters.all()) {
    std::memcpy(p.value.raw(), values[i].raw(), static_cast<size_t>(values[i].bytes()));
    ++i;
  }
}

Score score(Net& net, const Labelled& set, Statistics statistics, int64_t batch) {
  Score total;
  double rows = 0;
  for (int64_t begin = 0; begin < set.size(); begin += batch) {
    const int64_t end = std::min(set.size(), begin + batch);
    if (end - begin == 1 && statistics == Statistics::kBatch) break;
    const Labelled part = part_of(set, begin, end);
    Tape tape(Tape::Mode::kInference, statistics == Statistics::kBatch ? Tape::Phase::kTrain : Tape::Phase::kEval);
    tape.mark_replaying();
    ops::LossSums sums;
    const Var logits = net.forward(tape, Tape::constant(part.x_nd));
    cross_entropy(tape, logits, part.labels, 1, sums);
    total.loss += sums.loss;
    rows += static_cast<double>(part.size());
    for (int64_t i = 0; i < part.size(); ++i) {
      const float* row = logits.value.data<float>() + i * logits.cols();
      total.error += std::max_element(row, row + logits.cols()) - row != part.labels[static_cast<size_t>(i)] ? 1 : 0;
    }
  }
  return {total.loss / rows, total.error / rows};
}

Tensor outputs(Net& net, const Tensor& x) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return net.forward(tape, Tape::constant(x)).value;
}

}  // namespace gimbal::lab::nets
