// A corpus as the trainers read it: one text after the other, so that none need be held in memory.
#pragma once

#include <functional>
#include <string_view>

namespace gimbal {

/// Calls `take` with each text of a corpus, in order. A view need only live during the call.
using EachText = std::function<void(const std::function<void(std::string_view)>& take)>;

}  // namespace gimbal
