// The heart: norm slots around a branch, the join, and what a watcher reads. An absent slot is the identity, so no placement needs an `if` of its
// own.
#include "layers/block.h"

#include <array>

#include "layers/attention.h"
#include "layers/cross_attention.h"
#include "layers/feed_forward.h"

namespace gimbal {

Stream Sublayer::forward(Tape& tape, const Stream& in, const Flow& flow, double* ratio) const {
  const auto slot = [&](const std::unique_ptr<Norm>& norm, const Var& x, DType out) {
    return norm ? norm->apply(tape, x, out) : ops::convert(tape, x, out);
  };
  const DType stream = in.h.value.dtype(), compute = flow.compute;

  const Var& source = placement_.reads == Reads::kBeside ? in.beside : in.h;
  const Var u = ops::scale(tape, slot(slots_.before, residual_->read(tape, source), compute), residual_->input_scale());
  note(tape, flow, u, what_, ": input");
  const Var b = slot(slots_.out, branch_->forward(tape, u, flow, slots_.inside.get()), compute);
  note(tape, flow, b, what_, ": result");
  const Var skip = placement_.skip == Skip::kNormed   ? ops::convert(tape, u, stream)
                   : placement_.skip == Skip::kBeside ? ops::add(tape, in.h, in.beside)
                                                      : in.h;
  if (flow.health && !tape.replaying()) {
    const double branch_rms = watch(tape, flow, b, what_).rms, skip_rms = ops::moments(skip.value).rms;
    *ratio = skip_rms > 0 ? branch_rms / skip_rms : 0;
  }
  const Var beside = placement_.beside == Beside::kBranches ? residual_->join(tape, in.beside, b) : in.beside;
  const Var joined = ops::scale(tape, slot(slots_.after, residual_->join(tape, skip, b), stream), residual_->output_scale());
  note(tape, flow, joined, what_, ": stream behind it");
  return {joined, beside};
}

namespace {

/// How a branch is called: in parameters, and in sentences.
struct BranchName {
  const char *parameters, *sentence;
};
constexpr std::array kBranchNames = {BranchName{".attn", "attention branch"}, BranchName{".cross", "cross-attention branch"},
                                     BranchName{".ffn", "feed-forward branch"}};

std::string spoken(const LayerPlace& place) { return cat(place.depth.role == Role::kEncoder ? "encoder block " : "block ", place.layer); }

std::unique_ptr<Branch> make_branch(const Architecture& a, const LayerPlace& place, BranchKind kind, const BranchInit& init, Parameters& parameters,
                                    const std::string& prefix) {
  switch (kind) {
    case BranchKind::kAttention:
      return std::make_unique<Attention>(a, place, init, parameters, prefix);
    case BranchKind::kCross:
      return std::make_unique<CrossAttention>(a, place, init, parameters, prefix);
    case BranchKind::kFeedForward:
      break;
  }
  return std::make_unique<FeedForward>(a, init, parameters, prefix);
}

std::unique_ptr<Sublayer> make_sublayer(const Architecture& a, const LayerPlace& place, BranchKind kind, Parameters& parameters) {
  Placement placement = placement_at(a, place);
  if (placement.skip == Skip::kBeside && kind != BranchKind::kFeedForward) placement.skip = Skip::kStream;  // it joins at the block's last branch
  const BranchName& name = kBranchNames[static_cast<size_t>(kind)];
  const std::string prefix = place.block() + name.parameters;
  const int64_t branches = place.depth.role == Role::kDecoder ? 3 : 2, nth = kind == BranchKind::kAttention ? 0
                                                                             : kind == BranchKind::kCross   ? 1
                                                                                                            : branches - 1;
  const BranchPlace branch_place{place.depth,   place.layer + 1, branches * place.layer + nth, branches * place.depth.layers, a.width,
                                 place.block(), prefix + ".join"};

  const auto norm = [&](Slot slot, const char* slot_name, int64_t width) -> std::unique_ptr<Norm> {
    return placement.has(slot) ? make_norm(norm_at(a, slot), width, parameters, prefix + "." + slot_name) : nullptr;
  };
  Sublayer::Slots slots;
  slots.before = norm(Slot::kBefore, "before", a.width);
  auto residual = make_residual(a.residual, branch_place, parameters);
  const BranchInit init = branch_init(a, placement, place.depth, *residual);
  std::unique_ptr<Branch> branch = make_branch(a, place, kind, init, parameters, prefix);
  if (kind != BranchKind::kCross) slots.inside = norm(Slot::kInside, "inside", branch->inside_width());
  slots.out = norm(Slot::kOut, "out", a.width);
  slots.after = norm(Slot::kAfter, "after", a.width);
  return std::make_unique<Sublayer>(std::move(branch), std::move(residual), std::move(slots), placement, cat(spoken(place), ", ", name.sentence));
}

}  // namespace

Block::Block(const Architecture& a, const LayerPlace& place, Parameters& parameters) : place_(place), beside_(placement_named(a.placement).beside) {
  if (placement_at(a, place).has(Slot::kBlock)) shared_ = make_norm(norm_at(a, Slot::kBlock), a.width, parameters, place.block() + ".before");
  attention_ = make_sublayer(a, place, BranchKind::kAttention, parameters);
  if (place.depth.role == Role::kDecoder) cross_ = make_sublayer(a, place, BranchKind::kCross, parameters);
  feed_forward_ = make_sublayer(a, place, BranchKind::kFeedForward, parameters);
}

Stream Block::forward(Tape& tape, Stream s, const Flow& flow) const {
  LayerHealth unwatched;
  LayerHealth& health = flow.health ? flow.health->layers[place_.health_index()] : unwatched;
  if (beside_ == Beside::kInput) s.beside = shared_ ? shared_->apply(tape, s.h, s.h.value.dtype()) : s.h;
  s = attention_->forward(tape, s, flow, &health.attention_ratio);
  if (cross_) s = cross_->forward(tape, s, flow, &health.cross_ratio);
  s = feed_forward_->forward(tape, s, flow, &health.ffn_ratio);
  if (beside_ == Beside::kInput) s.beside = {};
  if (flow.health && !tape.replaying()) {
    const ops::TensorMoments m = watch(tape, flow, s.h, cat(spoken(place_), ", stream"));
    health.stream_rms = m.rms;
    health.stream_max = m.max_abs;
  }
  return s;
}

}  // namespace gimbal
