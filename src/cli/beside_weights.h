// What a model directory holds besides its weights and their settings: tokenizer, task, generation settings.
#pragma once

#include "core/files.h"

namespace gimbal {

/// Copies those files into an existing directory.
void copy_beside_weights(const fs::path& from, const fs::path& to);

}  // namespace gimbal
