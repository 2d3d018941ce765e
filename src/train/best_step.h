// Which step of a run validates best: its checkpoint is `best`.
#pragma once

#include <cstdint>
#include <limits>

namespace gimbal {

/// A larger merit wins (a score, negated where less is better). A tie is decided by the lower validation loss, so that a score that cannot move, such
/// as ROUGE of texts without Latin letters, does not leave a run with its earliest checkpoint. A merit that is not a number beats nothing and is
/// beaten by any that is one; two such are a tie.
struct BestStep {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  int64_t step = -1;
  double merit = kUnknown, loss = kUnknown;

  /// Takes the step when it beats the one that is held.
  void consider(int64_t step, double merit, double loss);
};

}  // namespace gimbal
