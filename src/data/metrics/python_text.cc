// Python's str.lower and str.split over UTF-8.
#include "data/metrics/python_text.h"

#include <algorithm>

#include "text/aligned_text.h"
#include "text/normalizers/normalizer.h"
#include "text/regex.h"
#include "text/spaces.h"
#include "text/utf8.h"

namespace gimbal::metrics {
namespace {

constexpr std::string_view kCapitalSigma = "\u03A3", kFinalSigma = "\u03C2";

// The Final_Sigma condition of Unicode's SpecialCasing: after a cased letter and before none, characters without case passed over.
void write_final_sigmas(std::string& text) {
  if (text.find(kCapitalSigma) == std::string::npos) return;
  const std::string cased = R"([\p{Lu}\p{Ll}\p{Lt}\x{AA}\x{BA}\x{2160}-\x{217F}\x{24B6}-\x{24E9})"
                            R"(\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}])",
                    passed = R"([\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}'.:\x{B7}\x{387}\x{55F}\x{5F4}\x{2018}\x{2019}\x{2024}\x{2027})"
                             R"(\x{FE13}\x{FE52}\x{FE55}\x{FF07}\x{FF0E}\x{FF1A}]*)";
  static const text::Regex ending(cased + passed + kCapitalSigma.data() + "(?!" + passed + cased + ")");
  std::vector<text::Span> found;
  ending.find_all(text, 0, found);
  for (const text::Span& span : found) std::ranges::copy(kFinalSigma, text.begin() + span.end - kFinalSigma.size());  // both take two bytes
}

}  // namespace

bool is_python_space(char32_t c) { return text::is_space(c) || (c >= 0x1C && c <= 0x1F); }

std::string python_lower(std::string_view text) {
  std::string lowered(text);
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    for (char& c : lowered)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lowered;
  }
  write_final_sigmas(lowered);
  static const text::NormalizerPtr lowercase = text::make_lowercase({});
  text::AlignedText aligned(lowered, {0, static_cast<uint32_t>(lowered.size())}, text::Tracking::kOff);
  lowercase->apply(aligned);
  return std::string(aligned.text());
}

std::vector<std::string_view> python_split(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = std::string_view::npos;
  for (size_t i = 0; i < text.size();) {
    const size_t length = text::character_length(text[i]);
    const bool space = is_python_space(text::character_at(text.data() + i));
    if (space && begin != std::string_view::npos) {
      words.push_back(text.substr(begin, i - begin));
      begin = std::string_view::npos;
    } else if (!space && begin == std::string_view::npos) {
      begin = i;
    }
    i += length;
  }
  if (begin != std::string_view::npos) words.push_back(text.substr(begin));
  return words;
}

}  // namespace gimbal::metrics
