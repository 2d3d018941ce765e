// How tokens know their place: none, learned, sinusoid (added to the embeddings), rotary (turns queries and keys),
// alibi (slopes on the logits), relative (learned biases on the logits), blocks (learned, in two dimensions, added to the embeddings).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "autograd/ops.h"
#include "layers/architecture.h"

namespace gimbal {

struct PositionKind {
  std::string_view name;
  std::string_view formula;
};
std::span<const PositionKind> position_kinds();
const PositionKind& position_kind_named(const std::string& name);
/// Error when the settings of the position kind do not fit the sizes.
void check_positions(const Architecture& a);

/// sin(p / 10000^(2i/d)), cos(...) interleaved, [context, width]   (arXiv:1706.03762)
std::vector<double> sinusoid_table(int64_t context, int64_t width);

/// Turning frequencies of a head's channel pairs, after scaling   (arXiv:2104.09864; llama3 scaling as published with Llama 3.1)
std::vector<double> rotary_frequencies(const PositionConfig& p, int64_t rotary_width);
/// cos and sin of position * frequency for positions [0, context), f32 as in the published implementations (f64 on the reference device).
ops::RotaryTables rotary_tables(const PositionConfig& p, int64_t rotary_width, int64_t context, Device device);
/// Channels of a head that turn.
int64_t rotary_width(const Architecture& a);

/// Slopes per head: powers of 2^(-8/n) for n heads a power of two, the odd powers of the next size in between   (arXiv:2108.12409)
std::vector<float> alibi_slopes(int64_t heads);

}  // namespace gimbal
