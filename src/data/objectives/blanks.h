// The layout of GLM's blank infilling (arXiv:2103.10360 section 2.1), as make_block_data of its released code writes it.
//
//   part A  the text with each span replaced by one mask token       part B  the spans, each <sop> x1 … xm, in a given order
//   targets        of B alone: x1 … xm <eop>                         prefix  the length of A: A sees itself, B sees A and what is before it
//   positions      A: 0, 1, 2, …     B: that of the span's mask in A
//   block positions   A: 0           B: 1, 2, … within each span
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"

namespace gimbal {

/// Tokens [begin, end) of a text; an empty one stands before token `begin`, and only <eop> is to be said.
struct Blank {
  int64_t begin, end;
  bool operator==(const Blank&) const = default;
};

struct BlankIds {
  int32_t mask, piece_start, piece_end;
};

/// `blanks` do not overlap, and stand in the order of part B.
Sequence lay_out_blanks(std::span<const int32_t> text, const std::vector<Blank>& blanks, const BlankIds& ids);

}  // namespace gimbal
