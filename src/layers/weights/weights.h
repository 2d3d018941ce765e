// What is asked of a model's matrices beyond their values: nothing, a spectral norm, or unit rows. One file a scheme, one line in kinds.cc.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "autograd/ops.h"
#include "layers/architecture.h"

namespace gimbal {

struct WeightScheme {
  std::string_view name;
  /// Called once, when all parameters of the model are made.
  void (*attach)(const Architecture& a, Parameters& parameters);
  std::string_view formula;
};

std::span<const WeightScheme> weight_schemes();
/// Error naming the nearest scheme.
const WeightScheme& weight_scheme_named(const std::string& name);

/// The linear maps of the blocks: "block.3.attn.qkv.weight" and the like.
bool is_map_of_block(const Parameter& p);

/// nGPT's learned scales (layers/weights/ngpt.cc); nothing where model.weights is another. s_qk lies behind the norm of queries and keys, s_uv behind
/// a feed-forward branch's first map, s_z behind the map to the vocabulary.
std::optional<ops::ColumnGain> make_query_key_scale(const Architecture& a, Parameters& parameters, const std::string& prefix);
std::optional<ops::ColumnGain> make_ffn_scale(const Architecture& a, bool gated, Parameters& parameters, const std::string& prefix);
std::optional<ops::ColumnGain> make_logit_scale(const Architecture& a, Parameters& parameters);

}  // namespace gimbal
