// Walking, returns, updates.
#include "lab/nets/actor_critic.h"

#include <algorithm>
#include <cmath>

#include "lab/nets/operations.h"

namespace gimbal::lab::nets {
namespace {

constexpr int64_t kActions = GridWorld::kActions;

int32_t drawn_action(const double* logits, Rng& rng) {
  const double most = *std::max_element(logits, logits + kActions);
  double mass = 0;
  for (int64_t a = 0; a < kActions; ++a) mass += std::exp(logits[a] - most);
  double left = rng.uniform() * mass;
  for (int32_t a = 0; a + 1 < kActions; ++a)
    if ((left -= std::exp(logits[a] - most)) < 0) return a;
  return kActions - 1;
}

}  // namespace

ActorCritic::ActorCritic(const ActorCriticSettings& s, uint64_t seed)
    : settings_(s),
      world_(s.grid, s.walkers, seed),
      choice_(seed, "lab/actions"),
      net_({.inputs = world_.cells(), .width = s.width, .outputs = kActions + 1, .layers = s.layers - 1, .activation = "tanh", .norm = s.norm}) {
  net_.start(seed);
  optimizer_ = make_optimizer(plain_adam(s.lr), net_.parameters());
}

ActorCritic::Window ActorCritic::walk(int64_t steps) {
  const int64_t walkers = world_.walkers(), cells = world_.cells();
  Window w{Tensor(Shape{steps * walkers, cells}, DType::kF32), {}, {}, {}, {}, 0};
  for (int64_t t = 0; t < steps; ++t) {
    const Tensor x = world_.observe();
    std::copy_n(x.data<float>(), x.elements(), w.states.data<float>() + t * walkers * cells);
    const std::vector<double> out = outputs(net_, x).to_doubles();
    std::vector<int32_t> actions;
    for (int64_t i = 0; i < walkers; ++i) {
      actions.push_back(drawn_action(out.data() + i * (kActions + 1), choice_));
      w.values.push_back(out[static_cast<size_t>(i * (kActions + 1) + kActions)]);
    }
    const GridWorld::Outcome outcome = world_.move(actions);
    w.actions.insert(w.actions.end(), actions.begin(), actions.end());
    w.rewards.insert(w.rewards.end(), outcome.seen_reward.begin(), outcome.seen_reward.end());
    w.ended.insert(w.ended.end(), outcome.ended.begin(), outcome.ended.end());
    for (const double r : outcome.reward) w.reward += r / static_cast<double>(steps * walkers);
  }
  return w;
}

std::vector<double> ActorCritic::returns_of(const Window& w) {
  const auto walkers = static_cast<size_t>(world_.walkers());
  const std::vector<double> out = outputs(net_, world_.observe()).to_doubles();
  std::vector<double> returns(w.rewards.size());
  for (size_t i = 0; i < walkers; ++i) {
    double later = out[i * (kActions + 1) + kActions];
    for (size_t at = w.rewards.size() - walkers + i;; at -= walkers) {
      later = w.rewards[at] + (w.ended[at] ? 0 : settings_.discount * later);
      returns[at] = later;
      if (at < walkers) break;
    }
  }
  return returns;
}

double ActorCritic::step() {
  const Window w = walk(settings_.window);
  const std::vector<double> returns = returns_of(w);
  PolicyTargets targets{w.actions, {}, settings_.entropy_bonus};
  for (size_t i = 0; i < returns.size(); ++i) targets.advantages.push_back(returns[i] - w.values[i]);
  const double scale = 1 / static_cast<double>(returns.size());
  net_.parameters().clear_gradients();
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  const Var out = net_.forward(tape, Tape::constant(w.states));
  double entropy = 0;
  ops::LossSums sums;
  const Var policy = policy_loss(tape, columns(tape, out, 0, kActions), targets, scale, entropy);
  const Var value = ops::squared_error(tape, columns(tape, out, kActions, 1), returns, settings_.value_weight * scale, sums);
  tape.backward(ops::sum_of_losses(tape, policy, value));
  optimizer_->step(settings_.lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
  return w.reward;
}

double ActorCritic::mean_reward(int64_t steps) { return walk(steps).reward; }

}  // namespace gimbal::lab::nets
