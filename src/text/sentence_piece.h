// The parts of a tokenizer that behave as SentencePiece does, made from its model file.
//
// Ids are those of SentencePiece for the same file. Written as a tokenizer.json, these parts become the nearest that Hugging Face tokenizers has, as
// transformers converts such files: ids then differ in rare cases (accents that stand apart, runs of white space).
#pragma once

#include "text/decoders/decoder.h"
#include "text/models/token_model.h"
#include "text/normalizers/normalizer.h"
#include "text/sentence_piece_model.h"

namespace gimbal::text {

inline constexpr std::string_view kSpaceMark = "\u2581";  // ▁

NormalizerPtr make_sentence_piece_normalizer(const SentencePieceModel& model);

/// Error for the algorithms word and char, and for files without an unknown token.
TokenModelPtr make_sentence_piece_token_model(const SentencePieceModel& model);

DecoderPtr make_sentence_piece_decoder(const SentencePieceModel& model);

}  // namespace gimbal::text
