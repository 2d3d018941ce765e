// SentencePiece's model files (arXiv:1808.06226): pieces with scores, and how text is normalized before it is cut into them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal::text {

/// The fields of sentencepiece_model.proto that encoding and decoding need.
struct SentencePieceModel {
  enum class Algorithm : int32_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  enum class Sort : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };
  struct Piece {
    std::string token;
    float score = 0;
    Sort sort = Sort::kNormal;
  };
  std::vector<Piece> pieces;  ///< by id

  Algorithm algorithm = Algorithm::kUnigram;
  bool space_is_suffix = false;
  bool byte_fallback = false;
  std::string unknown_surface = " \u2047 ";  ///< what the unknown token decodes to

  std::string charsmap;  ///< compiled rules (text/charsmap.h); may be empty
  bool add_dummy_prefix = true;
  bool remove_extra_spaces = true;
  bool escape_spaces = true;
};

/// From the bytes of a .model file. Error when they are cut off, or are no such file.
SentencePieceModel read_sentence_piece_model(std::string_view bytes);

}  // namespace gimbal::text
