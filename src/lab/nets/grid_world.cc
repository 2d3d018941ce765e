// Walls, moves and rewards of the grid.
#include "lab/nets/grid_world.h"

namespace gimbal::lab::nets {

GridWorld::GridWorld(const GridSettings& settings, int64_t walkers, uint64_t seed)
    : settings_(settings), rng_(seed, "lab/grid"), goal_(settings.side * settings.side - 1) {
  if (settings.side < 2 || settings.walls < 0 || settings.walls > cells() / 3)
    fail("a grid of side ", settings.side, " has no room for ", settings.walls, " walls");
  const auto all_reach = [&] {
    const std::vector<int64_t> far = distances();
    for (int64_t c = 0; c < cells(); ++c)
      if (!wall_[static_cast<size_t>(c)] && far[static_cast<size_t>(c)] < 0) return false;
    return true;
  };
  do {
    wall_.assign(static_cast<size_t>(cells()), false);
    for (int64_t left = settings.walls; left > 0;) {
      const auto cell = rng_.below(static_cast<uint64_t>(cells() - 1));
      if (wall_[cell]) continue;
      wall_[cell] = true;
      --left;
    }
  } while (!all_reach());
  for (int64_t i = 0; i < walkers; ++i) at_.push_back(random_start());
  age_.assign(at_.size(), 0);
}

int64_t GridWorld::random_start() {
  for (;;) {
    const auto cell = static_cast<int64_t>(rng_.below(static_cast<uint64_t>(cells() - 1)));  // the goal is the last cell
    if (!wall_[static_cast<size_t>(cell)]) return cell;
  }
}

int64_t GridWorld::after(int64_t cell, int64_t action) const {
  const int64_t side = settings_.side, y = cell / side, x = cell % side;
  constexpr int64_t kRight[] = {0, 1, 0, -1}, kDown[] = {-1, 0, 1, 0};
  const int64_t to_x = x + kRight[action], to_y = y + kDown[action];
  if (to_x < 0 || to_y < 0 || to_x >= side || to_y >= side) return cell;
  const int64_t to = to_y * side + to_x;
  return wall_[static_cast<size_t>(to)] ? cell : to;
}

std::vector<int64_t> GridWorld::distances() const {
  std::vector<int64_t> far(static_cast<size_t>(cells()), -1), front = {goal_};
  far[static_cast<size_t>(goal_)] = 0;
  for (size_t next = 0; next < front.size(); ++next)
    for (int64_t action = 0; action < kActions; ++action) {  // moves can be undone, so distances from the goal are distances to it
      const int64_t to = after(front[next], action);
      if (far[static_cast<size_t>(to)] >= 0) continue;
      far[static_cast<size_t>(to)] = far[static_cast<size_t>(front[next])] + 1;
      front.push_back(to);
    }
  return far;
}

double GridWorld::shortest_mean() const {
  const std::vector<int64_t> far = distances();
  double sum = 0, count = 0;
  for (int64_t c = 0; c < cells(); ++c)
    if (!wall_[static_cast<size_t>(c)] && c != goal_) sum += static_cast<double>(far[static_cast<size_t>(c)]), ++count;
  return sum / count;
}

Tensor GridWorld::observe() const {
  Tensor x = Tensor::zeros(Shape{walkers(), cells()}, DType::kF32);
  for (int64_t i = 0; i < walkers(); ++i) x.data<float>()[i * cells() + at_[static_cast<size_t>(i)]] = 1;
  return x;
}

GridWorld::Outcome GridWorld::move(const std::vector<int32_t>& actions) {
  Outcome outcome;
  for (size_t i = 0; i < at_.size(); ++i) {
    at_[i] = after(at_[i], actions[i]);
    const bool arrived = at_[i] == goal_, ended = arrived || ++age_[i] >= settings_.longest;
    const double reward = arrived ? 1 : -settings_.step_cost;
    outcome.reward.push_back(reward);
    outcome.seen_reward.push_back(reward + settings_.reward_noise * rng_.normal());
    outcome.ended.push_back(ended);
    if (ended) at_[i] = random_start(), age_[i] = 0;
  }
  return outcome;
}

}  // namespace gimbal::lab::nets
