// White space and word characters, one code point at a time, where a whole table is not worth its memory.
#pragma once

namespace gimbal::text {

/// Unicode White_Space, as \s of Rust's and Oniguruma's regular expressions.
bool is_space(char32_t c);

/// Word characters as \w of Rust's regular expressions: Alphabetic, marks, decimal digits, connector punctuation and join controls.
bool is_word_character(char32_t c);

}  // namespace gimbal::text
