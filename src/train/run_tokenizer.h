// What a run reads with, where that is settled before it begins: its checkpoint's tokenizer, the one asked for, or the one of the model it goes on
// from.
#pragma once

#include <optional>

#include "text/tokenizer.h"
#include "train/run.h"

namespace gimbal {

/// Whether both give every token the same id.
bool same_vocabulary(const Tokenizer& a, const Tokenizer& b);

/// Nothing where a new one is to be trained. Error when the one asked for gives a token of the model's own tokenizer another id: the rows of the
/// model's table would then belong to other tokens. More tokens than the model knows are no error.
std::optional<Tokenizer> settled_tokenizer(const Run& run);

}  // namespace gimbal
