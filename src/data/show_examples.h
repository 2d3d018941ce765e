// Examples as people read them: what a model is given row by row, and what it is to say there.
#pragma once

#include <span>
#include <string>

#include "data/batch.h"
#include "text/tokenizer.h"

namespace gimbal {

/// Each sequence in aligned lines, at most `columns` wide: reads (tokens), says (targets, · where nothing is asked), and types, positions, blocks,
/// label, number, span where there are any; an encoder's source before it. `classes`: of a head that answers by class, what these are called: the
/// batch's labels or, where it has none, its targets are among them.
std::string show(const TokenBatch& batch, const Tokenizer& tokenizer, std::span<const std::string> classes = {}, size_t columns = 110);

}  // namespace gimbal
