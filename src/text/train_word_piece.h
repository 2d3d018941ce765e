// Training WordPiece tokenizers (BERT, arXiv:1810.04805).
#pragma once

#include <cstdint>

#include "text/each_text.h"
#include "text/tokenizer.h"

namespace gimbal {

struct WordPieceOptions {
  int32_t vocab_size = 0;           ///< with the five special tokens, and each character twice: beginning a word ("a") and within one ("##a")
  uint64_t min_frequency = 2;       ///< how often a pair must occur to become a token
  size_t max_characters = 1000;     ///< the most frequent ones; words with others are unknown
  bool lowercase = true;            ///< and without accents, as BERT's uncased models
};

/// BERT's whole pipeline, with [PAD] [UNK] [CLS] [SEP] [MASK] as the ids 0 to 4. Pieces are found as Hugging Face's WordPieceTrainer finds them: merges
/// of frequent neighbours, as for BPE, where a piece within a word is another than one that begins it. The same tokenizer for any number of threads.
/// (Of equally frequent pairs that trainer takes one by chance: its characters within words get their ids in a random order.)
/// Error for a vocabulary smaller than the characters need, or larger than the corpus supports, naming the limit.
Tokenizer train_word_piece(const EachText& each_text, const WordPieceOptions& options);

}  // namespace gimbal
