// Training Unigram tokenizers (T5, arXiv:1910.10683) with the SentencePiece library.
#pragma once

#include <cstdint>

#include "text/each_text.h"
#include "text/tokenizer.h"

namespace gimbal {

struct UnigramOptions {
  int32_t vocab_size = 0;  ///< with <pad> </s> <unk> and the sentinels
  int sentinels = 100;     ///< <extra_id_0>, …: the last ids, counted from the end, as T5 has them
};

/// T5's whole pipeline, with <pad> </s> <unk> as the ids 0 to 2. Every character of the corpus is a piece, unless they would take more than a quarter
/// of the vocabulary: then the rarest 0.05 % of what is written are <unk>, as the library has it. Error for a vocabulary smaller than the characters
/// need, or larger than the corpus supports, naming the limit.
Tokenizer train_unigram(const EachText& each_text, const UnigramOptions& options);

}  // namespace gimbal
