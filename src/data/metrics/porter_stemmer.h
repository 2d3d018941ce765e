// Porter's stemmer for English (Porter 1980, "An algorithm for suffix stripping"), with the changes that NLTK's default mode makes, since the
// published ROUGE scores use that one: short words and a few irregular ones stay, ies/ied of four letters keep their e, y becomes i only after a
// consonant, -alli comes first in step 2, and -fulli and -logi are added to it.
#pragma once

#include <string>
#include <string_view>

namespace gimbal::metrics {

/// The stem of a lower-case ASCII word; digits count as consonants.
std::string porter_stem(std::string_view word);

}  // namespace gimbal::metrics
