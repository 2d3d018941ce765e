// Text on its way through the pipeline, together with the part of the original that each byte came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/utf8.h"

namespace gimbal::text {

/// Whether offsets into the original will be asked for. Without them no alignment is kept, which is three times as fast.
enum class Tracking : uint8_t { kOff, kOn };

/// One step of a rewrite, in the sense of Hugging Face's NormalizedString::transform.
struct Edit {
  char32_t character;
  int change;  ///< 0: replaces the next character; 1: comes after the previous one; -n: replaces the next one and drops n that follow
};

class AlignedText {
 public:
  /// A part of `original` as it stands. Borrows `original`, which must be valid UTF-8.
  AlignedText(std::string_view original, Span part, Tracking tracking) : borrowed_(cut(original, part)), base_(part.begin), tracking_(tracking) {}

  std::string_view text() const { return owns_ ? std::string_view(owned_) : borrowed_; }
  Tracking tracking() const { return tracking_; }

  /// The bytes of the original that a non-empty piece of text() came from, widened to whole characters.
  Span origin(Span piece) const;

  /// Whether the first byte stands where the original begins (of rewritten text only certain when it is tracked).
  bool begins_original() const { return base_ == 0; }

  /// The piece alone, aligned with the same original.
  AlignedText slice(Span piece) const;

  /// Rewrites the text by edits that walk over all of it, after its first `dropped_first` characters, which go.
  void transform(const std::vector<Edit>& edits, uint32_t dropped_first = 0);

  /// Puts `text` in place of the text; origins[i] is where byte i came from (left empty when tracking is off).
  void replace(std::string text, std::vector<Span> origins);

 private:
  Span byte_origin(uint32_t byte) const;

  std::string owned_;
  std::string_view borrowed_;
  bool owns_ = false;
  bool rewritten_ = false;     // whether origins_ says where bytes came from; else byte i came from base_ + i
  std::vector<Span> origins_;  // in bytes of the original
  uint32_t base_;              // where the first byte came from
  Tracking tracking_;
};

/// Text that no added token interrupts, and its words: the pieces that the model sees one at a time.
struct TextRun {
  explicit TextRun(AlignedText whole) : text(std::move(whole)), words{{0, static_cast<uint32_t>(text.text().size())}} {}

  AlignedText text;
  std::vector<Span> words;  ///< in order, without empty ones; pieces that were removed leave gaps
  bool byte_level = false;  ///< each byte stands for its character of the byte alphabet (text/byte_alphabet.h), not yet spelled out
};

/// Spells out a byte-level run: text and words are then in the byte alphabet.
void spell_bytes(TextRun& run);

}  // namespace gimbal::text
