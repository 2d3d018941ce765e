// nGPT's weights (arXiv:2410.01131): every matrix has vectors of length 1 along the width of the stream, brought back to it after every optimizer
// step, and learned scales give back what that takes away.
//
//   E, W_q, W_k, W_v, W_u, W_v': rows;  W_o, W_2: columns;  none of them decays
//   q <- s_qk q / ||q||, k <- s_qk k / ||k||       s_qk starts at 1, is stored as s / sqrt(d)
//   u <- s_u u,  v <- s_v sqrt(d) v                 s_u and s_v start at 1; v is what the activation bends
//   z <- s_z z                                      s_z starts at 1, is stored as s / sqrt(d)
//
// A number that starts at a and is stored at b is used as a / b times what is stored: an optimizer whose steps have one size moves it b / a times as
// fast. The rest of nGPT is design: norm l2, placement sphere, residual lerp, QK-norm l2.
#include <cmath>

#include "layers/weights/weights.h"

namespace gimbal {
namespace {

bool is_last_map(const Parameter& p) { return p.name.ends_with(".proj.weight") || p.name.ends_with(".down.weight"); }
bool is_table(const Parameter& p) { return p.is_matrix() && p.trainable && (p.name.starts_with("embed.") || p.name == "head.weight"); }

}  // namespace

void attach_ngpt(const Architecture&, Parameters& parameters) {
  for (Parameter& p : parameters.all()) {
    if (!is_map_of_block(p) && !is_table(p)) continue;
    p.constraint = is_map_of_block(p) && is_last_map(p) ? Constraint::kUnitColumns : Constraint::kUnitRows;
    p.decay = Decay::kNo;
  }
}

std::optional<ops::ColumnGain> make_query_key_scale(const Architecture& a, Parameters& parameters, const std::string& prefix) {
  if (a.weights != "ngpt") return std::nullopt;
  const int64_t k = a.width_of_head(), kv = a.kv_head_count(), shared = a.heads / kv;
  const double root = std::sqrt(static_cast<double>(a.width));
  // One s for each channel of a key head and of the query heads that read it.
  ops::ColumnGain scale{&parameters.make_constant(prefix + ".qk.scale", Shape{kv * k}, 1 / root), {}};
  for (int64_t head = 0; head < a.heads; ++head) scale.ranges.push_back({head * k, head / shared * k, k, root});
  scale.ranges.push_back({a.heads * k, 0, kv * k, root});
  return scale;
}

std::optional<ops::ColumnGain> make_ffn_scale(const Architecture& a, bool gated, Parameters& parameters, const std::string& prefix) {
  if (a.weights != "ngpt") return std::nullopt;
  const int64_t f = a.width_of_ffn();
  ops::ColumnGain scale{&parameters.make_constant(prefix + ".up.scale", Shape{gated ? 2 * f : f}, 1),
                        {{0, 0, f, std::sqrt(static_cast<double>(a.width))}}};
  if (gated) scale.ranges.push_back({f, f, f, 1});
  return scale;
}

std::optional<ops::ColumnGain> make_logit_scale(const Architecture& a, Parameters& parameters) {
  if (a.weights != "ngpt") return std::nullopt;
  const double root = std::sqrt(static_cast<double>(a.width));
  return ops::ColumnGain{&parameters.make_constant("head.scale", Shape{a.vocab}, 1 / root), {{0, 0, a.vocab, root}}};
}

}  // namespace gimbal
