// The list of world tasks.
#include "data/world/tasks/world_tasks.h"

#include <vector>

#include "core/error.h"

namespace gimbal::world {

std::span<const WorldTask> all_world_tasks() {
  static const std::vector<WorldTask> tasks = [] {
    std::vector<WorldTask> all;
    for (const auto& group : {text_tasks(), pair_tasks(), word_tasks(), span_tasks(), choice_tasks(), generation_tasks(), algorithm_tasks(), embedding_tasks(),
                              retrieval_tasks()})
      all.insert(all.end(), group.begin(), group.end());
    return all;
  }();
  return tasks;
}

const WorldTask& world_task_named(std::string_view name) {
  std::vector<std::string> names;
  for (const WorldTask& task : all_world_tasks()) {
    if (task.name == name) return task;
    names.emplace_back(task.name);
  }
  fail("the world has no task \"", name, "\"", did_you_mean(name, names), "; there are ", joined(names));
}

}  // namespace gimbal::world
