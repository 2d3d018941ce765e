// E12, one arm.
#include "lab/studies/covariate_shift.h"

#include <algorithm>
#include <cmath>

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::covariate_shift {
namespace {

using nets::Mlp;

/// Which layer a parameter belongs to: the stem is 0, the outputs stand above all.
int64_t layer_of(const Parameter& p, int64_t layers) {
  if (p.name.starts_with("stem.")) return 0;
  return p.name.starts_with("layer.") ? 1 + std::stoll(p.name.substr(6)) : layers;
}

struct Angle {
  double distance = 0, size = 0, cosine = 0;
};
Angle between(const std::vector<double>& a, const std::vector<double>& b) {
  double aa = 0, bb = 0, ab = 0, dd = 0;
  for (size_t i = 0; i < a.size(); ++i) aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i], dd += (a[i] - b[i]) * (a[i] - b[i]);
  return {std::sqrt(dd), std::sqrt(aa), ab / std::sqrt(std::max(1e-300, aa * bb))};
}

std::vector<double> all_gradients(Mlp& net, const Labelled& batch) {
  nets::mean_loss_with_gradients(net, batch);
  std::vector<double> all;
  for (const Parameter& p : net.parameters().all()) {
    if (!p.trainable) continue;
    const std::vector<double> g = p.grad.to_doubles();
    all.insert(all.end(), g.begin(), g.end());
  }
  return all;
}

/// Values of parameters move by -distance times the gradients that they hold.
void move_along_gradient(Parameters& parameters, double distance) {
  for (Parameter& p : parameters.all())
    for (int64_t i = 0; p.trainable && i < p.value.elements(); ++i)
      p.value.data<float>()[i] -= static_cast<float>(distance) * p.grad.data<float>()[i];
}

double roughness_at(Mlp& net, const Labelled& batch, double lr) {
  const std::vector<Tensor> here = nets::values_of(net.parameters());
  double most = 0;
  for (const double s : {0.25, 0.5, 1.0, 2.0}) {
    const std::vector<double> gradient = all_gradients(net, batch);
    move_along_gradient(net.parameters(), s * lr);
    const Angle angle = between(gradient, all_gradients(net, batch));
    most = std::max(most, angle.distance / angle.size);
    nets::restore_values(net.parameters(), here);
  }
  return most;
}

/// Adds each layer's shift to the result's sums; `before` and `after` are the values around one step on the batch.
void add_shifts(Mlp& net, const Labelled& batch, const std::vector<Tensor>& before, const std::vector<Tensor>& after, Result& sums) {
  const auto layers = static_cast<double>(net.layers() - 1);
  nets::restore_values(net.parameters(), before);
  nets::mean_loss_with_gradients(net, batch);
  std::vector<std::vector<double>> old;
  for (int64_t i = 0; i < net.layers(); ++i) old.push_back(net.weight(i).grad.to_doubles());
  for (int64_t i = 1; i < net.layers(); ++i) {
    std::vector<Tensor> mixed;
    size_t at = 0;
    for (const Parameter& p : net.parameters().all()) mixed.push_back(layer_of(p, net.layers()) < i ? after[at] : before[at]), ++at;
    nets::restore_values(net.parameters(), mixed);
    nets::mean_loss_with_gradients(net, batch);
    const Angle angle = between(old[static_cast<size_t>(i)], net.weight(i).grad.to_doubles());
    sums.shift += angle.distance / layers;
    sums.relative_shift += angle.distance / std::max(1e-30, angle.size) / layers;
    sums.cosine += angle.cosine / layers;
  }
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const Labelled set = make_glyphs(s.train_rows, {}, seed);
  nets::MlpSettings shape{.width = s.width, .layers = s.layers};
  shape.norm.kind = s.norm;
  Mlp net(shape);
  net.start(seed);
  int64_t step = 0;
  const Rng stream(seed, "lab/shifting-noise");
  const ShiftingNoise noise{.mean = s.noise_mean, .scale = s.noise_scale};
  if (s.noisy) {
    net.after_norm = [&](Tape& tape, const Var& x, int64_t layer) {
      const NoiseOfStep drawn = draw_noise(noise, x.rows(), x.cols(), stream, step, layer);
      return nets::sum(tape, nets::product(tape, x, Tape::constant(drawn.scale_nd)), Tape::constant(drawn.shift_nd));
    };
  }
  nets::Learner learner(net, nets::plain_sgd(s.lr, 0));
  Shuffled order(set.size(), s.batch, seed);
  Result result;
  double measured = 0, tail = 0;
  for (; step < s.steps; ++step) {
    const Labelled batch = chosen(set, order.next());
    const bool measure = step % s.measure_every == s.measure_every - 1;
    const std::vector<Tensor> before = measure ? nets::values_of(net.parameters()) : std::vector<Tensor>();
    if (measure) result.roughness += roughness_at(net, batch, s.lr);
    const double loss = learner.step(batch);
    if (!std::isfinite(loss)) return {.train_loss = std::nan("")};
    if (step >= s.steps - 20) result.train_loss += loss, ++tail;
    if (!measure) continue;
    const std::vector<Tensor> after = nets::values_of(net.parameters());
    add_shifts(net, batch, before, after, result);
    nets::restore_values(net.parameters(), after);
    ++measured;
  }
  for (double* sum : {&result.shift, &result.relative_shift, &result.cosine, &result.roughness}) *sum /= std::max(1.0, measured);
  result.train_loss /= std::max(1.0, tail);
  return result;
}

}  // namespace gimbal::lab::covariate_shift
