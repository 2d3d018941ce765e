// What one forward and backward pass of a model says, before or between steps: gradients by parameter, the size of the stream by layer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/batch.h"
#include "models/model.h"

namespace gimbal::lab {

struct Probe {
  double loss = 0;
  std::map<std::string, double> gradients;  // Frobenius norm of each parameter's gradient
  std::vector<double> stream_rms;           // behind each block; like a gradient's norm not-a-number where something was not finite

  /// Gradient norms of one parameter of every block, such as "ffn.down.weight" (W2 of the literature), from the first block to the last.
  std::vector<double> by_layer(const std::string& parameter, const std::string& stack = "") const;
};
Probe probe(Model& model, const TokenBatch& batch);

/// Token ids drawn evenly, with targets drawn evenly too: sequences x length rows.
TokenBatch random_tokens(int64_t sequences, int64_t length, int64_t vocab, uint64_t seed);

/// Mean loss of the head over the batch in nats, without recording. kTrain: by the batch's own statistics, which change nothing.
double loss_on(Model& model, const TokenBatch& batch, Tape::Phase phase = Tape::Phase::kEval);

/// What the head reads, [n, width], without recording.
Tensor hidden_rows(Model& model, const TokenBatch& batch);
/// Root mean square of a - b.
double rms_difference(const Tensor& a, const Tensor& b);

}  // namespace gimbal::lab
