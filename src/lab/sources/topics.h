// Texts of several topics and of any length up to the longest: what makes one batch of language unlike the next.
#pragma once

#include <memory>
#include <vector>

#include "data/batch.h"

namespace gimbal::lab {

/// Each example is one of a random topic's, cut to a length drawn evenly from `shortest` to its own; a pure function of its number and the seed.
std::shared_ptr<const Examples> texts_of_topics(std::vector<std::shared_ptr<const Examples>> topics, int64_t shortest, uint64_t seed);

}  // namespace gimbal::lab
