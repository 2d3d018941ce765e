// E35, one arm.
#include "lab/studies/order_and_scaling.h"

#include <algorithm>
#include <cmath>

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"

namespace gimbal::lab::order_and_scaling {

double distance_from_gaussian(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double mean = 0, variance = 0, most = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) variance += (v - mean) * (v - mean) / n;
  if (!(variance > 0)) return 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double normal = 0.5 * std::erfc(-(values[i] - mean) / std::sqrt(2 * variance)), below = static_cast<double>(i) / n;
    most = std::max({most, std::abs(normal - below), std::abs(normal - below - 1 / n)});
  }
  return most;
}

namespace {

/// Mean over the columns of all tensors.
double mean_distance(const std::vector<Tensor>& tensors) {
  double sum = 0, count = 0;
  for (const Tensor& t : tensors)
    for (int64_t j = 0; j < t.cols(); ++j, ++count) {
      std::vector<double> column;
      for (int64_t i = 0; i < t.rows(); ++i) column.push_back(t.at(i * t.cols() + j));
      sum += distance_from_gaussian(std::move(column));
    }
  return sum / std::max(1.0, count);
}

Labelled scaled(const Labelled& set, const Tensor& train, InputScaling scaling) { return {scaled_inputs(set.x_nd, train, scaling), set.labels}; }

Labelled raw_glyphs(int64_t n, double scale, uint64_t seed) {
  Labelled set = make_glyphs(n, {}, seed);
  for (int64_t i = 0; i < set.x_nd.elements(); ++i) set.x_nd.data<float>()[i] *= static_cast<float>(scale);
  return set;
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const auto scaling = chosen_by_name<InputScaling>(
      s.scaling, "scaling", {{"raw", InputScaling::kRaw}, {"min-max", InputScaling::kMinMax}, {"z-score", InputScaling::kZScore}});
  const Labelled raw = raw_glyphs(s.train_rows, s.raw_scale, 2 * seed), raw_test = raw_glyphs(s.test_rows, s.raw_scale, 2 * seed + 1);
  const Labelled set = scaled(raw, raw.x_nd, scaling), test = scaled(raw_test, raw.x_nd, scaling);
  const auto net = make_image_net(s.net, {.kind = s.norm, .groups = s.groups}, s.place);
  net->start(seed);
  Result result;
  result.train_loss = nets::train(*net, set, {.optimizer = nets::plain_sgd(s.lr), .steps = s.steps, .batch = s.batch, .seed = seed});
  result.test_error = nets::score(*net, test, nets::Statistics::kRunning).error;
  nets::Trace trace;
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  net->forward(tape, Tape::constant(part_of(test, 0, std::min<int64_t>(test.size(), 256)).x_nd), &trace);
  result.from_gaussian_before = mean_distance(trace.norms_read);
  result.from_gaussian_after = mean_distance(s.place == "before" ? trace.units : std::vector<Tensor>(trace.inputs.begin() + 1, trace.inputs.end()));
  return result;
}

}  // namespace gimbal::lab::order_and_scaling
