// Keeping the spaces of byte-level tokens out of their offsets: what the post-processors ByteLevel and Roberta share.
#pragma once

#include "text/post_processors/post_processor.h"

namespace gimbal::text {

/// Whether the pre-tokenizer put a space in front of the text: one at its start then covers no text, and is not taken off.
enum class PrefixSpace : uint8_t { kNo, kYes };

void trim_offsets(Draft& draft, PrefixSpace prefix_space);

}  // namespace gimbal::text
