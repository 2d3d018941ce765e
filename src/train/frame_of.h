// How a source and its target are laid out for a model, from its architecture.
#pragma once

#include "data/objectives/frame.h"
#include "layers/architecture.h"

namespace gimbal {

/// Error for an encoder alone, which writes nothing.
inline Frame frame_of(const Architecture& a) {
  if (a.encoder_layers > 0) return Frame::kEncoderDecoder;
  if (a.positions.kind == "blocks") return Frame::kBlank;
  if (a.mask == "prefix") return Frame::kPrefix;
  if (a.mask == "causal") return Frame::kCausal;
  fail("this model (family ", a.family,
       ") is an encoder: it reads and does not write; text from text needs a decoder, such as t5, glm, gpt2 or llama");
}

}  // namespace gimbal
