// E32, one arm.
#include "lab/studies/saturation.h"

#include <chrono>
#include <cmath>

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"
#include "layers/feed_forward.h"

namespace gimbal::lab::saturation {
namespace {

nets::Trace trace_of(nets::Mlp& net, const Tensor& probe) {
  nets::Trace trace;
  Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
  tape.mark_replaying();
  net.forward(tape, Tape::constant(probe), &trace);
  return trace;
}

/// Mean and deviation of each column of a layer's inputs.
struct Distribution {
  std::vector<double> mean, deviation;
};
/// Of each layer, the first left out: its inputs are the data.
std::vector<Distribution> distributions_of(const nets::Trace& trace) {
  std::vector<Distribution> layers;
  for (size_t layer = 1; layer < trace.inputs.size(); ++layer) {
    const Tensor& x = trace.inputs[layer];
    const auto n = static_cast<double>(x.rows());
    Distribution& of_layer = layers.emplace_back();
    for (int64_t j = 0; j < x.cols(); ++j) {
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < x.rows(); ++i) sum += x.at(i * x.cols() + j);
      for (int64_t i = 0; i < x.rows(); ++i) squares += std::pow(x.at(i * x.cols() + j) - sum / n, 2);
      of_layer.mean.push_back(sum / n);
      of_layer.deviation.push_back(std::sqrt(squares / n));
    }
  }
  return layers;
}

double drift_between(const std::vector<Distribution>& before, const std::vector<Distribution>& now) {
  double sum = 0;
  for (size_t layer = 0; layer < now.size(); ++layer) {
    double moved = 0, size = 0;
    for (size_t j = 0; j < now[layer].mean.size(); ++j)
      moved += std::abs(now[layer].mean[j] - before[layer].mean[j]), size += before[layer].deviation[j];
    sum += moved / std::max(1e-12, size);
  }
  return sum / static_cast<double>(std::max<size_t>(1, now.size()));
}

double saturated_share(const nets::Trace& trace, ops::Act act) {
  double saturated = 0, count = 0;
  for (const Tensor& u : trace.units) {
    if (act == ops::Act::kSigmoid || act == ops::Act::kTanh) {
      const double bound = act == ops::Act::kSigmoid ? std::log(19.0) : std::atanh(0.9);  // where 5% of the range is left on one side
      for (int64_t i = 0; i < u.elements(); ++i) saturated += std::abs(u.at(i)) > bound ? 1 : 0;
      count += static_cast<double>(u.elements());
      continue;
    }
    for (int64_t j = 0; j < u.cols(); ++j) {
      bool dead = true;
      for (int64_t i = 0; dead && i < u.rows(); ++i) dead = u.at(i * u.cols() + j) <= 0;
      saturated += dead ? 1 : 0;
      ++count;
    }
  }
  return saturated / count;
}

double relative_change(const Tensor& before, const Tensor& after) {
  double change = 0, size = 0;
  for (int64_t i = 0; i < before.elements(); ++i) change += std::pow(after.at(i) - before.at(i), 2), size += std::pow(before.at(i), 2);
  return std::sqrt(change / std::max(1e-300, size));
}

double amplification_of(nets::Mlp& net, const Tensor& probe, uint64_t seed) {
  const nets::Trace before = trace_of(net, probe);
  Tensor& weight = net.weight(0).value;
  const Tensor kept = weight.clone();
  const double size = 1e-3 * ops::moments(weight).rms;
  Rng rng(seed, "lab/small-change");
  for (int64_t i = 0; i < weight.elements(); ++i) weight.data<float>()[i] += static_cast<float>(size * rng.normal());
  const nets::Trace after = trace_of(net, probe);
  std::copy_n(kept.data<float>(), kept.elements(), weight.data<float>());
  return relative_change(before.units.back(), after.units.back()) / relative_change(before.units.front(), after.units.front());
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const Labelled set = make_glyphs(s.train_rows, {}, seed);
  const Tensor probe = make_glyphs(256, {}, seed + 1000).x_nd;
  nets::MlpSettings shape{.width = s.width, .layers = s.layers, .activation = s.activation};
  shape.norm = {.kind = s.norm, .groups = 4};
  shape.affine = chosen_by_name<nets::Affine>(s.affine, "choice of gains", {{"learned", nets::Affine::kLearned}, {"frozen", nets::Affine::kFrozen}});
  nets::Mlp net(shape);
  net.start(seed);
  const ops::Act act = activation_named(s.activation).act;
  Result result;
  const nets::Trace start = trace_of(net, probe);
  result.saturated_at_start = saturated_share(start, act);
  result.amplification_at_start = amplification_of(net, probe, seed);
  std::vector<Distribution> last = distributions_of(start);
  nets::Learner learner(net, nets::plain_sgd(s.lr));
  Shuffled order(set.size(), s.batch, seed);
  double looks = 0, tail = 0;
  for (int64_t step = 0; step < s.steps; ++step) {
    const auto begin = std::chrono::steady_clock::now();
    const double loss = learner.step(chosen(set, order.next()));
    result.step_ms += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / static_cast<double>(s.steps);
    if (!std::isfinite(loss)) return {.train_loss = std::nan("")};
    if (step >= s.steps - 20) result.train_loss += loss, ++tail;
    if (step % s.probe_every != s.probe_every - 1) continue;
    std::vector<Distribution> now = distributions_of(trace_of(net, probe));
    result.drift += drift_between(last, now);
    last = std::move(now);
    ++looks;
  }
  result.train_loss /= std::max(1.0, tail);
  result.drift /= std::max(1.0, looks);
  result.saturated_at_end = saturated_share(trace_of(net, probe), act);
  result.amplification_at_end = amplification_of(net, probe, seed);
  return result;
}

}  // namespace gimbal::lab::saturation
