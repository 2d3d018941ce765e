// Training Unigram tokenizers (T5, arXiv:1910.10683) with the SentencePiece library.
#pragma once

#include <cstdint>

#include "text/each_text.h"
#include "text/tokenizer.h"

namespace gimbal {

struct UnigramOptions {
  int32_t vocab_size = 0;              ///< with <pad> </s> <unk> and the sentinels
  int sentinels = 100;                 ///< <extra_id_0>, …: the last ids, counted from the end, as T5 has them
  double character_coverage = 0.9995;  ///< the share of all characters that gets tokens, 0.98 to 1; the rest is <unk>
};

/// T5's whole pipeline, with <pad> </s> <unk> as the ids 0 to 2. Error for a vocabulary smaller than the characters need, or larger than the corpus
/// supports, naming the limit.
Tokenizer train_unigram(const EachText& each_text, const UnigramOptions& options);

}  // namespace gimbal
