// Reading task.json.
#include "data/forms/setup.h"

#include "core/error.h"

namespace gimbal {

void save_task_setups(const std::vector<TaskSetup>& setups, const fs::path& directory) {
  Json all = Json::array();
  for (const TaskSetup& setup : setups) all.push_back(write_fields(setup));
  write_file(directory / TaskSetup::kFile, (setups.size() == 1 ? all[0] : Json({{"tasks", all}})).dump(2) + "\n");
}

std::vector<TaskSetup> load_task_setups(const fs::path& directory) {
  const fs::path file = directory / TaskSetup::kFile;
  if (!fs::exists(file)) fail(directory.string(), " is not fine-tuned for a task: it has no ", TaskSetup::kFile, "; run gimbal finetune first");
  const Context context("reading " + file.string());
  const Json read = parse_json(read_text_file(file), TaskSetup::kFile);
  const bool several = read.is_object() && read.contains("tasks") && read["tasks"].is_array() && !read["tasks"].empty();
  std::vector<TaskSetup> setups;
  for (const Json& one : several ? read["tasks"] : Json::array({read})) {
    read_fields(one, setups.emplace_back());
    if (setups.back().task.empty() || setups.back().form.empty()) fail("it names no task or no form; it is not what gimbal finetune writes");
  }
  return setups;
}

TaskSetup load_task_setup(const fs::path& directory, const std::string& task) {
  const std::vector<TaskSetup> setups = load_task_setups(directory);
  if (task.empty() && setups.size() == 1) return setups[0];
  std::vector<std::string> names;
  for (const TaskSetup& setup : setups) {
    if (setup.task == task) return setup;
    names.push_back(setup.task);
  }
  if (task.empty()) fail(directory.string(), " is fine-tuned for several tasks; say which with --task: ", joined(names));
  fail(directory.string(), " is not fine-tuned for the task ", task, did_you_mean(task, names), "; it is for ", joined(names));
}

}  // namespace gimbal
