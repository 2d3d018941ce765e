// The Unigram model (Kudo 2018, arXiv:1804.10959): of all ways to cut a text into pieces, the one whose scores add up to the most.
#pragma once

#include <string>
#include <vector>

#include "text/models/token_model.h"

namespace gimbal::text {

/// Sums of scores, whose rounding decides between cuts that are all but equal.
enum class ScoreSums : uint8_t {
  kDouble,  ///< as Hugging Face tokenizers
  kFloat,   ///< as SentencePiece
};

struct UnigramPieces {
  struct Piece {
    std::string token;
    double score;
    bool in_text;  ///< false: never cut out of a text, such as control symbols
  };
  std::vector<Piece> pieces;  ///< by id
  int32_t unknown_id = -1;    ///< -1: none
  double unknown_score = 0;   ///< of one character that no piece has
  bool byte_fallback = false;  ///< such characters become the tokens <0x00> to <0xFF> of their bytes
  ScoreSums sums = ScoreSums::kDouble;
};

/// Error when unknown_id is not an id.
TokenModelPtr make_unigram(UnigramPieces pieces);

}  // namespace gimbal::text
