// Where norms sit around a branch F, what it reads, what the shortcut carries, what flows beside the stream, and which designs are refused.
//
//   u  = before(h)                     h: the stream, [n, d]; or what flows beside it (Reads)
//   b  = out(F(u; inside))             inside: just before F's last projection
//   h' = after(join(skip, b))          skip: h, u, or more (Skip); join belongs to the residual rule (layers/residual)
//
// The stack adds two slots: embed (after the embeddings) and final (before the head); a block whose branches share a norm has it at block. Every
// branch of a block has the same slots; a decoder's cross-attention branch norms the stream it reads and writes as the others do, never the encoder's
// memory, and has no inside slot (Magneto's released form, arXiv:2210.06423).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/ops.h"
#include "layers/architecture.h"

namespace gimbal {

enum class Slot : uint8_t { kEmbed, kBefore, kInside, kOut, kAfter, kFinal, kBlock };
/// What flows beside the stream h.
enum class Beside : uint8_t {
  kNothing,
  kInput,     // the input of the block, through the block slot
  kBranches,  // the embeddings and all branches joined, never normed on the way; the final norm reads it, and its result joins h
};
enum class Reads : uint8_t { kStream, kBeside };
/// kNormed: u; kBeside: h, and at the block's last branch h + what flows beside it.
enum class Skip : uint8_t { kStream, kNormed, kBeside };
enum class BranchKind : uint8_t { kAttention, kCross, kFeedForward };

/// Which stack a branch belongs to: constants of deepnorm and sub differ by it.
enum class Role : uint8_t { kDecoderOnly, kEncoderOnly, kEncoder, kDecoder };

/// Depths that the constants are functions of. `other` is the depth of the partner stack in an encoder-decoder.
struct Depth {
  Role role = Role::kDecoderOnly;
  int64_t layers = 1, other = 0;
};

/// The stack whose output the head reads, and its encoder.
Depth main_depth(const Architecture& a);
Depth encoder_depth(const Architecture& a);
/// "encoder." for the encoder of a pair, else "".
std::string stack_prefix(Role role);

/// One block of one stack; layers count from 0.
struct LayerPlace {
  Depth depth;
  int64_t layer = 0;

  /// Among all blocks of the model, an encoder's before its decoder's.
  size_t health_index() const { return static_cast<size_t>(depth.role == Role::kDecoder ? depth.other + layer : layer); }
  std::string block() const { return cat(stack_prefix(depth.role), "block.", layer); }
};
/// The inverse for a parameter's name: "encoder.block.3.attn…" -> its health index; nothing for parameters outside of blocks.
std::optional<size_t> health_index_of(const Architecture& a, const std::string& parameter);

/// What a token sees of its own sequence.
ops::Mask mask_of(const Architecture& a, Role role);

struct Placement {
  std::string_view name;
  uint8_t slots;
  std::string_view used_by;
  Skip skip = Skip::kStream;
  Reads reads = Reads::kStream;
  Beside beside = Beside::kNothing;
  uint8_t early_slots = 0;  // of the first layers (model.post_share of them), where these differ

  bool has(Slot slot) const { return (slots >> static_cast<int>(slot)) & 1u; }
};

std::span<const Placement> placements();
const Placement& placement_named(const std::string& name);
/// With the slots that this block has.
Placement placement_at(const Architecture& a, const LayerPlace& place);

/// Gain that the placement asks of the initial value, output and feed-forward weights: sqrt(ln 2N) and its encoder-decoder forms for "sub", else 1.
double placement_init_gain(const Placement& placement, const Depth& depth);

/// The norm that fills a slot.
const NormConfig& norm_at(const Architecture& a, Slot slot);

/// One row of the table of designs that make no sense.
struct Refusal {
  bool (*applies)(const Architecture& a, const Placement& p);
  std::string_view sentence;
};
std::span<const Refusal> refusals();

/// Error with the sentence of the first refusal that applies, or when a name is unknown (the nearest is given) or sizes do not fit together.
void check(const Architecture& a);

}  // namespace gimbal
