// Regular expressions as tokenizer files write them (Oniguruma, Ruby syntax) put into PCRE2's terms.
#pragma once

#include <string>
#include <string_view>

namespace gimbal::text {

/// A PCRE2 pattern (for UTF, UCP and MULTILINE) that matches what Oniguruma matches. It rewrites
///   nested classes            [a[bc]] is [abc]
///   \s \S \w \W \b \B \h \H   to Unicode properties by Oniguruma's definitions, which differ from PCRE2's
///   (?m)                      which lets the dot match a newline, to (?s)
///   \uHHHH                    to \x{HHHH}
/// Error for what has no counterpart: class intersections (&&), negated classes inside a class, and {n,m}+, which is not possessive in Ruby.
std::string oniguruma_to_pcre2(std::string_view pattern);

}  // namespace gimbal::text
