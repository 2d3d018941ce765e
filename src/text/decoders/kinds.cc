// The list of decoders.
#include "text/decoders/decoder.h"
#include "text/kind_list.h"

namespace gimbal::text {

DecoderPtr make_decoder(const Json& json) {
  static constexpr Kind<DecoderPtr> kKinds[] = {
      {"BPEDecoder", make_bpe_decoder},
      {"ByteFallback", make_byte_fallback},
      {"ByteLevel", make_byte_level_decoder},
      {"Fuse", make_fuse},
      {"Metaspace", make_metaspace_decoder},
      {"Replace", make_replace_decoder},
      {"Strip", make_strip_decoder},
      {"WordPiece", make_word_piece_decoder},
      {"Sequence", make_decoder_sequence},
  };
  return make_from_kinds<DecoderPtr>(json, "decoder", kKinds);
}

}  // namespace gimbal::text
