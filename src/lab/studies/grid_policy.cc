// E31 and E36, the actor-critic, one arm.
#include "lab/studies/grid_policy.h"

#include "lab/nets/actor_critic.h"

namespace gimbal::lab::grid_policy {

Result run(const Settings& s, uint64_t seed) {
  nets::ActorCriticSettings shape{.walkers = s.walkers, .window = s.window, .width = s.width};
  shape.grid = {.side = s.side, .walls = s.walls, .longest = 5 * s.side, .reward_noise = s.reward_noise};
  shape.norm = {.kind = s.norm, .groups = 4};
  shape.lr = s.lr;
  nets::ActorCritic agent(shape, seed);
  Result result;
  for (int64_t step = 0; step < s.steps; ++step) result.mean_reward += agent.step() / static_cast<double>(s.steps);
  result.reward = agent.mean_reward(500);
  const double way = agent.world().shortest_mean();
  result.best_reward = (1 - (way - 1) * shape.grid.step_cost) / way;
  return result;
}

}  // namespace gimbal::lab::grid_policy
