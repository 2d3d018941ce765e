// A grid with walls and a goal: the smallest world in which a policy has something to learn.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "tensor/tensor.h"

namespace gimbal::lab::nets {

struct GridSettings {
  int64_t side = 6;
  int64_t walls = 4;        // cells that cannot be entered; every free cell reaches the goal
  int64_t longest = 30;     // steps until an episode ends without the goal
  double step_cost = 0.02;  // reward of a step; the goal gives 1
  double reward_noise = 0;  // deviation of what is added to each reward that the learner sees
};

/// Many copies of one grid, each with a walker of its own that starts at a random free cell.
class GridWorld {
 public:
  GridWorld(const GridSettings& settings, int64_t walkers, uint64_t seed);

  int64_t cells() const { return settings_.side * settings_.side; }
  int64_t walkers() const { return static_cast<int64_t>(at_.size()); }
  static constexpr int64_t kActions = 4;  // up, right, down, left; into a wall or the border: stay

  /// Where each walker stands, as a one-hot row: [walkers, cells].
  Tensor observe() const;

  struct Outcome {
    std::vector<double> seen_reward, reward;  // with noise, and without
    std::vector<bool> ended;                  // by the goal or by time: the walker stands at a new start
  };
  Outcome move(const std::vector<int32_t>& actions);
  /// Steps from each free cell to the goal, averaged: what the best policy needs.
  double shortest_mean() const;

 private:
  int64_t after(int64_t cell, int64_t action) const;
  std::vector<int64_t> distances() const;
  int64_t random_start();

  GridSettings settings_;
  Rng rng_;
  std::vector<bool> wall_;
  int64_t goal_;
  std::vector<int64_t> at_, age_;
};

}  // namespace gimbal::lab::nets
