// How a source and its target become rows of a model: in two stacks, or one behind the other in one.
//
//   encoder-decoder  encoder: s1 … sS          decoder reads start t1 … t(T-1), is to say t1 … tT
//   prefix, causal   one sequence s1 … sS t1 … t(T-1); its row S is to say t1, the last one tT; the source is no target.
//                    Under a prefix mask the source sees itself whole.
//   blank            s1 … sS [gMASK], behind which <sop> t1 … t(T-1) is to say t1 … tT, in GLM's two-dimensional positions;
//                    an eos at the target's end becomes <eop>; a target of eos alone is an empty blank
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "data/objectives/roles.h"

namespace gimbal {

enum class Frame : uint8_t { kEncoderDecoder, kPrefix, kCausal, kBlank };

/// What a source begins with: in a blank frame [CLS], as GLM's own texts do.
std::vector<int32_t> opened(std::vector<int32_t> source, Frame frame, const RoleIds& roles);

/// Neither side may be empty. kEncoderDecoder needs roles.start; kBlank the document mask and both ends of a piece.
void add_pair(std::span<const int32_t> source, std::span<const int32_t> target, Frame frame, const RoleIds& roles, TokenBatch& batch);

/// The most tokens that source, target and both together may have, all ends included.
struct PairTokens {
  int64_t source, target, both;
};

/// What fits: rows of the source's stack, and of the decoder's (0: as many). In one stack both share `context` rows.
struct PairLimits {
  Frame frame;
  int64_t context, target_context;

  bool fits(const PairTokens& tokens) const {
    if (frame != Frame::kEncoderDecoder) return tokens.both <= shared_tokens();
    return tokens.source <= context && tokens.target <= longest_target();
  }
  /// Tokens of source and target in one stack: the last one is no row, and a blank adds two.
  int64_t shared_tokens() const { return frame == Frame::kBlank ? context - 1 : context + 1; }
  int64_t longest_target() const { return target_context > 0 ? target_context : context; }
};

}  // namespace gimbal
