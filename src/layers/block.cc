// The heart: norm slots around a branch, the join, and what a watcher reads. An absent slot is the identity, so no placement needs an `if` of its own.
#include "layers/block.h"

#include "layers/attention.h"
#include "layers/feed_forward.h"

namespace gimbal {

Var Sublayer::forward(Tape& tape, const Var& h, const Flow& flow, double* ratio) const {
  const auto slot = [&](const std::unique_ptr<Norm>& norm, const Var& x, DType out) { return norm ? norm->apply(tape, x, out) : ops::convert(tape, x, out); };
  const DType stream = h.value.dtype(), compute = flow.compute;

  const Var u = ops::scale(tape, slot(slots_.before, h, compute), residual_->input_scale());
  const Var b = slot(slots_.out, branch_->forward(tape, u, flow, slots_.inside.get()), compute);
  const Var skip = skip_ == Skip::kNormed ? ops::convert(tape, u, stream) : h;
  if (flow.health && !tape.replaying()) {
    const double branch_rms = watch(tape, flow, b, what_).rms, skip_rms = ops::moments(skip.value).rms;
    *ratio = skip_rms > 0 ? branch_rms / skip_rms : 0;
  }
  return slot(slots_.after, residual_->join(tape, skip, b), stream);
}

namespace {

std::unique_ptr<Sublayer> make_sublayer(const Architecture& a, const Depth& depth, int64_t layer, BranchKind kind, Parameters& parameters) {
  const Placement& placement = placement_named(a.placement);
  const std::string block = cat("block.", layer), prefix = block + (kind == BranchKind::kAttention ? ".attn" : ".ffn");
  const int64_t branch_index = 2 * layer + (kind == BranchKind::kFeedForward ? 1 : 0);
  const BranchPlace place{depth, layer + 1, branch_index, 2 * depth.layers, a.width, block, prefix + ".join"};

  const auto norm = [&](Slot slot, const char* name, int64_t width) -> std::unique_ptr<Norm> {
    return placement.has(slot) ? make_norm(norm_at(a, slot), width, parameters, prefix + "." + name) : nullptr;
  };
  Sublayer::Slots slots;
  slots.before = norm(Slot::kBefore, "before", a.width);
  auto residual = make_residual(a.residual, place, parameters);
  const BranchInit init = branch_init(a, placement, depth, residual->init_gain());
  std::unique_ptr<Branch> branch;
  if (kind == BranchKind::kAttention) {
    branch = std::make_unique<Attention>(a, layer, init, parameters, prefix);
  } else {
    branch = std::make_unique<FeedForward>(a, init, parameters, prefix);
  }
  slots.inside = norm(Slot::kInside, "inside", branch->inside_width());
  slots.out = norm(Slot::kOut, "out", a.width);
  slots.after = norm(Slot::kAfter, "after", a.width);
  const std::string what = cat("block ", layer, kind == BranchKind::kAttention ? ", attention branch" : ", feed-forward branch");
  return std::make_unique<Sublayer>(std::move(branch), std::move(residual), std::move(slots), placement.skip, what);
}

}  // namespace

Block::Block(const Architecture& a, const Depth& depth, int64_t layer, Parameters& parameters)
    : layer_(layer),
      attention_(make_sublayer(a, depth, layer, BranchKind::kAttention, parameters)),
      feed_forward_(make_sublayer(a, depth, layer, BranchKind::kFeedForward, parameters)) {}

Var Block::forward(Tape& tape, const Var& h, const Flow& flow) const {
  LayerHealth unwatched;
  LayerHealth& health = flow.health ? flow.health->layers[static_cast<size_t>(layer_)] : unwatched;
  const Var middle = attention_->forward(tape, h, flow, &health.attention_ratio);
  const Var out = feed_forward_->forward(tape, middle, flow, &health.ffn_ratio);
  if (flow.health && !tape.replaying()) {
    const ops::TensorMoments m = watch(tape, flow, out, cat("block ", layer_, ", stream"));
    health.stream_rms = m.rms;
    health.stream_max = m.max_abs;
  }
  return out;
}

}  // namespace gimbal
