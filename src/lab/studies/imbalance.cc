// E31, one arm.
#include "lab/studies/imbalance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lab/data/mixtures.h"
#include "lab/nets/learner.h"
#include "lab/nets/mlp.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::imbalance {
namespace {

/// How much the net prefers class 1, one number a row.
std::vector<double> preferences(nets::Net& net, const Labelled& set, nets::Statistics statistics, int64_t batch) {
  std::vector<double> preferred;
  for (int64_t begin = 0; begin + batch <= set.size(); begin += batch) {
    Tape tape(Tape::Mode::kInference, statistics == nets::Statistics::kBatch ? Tape::Phase::kTrain : Tape::Phase::kEval);
    tape.mark_replaying();
    const Tensor out = net.forward(tape, Tape::constant(set.x_nd.slice_rows(begin, begin + batch))).value;
    for (int64_t i = 0; i < batch; ++i) preferred.push_back(out.at(2 * i + 1) - out.at(2 * i));
  }
  return preferred;
}

double balanced_error(const std::vector<double>& preferred, const std::vector<int32_t>& labels) {
  double wrong[2] = {0, 0}, count[2] = {0, 0};
  for (size_t i = 0; i < preferred.size(); ++i) ++count[labels[i]], wrong[labels[i]] += (preferred[i] > 0) != (labels[i] == 1) ? 1 : 0;
  return (wrong[0] / std::max(1.0, count[0]) + wrong[1] / std::max(1.0, count[1])) / 2;
}

double average_precision(const std::vector<double>& preferred, const std::vector<int32_t>& labels) {
  std::vector<size_t> order(preferred.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return preferred[a] > preferred[b]; });
  double found = 0, sum = 0;
  for (size_t rank = 0; rank < order.size(); ++rank)
    if (labels[order[rank]] == 1) sum += ++found / static_cast<double>(rank + 1);
  return sum / std::max(1.0, found);
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const TwoClasses classes{.dimensions = s.dimensions, .apart = s.apart, .share_of_ones = s.share_of_ones};
  const Labelled set = make_two_classes(s.batch * s.steps, classes, 2 * seed), test = make_two_classes(8192, classes, 2 * seed + 1);
  nets::MlpSettings shape{.inputs = s.dimensions, .width = s.width, .outputs = 2, .layers = s.layers};
  shape.norm = {.kind = s.norm, .groups = 4};
  nets::Mlp net(shape);
  net.start(seed);
  Result result;
  try {
    nets::train(net, set, {.optimizer = nets::plain_sgd(s.lr), .steps = s.steps, .batch = s.batch, .seed = seed});
  } catch (const Error& refused) {
    result.refusal = refused.what();
    return result;
  }
  const std::vector<double> running = preferences(net, test, nets::Statistics::kRunning, 256);
  result.balanced_error = balanced_error(running, test.labels);
  result.average_precision = average_precision(running, test.labels);
  if (s.batch < 2) return result;
  result.balanced_error_by_batch_statistics = balanced_error(preferences(net, test, nets::Statistics::kBatch, s.batch), test.labels);
  result.loss_gap = nets::score(net, test, nets::Statistics::kRunning).loss - nets::score(net, test, nets::Statistics::kBatch, s.batch).loss;
  return result;
}

}  // namespace gimbal::lab::imbalance
