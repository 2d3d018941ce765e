// Layouts: special tokens and texts in a row, which every post-processor but ByteLevel comes down to.
#pragma once

#include <vector>

#include "text/post_processors/post_processor.h"

namespace gimbal::text {

struct SpecialTokens {
  std::vector<int32_t> ids;
  std::vector<std::string> tokens;
};

/// One place of a layout: a text, or special tokens.
struct LayoutPiece {
  int8_t text = PairPart::kNeither;
  int32_t type_id = 0;
  SpecialTokens special;  ///< where `text` is kNeither
};
using Layout = std::vector<LayoutPiece>;

/// The one text of `layout` with its special tokens around it.
void lay_out_single(const Layout& layout, Draft& draft);

/// Both texts of `layout`, with its special tokens if they are asked for, and in any case with its type ids.
void lay_out_pair(const Layout& layout, std::vector<PairPart>& parts, AddSpecial add_special);

}  // namespace gimbal::text
