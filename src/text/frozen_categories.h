// Categories of characters frozen at the Unicode versions that the tables of Hugging Face tokenizers have: published ids depend on them.
//
// Compared with tokenizers 0.23.3 for every code point. Newer characters count as what they were then: unassigned.
#pragma once

namespace gimbal::text {

/// Control, format and private-use characters of Unicode 8, but not tab, newline and carriage return: BertNormalizer's "clean_text" drops them.
bool is_frozen_control(char32_t c);

/// Punctuation of Unicode 8, and all ASCII symbols: BertPreTokenizer and Punctuation cut there.
bool is_frozen_punctuation(char32_t c);

/// Nonspacing marks of Unicode 8: BertNormalizer's "strip_accents" drops them.
bool is_frozen_accent(char32_t c);

/// Marks of all sorts of Unicode 9: StripAccents drops them.
bool is_frozen_mark(char32_t c);

/// The blocks that BERT takes for Chinese characters (its tokenization.py): CJK ideographs, not kana or Hangul.
bool is_bert_ideograph(char32_t c);

}  // namespace gimbal::text
