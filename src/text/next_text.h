// A corpus as the trainers read it: one text after the other.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace gimbal {

/// Gives the next text of a corpus, or nothing at its end. A view need only live until the next call.
using NextText = std::function<std::optional<std::string_view>()>;

}  // namespace gimbal
