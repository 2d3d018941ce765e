// E31 and E36: norms in an actor-critic that walks a grid, with clean or noisy rewards.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::grid_policy {

struct Settings {
  std::string norm = "none";
  double reward_noise = 0, lr = 3e-3;
  int64_t side = 6, walls = 4, steps = 600, walkers = 8, window = 5, width = 32;

  template <class V>
  void fields(V&& v) {
    v("norm", norm, "kind of norm");
    v("reward_noise", reward_noise, "deviation of the noise on each reward; the goal gives 1");
    v("lr", lr, "learning rate of AdamW");
    v("side", side, "cells along a side of the grid");
    v("walls", walls, "cells that cannot be entered");
    v("steps", steps, "updates");
    v("walkers", walkers, "copies of the grid");
    v("window", window, "moves of each walker between two updates");
    v("width", width, "units of a layer");
  }
};
struct Result {
  double reward = 0, mean_reward = 0, best_reward = 0;

  template <class V>
  void fields(V&& v) {
    v("reward", reward, "a move after training, noise left out");
    v("mean_reward", mean_reward, "a move over all of training: higher is faster");
    v("best_reward", best_reward, "a move of the shortest ways");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::grid_policy
