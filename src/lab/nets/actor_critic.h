// Advantage actor-critic (Mnih et al., arXiv:1602.01783, in one thread): one net gives the logits of the actions and the value of the cell.
//
//   R_t = r_t + discount R_t+1 (0 after an end, V of the last state at the border of a window);  A_t = R_t - V_t
//   loss = mean of -A_t log p(a_t) - bonus H(p) + value_weight (V_t - R_t)^2
#pragma once

#include <memory>

#include "lab/nets/grid_world.h"
#include "lab/nets/learner.h"
#include "lab/nets/mlp.h"

namespace gimbal::lab::nets {

struct ActorCriticSettings {
  GridSettings grid = {};
  int64_t walkers = 8, window = 5, width = 32, layers = 2;
  NormConfig norm{.kind = "none"};
  double lr = 3e-3, discount = 0.97, entropy_bonus = 0.01, value_weight = 0.5;
};

class ActorCritic {
 public:
  ActorCritic(const ActorCriticSettings& settings, uint64_t seed);
  /// One window of walking by the running statistics and one update. Returns the mean reward a step, without noise.
  double step();
  /// Mean reward a step of `steps` steps without learning.
  double mean_reward(int64_t steps);
  const GridWorld& world() const { return world_; }

 private:
  struct Window {
    Tensor states;  // [window * walkers, cells]
    std::vector<int32_t> actions;
    std::vector<double> rewards, values;
    std::vector<bool> ended;
    double reward = 0;  // mean, without noise
  };
  Window walk(int64_t steps);
  std::vector<double> returns_of(const Window& window);

  ActorCriticSettings settings_;
  GridWorld world_;
  Rng choice_;
  Mlp net_;  // kActions logits and one value
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace gimbal::lab::nets
