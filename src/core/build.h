// Which source this binary was built from.
#pragma once

#include <string_view>

namespace gimbal {

/// Git's abbreviated id, with "+" behind it when files had changed; empty outside of a repository. Made anew by every build.
std::string_view build_commit();

}  // namespace gimbal
