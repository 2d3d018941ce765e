// The last steps of a run done again, bit for bit, with a reading of every tensor: which one went wrong first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"
#include "layers/flow.h"

namespace gimbal::lab {

struct ReplayedStep {
  int64_t step = 0;
  double loss = 0, logged = 0;  // the log's; NaN where it was not finite or is not there
  /// In the order of computation: activations, their gradients, gradients of parameters, and the parameters behind the update.
  std::vector<TensorReading> tensors;
  /// The same bits, or both not finite.
  bool same() const { return loss == logged || (loss != loss && logged != logged); }
};

/// A tensor that left what it was in the steps before: not finite, or root mean square or largest value more than fourfold (and over the median).
struct WrongTensor {
  int64_t step = 0;
  TensorReading now;
  double usual_rms = 0, usual_max = 0;
};

struct Replay {
  int64_t from_step = 0;  // steps that the checkpoint had behind it; 0: the run's beginning
  std::string from;       // its directory; empty: the beginning
  std::vector<ReplayedStep> steps;
  std::vector<WrongTensor> wrong;  // in time order, each tensor once
  int64_t same = 0, compared = 0;  // losses, of all steps that were done again and stand in the log
};

struct ReplayRequest {
  fs::path run;
  int64_t step = 0;    // the last one to be done again
  int64_t window = 5;  // steps before it whose tensors are read too
};

/// Starts from the newest snapshot or checkpoint that lies before the window (at worst before the step), else from the run's beginning, in a folder
/// of its own; the run's directory is only read. Data and models that the run was given must still be where they were. Error when the step is not in
/// the log, or when a rollback lies between (its data order is not the run's).
Replay replay(const ReplayRequest& request);

Json to_json(const Replay& replay);
std::string to_text(const Replay& replay);

}  // namespace gimbal::lab
