// Reading task.json.
#include "data/forms/setup.h"

#include "core/error.h"

namespace gimbal {

TaskSetup TaskSetup::load(const fs::path& directory) {
  const fs::path file = directory / kFile;
  if (!fs::exists(file)) fail(directory.string(), " is not fine-tuned for a task: it has no ", kFile, "; run gimbal finetune first");
  const Context context("reading " + file.string());
  TaskSetup setup;
  read_fields(parse_json(read_text_file(file), kFile), setup);
  return setup;
}

}  // namespace gimbal
