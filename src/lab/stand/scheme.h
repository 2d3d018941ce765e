// The designs that the lab compares, by the names that the literature gives them, each as the settings of a model.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/json.h"

namespace gimbal::lab {

struct Scheme {
  std::string_view name;
  std::string_view settings;  // JSON laid over a model's settings
  std::string_view shown;     // the update of the stream
};
std::span<const Scheme> schemes();
/// Error that names the nearest.
const Scheme& scheme_named(const std::string& name);

/// The lab's small causal transformer (settings of `model:` in a run file): ReLU, no biases, no positions, untied head, Xavier weights with gain 1,
/// embeddings of standard deviation 1: the setting in which the gradients and updates of designs were published (arXiv:2002.04745, 2203.00555).
Json small_transformer(const std::string& scheme, int64_t layers, int64_t width, int64_t heads, int64_t vocab);

}  // namespace gimbal::lab
