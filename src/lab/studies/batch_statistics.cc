// E10's control, one arm.
#include "lab/studies/batch_statistics.h"

#include <cmath>

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"

namespace gimbal::lab::batch_statistics {

Distance distance(const Tensor& x, const Tensor& running_mean, const Tensor& running_var) {
  const int64_t n = x.rows(), d = x.cols();
  Distance total;
  for (int64_t j = 0; j < d; ++j) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; ++i) sum += x.at(i * d + j);
    const double mean = sum / static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i) squares += std::pow(x.at(i * d + j) - mean, 2);
    const double running = std::max(1e-12, running_var.at(j));
    total.mean += std::abs(mean - running_mean.at(j)) / std::sqrt(running) / static_cast<double>(d);
    total.var += std::abs(squares / static_cast<double>(n - 1) - running) / running / static_cast<double>(d);
  }
  return total;
}

Result run(const Settings& s, uint64_t seed) {
  const Labelled set = make_glyphs(s.train_rows, {}, 2 * seed), test = make_glyphs(s.test_rows, {}, 2 * seed + 1);
  const auto net = make_image_net(s.net, {.kind = "batch"}, "before");
  net->start(seed);
  std::vector<Tensor> means, vars;  // of the layers, in the order of computation
  for (const Parameter& p : net->parameters().all()) {
    if (p.name.ends_with(".running_mean")) means.push_back(p.value);
    if (p.name.ends_with(".running_var")) vars.push_back(p.value);
  }
  nets::Learner learner(*net, nets::plain_sgd(s.lr));
  Shuffled order(set.size(), s.batch, seed);
  Result result;
  double looks = 0;
  for (int64_t step = 0; step < s.steps; ++step) {
    const Labelled batch = chosen(set, order.next());
    if (step >= s.warm_up) {
      nets::Trace trace;
      Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
      tape.mark_replaying();
      net->forward(tape, Tape::constant(batch.x_nd), &trace);
      for (size_t layer = 0; layer < trace.norms_read.size(); ++layer, ++looks) {
        const Distance d = distance(trace.norms_read[layer], means[layer], vars[layer]);
        result.mean_distance += d.mean;
        result.var_distance += d.var;
      }
    }
    learner.step(batch);
  }
  result.mean_distance /= std::max(1.0, looks);
  result.var_distance /= std::max(1.0, looks);
  result.loss_gap =
      nets::score(*net, test, nets::Statistics::kRunning, s.batch).loss - nets::score(*net, test, nets::Statistics::kBatch, s.batch).loss;
  return result;
}

}  // namespace gimbal::lab::batch_statistics
