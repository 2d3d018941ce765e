// The table of placements, the table of refusals, and the checks of sizes.
#include "layers/design.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "layers/feed_forward.h"
#include "layers/norm/norm.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "layers/weights/weights.h"

namespace gimbal {
namespace {

template <class... Slots>
constexpr uint8_t at(Slots... slots) {
  return static_cast<uint8_t>(((1u << static_cast<unsigned>(slots)) | ...));
}

using enum Slot;

constexpr std::array kPlacements = {
    Placement{.name = "post", .slots = at(kAfter), .used_by = "Vaswani 2017, GPT-1"},
    Placement{.name = "embed-post", .slots = at(kEmbed, kAfter), .used_by = "BERT"},
    Placement{.name = "pre", .slots = at(kBefore, kFinal), .used_by = "GPT-2, GPT-3, T5, Llama"},
    Placement{.name = "embed-pre", .slots = at(kEmbed, kBefore, kFinal), .used_by = "BLOOM"},
    Placement{.name = "sandwich", .slots = at(kBefore, kOut, kFinal), .used_by = "CogView, Gemma 2, GLM-4"},
    Placement{.name = "branch", .slots = at(kOut, kFinal), .used_by = "OLMo 2"},
    Placement{.name = "sub", .slots = at(kBefore, kInside, kFinal), .used_by = "Magneto"},
    Placement{.name = "sphere", .slots = at(kEmbed, kOut, kAfter), .used_by = "nGPT"},
    Placement{.name = "pre-normed-skip", .slots = at(kBefore, kFinal), .used_by = "ChatGLM-6B", .skip = Skip::kNormed},
    Placement{.name = "mix-ln", .slots = at(kBefore, kFinal), .used_by = "Mix-LN", .early_slots = at(kAfter)},
    Placement{.name = "parallel", .slots = at(kBlock, kFinal), .used_by = "GPT-J, PaLM", .reads = Reads::kBeside, .beside = Beside::kInput},
    Placement{.name = "parallel-own", .slots = at(kBefore, kFinal), .used_by = "GPT-NeoX", .reads = Reads::kBeside, .beside = Beside::kInput},
    Placement{.name = "b2t", .slots = at(kAfter), .used_by = "B2T", .skip = Skip::kBeside, .beside = Beside::kInput},
    Placement{.name = "resi-dual", .slots = at(kAfter, kFinal), .used_by = "ResiDual", .beside = Beside::kBranches},
};

/// Whether nothing grows by a factor at every join.
bool bounded(const Placement& p) { return (p.has(kAfter) || p.skip == Skip::kNormed) && p.beside != Beside::kBranches; }

bool needs(const Architecture& a, ResidualNeeds what) { return residual_kind_named(a.residual.kind).needs == what; }
bool normed_before(const Placement& p) { return (p.has(kBefore) || p.has(kBlock)) && !p.early_slots; }
/// Whether the placement says what the shortcut carries.
bool one_of_its_own(const Placement& p) { return p.skip != Skip::kStream || p.beside != Beside::kNothing; }

constexpr std::array kResultSlots = {kEmbed, kInside, kOut, kAfter};

// A norm whose result is only right for the channels that it does not write: see layers/norm/crms.cc.
bool enters_the_stream_as_crms(const Architecture& a, const Placement& p) {
  if (p.skip == Skip::kNormed && norm_at(a, kBefore).kind == "crms") return true;
  return std::any_of(kResultSlots.begin(), kResultSlots.end(), [&](Slot slot) { return p.has(slot) && norm_at(a, slot).kind == "crms"; });
}

// Designs that are refused, each with its sentence. Everything else runs, whether wise or not: the lab is there to show which.
constexpr std::array kRefusals = {
    Refusal{
        [](const Architecture& a, const Placement& p) { return needs(a, ResidualNeeds::kBound) && !bounded(p); },
        "deepnorm multiplies the stream by alpha at every join and needs a norm behind it: use placement post, embed-post, b2t or pre-normed-skip"},
    Refusal{[](const Architecture& a, const Placement& p) { return needs(a, ResidualNeeds::kNormBehind) && !(p.has(kAfter) && bounded(p)); },
            "admin weighs the shortcut by omega and needs a norm behind the join: use placement post or embed-post"},
    Refusal{[](const Architecture& a, const Placement& p) { return needs(a, ResidualNeeds::kNormBefore) && !normed_before(p); },
            "layernorm-scaling divides the norm in front of a branch by sqrt(layer): use a placement with one in every layer (pre, embed-pre, "
            "sandwich, sub)"},
    Refusal{[](const Architecture& a, const Placement&) {
              return a.norm.kind == "none" && (needs(a, ResidualNeeds::kBound) || needs(a, ResidualNeeds::kNormBehind));
            },
            "deepnorm and admin need a norm: choose model.norm.kind other than none"},
    Refusal{[](const Architecture& a, const Placement&) { return a.norm.kind == "none" && needs(a, ResidualNeeds::kNormBefore); },
            "layernorm-scaling scales a norm's output and there is no norm: choose model.norm.kind other than none"},
    Refusal{[](const Architecture& a, const Placement& p) { return one_of_its_own(p) && a.residual.kind == "none"; },
            "pre-normed-skip, b2t, resi-dual and parallel branches say what the shortcut carries and residual none has no shortcut: choose one of "
            "the two"},
    Refusal{[](const Architecture& a, const Placement&) { return a.norm.kind != "none" && needs(a, ResidualNeeds::kNoNorm); },
            "fixup and t-fixup take the place of norms: set model.norm.kind to none"},
    Refusal{[](const Architecture& a, const Placement& p) {
              return residual_kind_named(a.residual.kind).carries == Carries::kStreams &&
                     (p.skip == Skip::kNormed || p.beside == Beside::kBranches || p.has(kBlock));
            },
            "hyper-connections and mhc mix their own streams for every branch: use a placement without a normed skip, without a second stream and "
            "without one norm for all branches (pre, sandwich, branch, post, parallel-own …)"},
    Refusal{[](const Architecture& a, const Placement&) {
              const BranchStart start = residual_kind_named(a.residual.kind).start;
              return a.init.projections == "scaled" && (start == BranchStart::kOwnNormal || start == BranchStart::kOwnXavier);
            },
            "deepnorm, admin, layernorm-scaling, fixup and t-fixup own the size of the branches: leave model.init.projections at auto or plain"},
    Refusal{[](const Architecture& a, const Placement&) { return a.slot_norms.qk && !norm_kind_named(a.slot_norms.qk->kind).per_head(); },
            "QK-norm works on one head of one token: model.slot_norms.qk.kind can be layer, rms, scale, layer-std, prms or l2"},
    Refusal{[](const Architecture& a, const Placement& p) { return enters_the_stream_as_crms(a, p); },
            "crms holds where a linear map reads the norm's result, not where the result enters the stream or a branch's inside: use placement pre, "
            "or another norm at the other slots"},
};

// Far above what anybody computes, and low enough that counts of weights and bytes stay whole numbers.
constexpr int64_t kMostLayers = 10'000, kMostChannels = 1 << 20, kMostEntries = 1'000'000'000;

void check_limits(const Architecture& a) {
  struct Size {
    const char* name;
    int64_t value, most;
  };
  for (const Size& size :
       {Size{"layers", a.layers, kMostLayers}, Size{"encoder_layers", a.encoder_layers, kMostLayers}, Size{"width", a.width, kMostChannels},
        Size{"heads", a.heads, kMostChannels}, Size{"head_width", a.head_width.value_or(1), kMostChannels},
        Size{"ffn_width", a.ffn_width.value_or(1), 4 * kMostChannels}, Size{"context", a.context, kMostEntries}, Size{"vocab", a.vocab, kMostEntries},
        Size{"token_types", a.token_types, kMostEntries}})
    if (size.value > size.most) fail("model.", size.name, " is ", size.value, "; at most ", size.most);
  if (a.heads * a.head_width.value_or(1) > kMostChannels)
    fail("model.heads ", a.heads, " of model.head_width ", *a.head_width, " are more than ", kMostChannels, " channels");
}

void check_sizes(const Architecture& a) {
  check_limits(a);
  if (a.layers < 1 || a.width < 1 || a.heads < 1 || a.context < 1)
    fail("model.layers, model.width, model.heads and model.context must be at least 1");
  if (!a.head_width && a.width % a.heads != 0)
    fail("model.width ", a.width, " does not divide into ", a.heads, " heads; set model.head_width or change one of them");
  if (a.width_of_head() < 1) fail("model.head_width is ", a.width_of_head(), "; a head has at least 1 channel (leave it out for width / heads)");
  if (a.kv_head_count() < 1 || a.heads % a.kv_head_count() != 0)
    fail("model.heads ", a.heads, " is not a multiple of model.kv_heads ", a.kv_head_count());
  if (a.width_of_ffn() < 1) fail("model.ffn_width must be at least 1");
  if (a.attention != "dense" && a.attention != "alternating")
    fail("unknown model.attention '", a.attention, "'", did_you_mean(a.attention, {"dense", "alternating"}), "; known: dense, alternating");
  if (a.positions.kind == "relative" && a.attention_scale && *a.attention_scale <= 0)
    fail("relative positions need a positive model.attention_scale");
  if (a.attention == "alternating" && a.attention_window < 1)
    fail("model.attention alternating needs model.attention_window, the keys that a banded layer sees");
  for (const double p : {a.dropout, a.attention_dropout.value_or(0), a.embedding_dropout.value_or(0)})
    if (!(p >= 0 && p < 1)) fail("a dropout of ", p, " is not in [0, 1)");
  if (a.init.kind != "auto" && a.init.kind != "normal" && a.init.kind != "xavier" && a.init.kind != "fan-in")
    fail("unknown model.init.kind '", a.init.kind, "'", did_you_mean(a.init.kind, {"auto", "normal", "xavier", "fan-in"}),
         "; known: auto, normal, xavier, fan-in");
  if (a.mask != "causal" && a.mask != "full" && a.mask != "prefix")
    fail("unknown model.mask '", a.mask, "'", did_you_mean(a.mask, {"causal", "full", "prefix"}), "; known: causal, full, prefix");
  if (a.encoder_layers < 0) fail("model.encoder_layers is ", a.encoder_layers, "; 0 is a model without an encoder");
  if (a.encoder_layers > 0 && a.mask != "causal")
    fail("a decoder that attends to an encoder is causal: leave model.mask at causal, or set model.encoder_layers to 0");
  if (a.token_types < 0) fail("model.token_types is ", a.token_types, "; 0 is a model without segments");
  if (a.residual.streams < 1 || a.residual.iterations < 1) fail("model.residual.streams and model.residual.iterations must be at least 1");
  if (a.init.std < 0) fail("model.init.std is ", a.init.std, "; a standard deviation is at least 0, and 0 is 1 / sqrt(width)");
  if (!(a.post_share >= 0 && a.post_share <= 1)) fail("model.post_share is ", a.post_share, "; it is a share of the layers, from 0 to 1");
  if (a.init.projections != "auto" && a.init.projections != "scaled" && a.init.projections != "plain")
    fail("unknown model.init.projections '", a.init.projections, "'; known: auto, scaled, plain");
}

void check_norm(const NormConfig& c, const char* where, int64_t width) {
  const NormKind& kind = norm_kind_named(c.kind);
  if ((kind.name == "group" || kind.name == "power") && (c.groups < 1 || width % c.groups != 0))
    fail("the ", kind.name, " norm at ", where, " cannot split ", width, " channels into ", c.groups, " groups; set norm.groups to a divisor");
  if (c.eps < 0) fail("the norm at ", where, " has a negative eps");
  if (kind.name == "prms" && !(c.share > 0 && c.share <= 1))
    fail("the prms norm at ", where, " has a share of ", c.share, "; it must be above 0 and at most 1");
}

}  // namespace

std::span<const Placement> placements() { return kPlacements; }
std::span<const Refusal> refusals() { return kRefusals; }

const Placement& placement_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Placement& p : kPlacements) {
    if (p.name == name) return p;
    names.emplace_back(p.name);
  }
  fail("unknown placement '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

Placement placement_at(const Architecture& a, const LayerPlace& place) {
  Placement p = placement_named(a.placement);
  constexpr double kRounding = 1e-9;  // 0.1 * 30 is 3.0000000000000004
  const double early = std::ceil(a.post_share * static_cast<double>(place.depth.layers) - kRounding);
  if (p.early_slots && static_cast<double>(place.layer) < early) p.slots = p.early_slots;
  return p;
}

Depth main_depth(const Architecture& a) {
  if (a.encoder_layers > 0) return {Role::kDecoder, a.layers, a.encoder_layers};
  return {a.mask == "full" ? Role::kEncoderOnly : Role::kDecoderOnly, a.layers, 0};
}

Depth encoder_depth(const Architecture& a) { return {Role::kEncoder, a.encoder_layers, a.layers}; }

std::string stack_prefix(Role role) { return role == Role::kEncoder ? "encoder." : ""; }

std::optional<size_t> health_index_of(const Architecture& a, const std::string& parameter) {
  constexpr std::string_view kBlock = "block.", kEncoderBlock = "encoder.block.";
  if (parameter.starts_with(kEncoderBlock)) return LayerPlace{encoder_depth(a), std::stoll(parameter.substr(kEncoderBlock.size()))}.health_index();
  if (parameter.starts_with(kBlock)) return LayerPlace{main_depth(a), std::stoll(parameter.substr(kBlock.size()))}.health_index();
  return std::nullopt;
}

ops::Mask mask_of(const Architecture& a, Role role) {
  if (role == Role::kEncoder || a.mask == "full") return ops::Mask::kFull;
  return a.mask == "prefix" ? ops::Mask::kPrefix : ops::Mask::kCausal;
}

double placement_init_gain(const Placement& placement, const Depth& depth) {
  if (!placement.has(kInside)) return 1;
  const auto n = static_cast<double>(depth.layers), m = static_cast<double>(depth.other);
  switch (depth.role) {
    case Role::kEncoder:
      return std::sqrt(std::log(3 * m) * std::log(2 * n) / 3);
    case Role::kDecoder:
      return std::sqrt(std::log(3 * n));
    default:
      return std::sqrt(std::log(2 * n));
  }
}

const NormConfig& norm_at(const Architecture& a, Slot slot) {
  const SlotNorms& s = a.slot_norms;
  const std::array<const std::optional<NormConfig>*, 7> own = {&s.embed, &s.before, &s.inside, &s.out, &s.after, &s.final, &s.before};
  const auto& chosen = *own[static_cast<size_t>(slot)];
  return chosen ? *chosen : a.norm;
}

void check(const Architecture& a) {
  const Placement& p = placement_named(a.placement);
  norm_kind_named(a.norm.kind);
  residual_kind_named(a.residual.kind);
  weight_scheme_named(a.weights);
  position_kind_named(a.positions.kind);
  activation_named(a.activation);
  check_sizes(a);
  if (a.slot_norms.qk) norm_kind_named(a.slot_norms.qk->kind);
  for (const Refusal& refusal : kRefusals)
    if (refusal.applies(a, p)) throw Error(std::string(refusal.sentence));
  constexpr std::array<const char*, 7> kNames = {"embed", "before", "inside", "out", "after", "final", "before"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto slot = static_cast<Slot>(i);
    if (!p.has(slot) && !(p.early_slots & at(slot))) continue;
    check_norm(norm_at(a, slot), kNames[i], a.width);
    if (slot == kInside) {
      check_norm(norm_at(a, slot), "inside (attention)", a.heads * a.width_of_head());
      check_norm(norm_at(a, slot), "inside (feed-forward)", a.width_of_ffn());
    }
  }
  check_positions(a);
}

}  // namespace gimbal
