// Text files of a model directory, but for those that describe weights.
#include "cli/beside_weights.h"

namespace gimbal {

void copy_beside_weights(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename();
    const bool of_weights = name.find(".safetensors") != std::string::npos || name == "config.json" || name == "adapter_config.json";
    const bool text = name.ends_with(".json") || name.ends_with(".txt") || name.ends_with(".model") || name.ends_with(".jinja");
    if (entry.is_regular_file() && text && !of_weights) fs::copy_file(entry.path(), to / name, fs::copy_options::overwrite_existing);
  }
}

}  // namespace gimbal
