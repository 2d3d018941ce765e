// What a model learns from a batch: the loss of its head, or more than that (train/distill.h).
#pragma once

#include "models/model.h"

namespace gimbal {

class Lesson {
 public:
  virtual ~Lesson() = default;

  /// The loss of these rows, a root of the tape; `losses` gets its sums.
  virtual Var loss(Tape& tape, Model& model, const TokenRows& rows, const Flow& flow, const ops::CrossEntropySpec& spec, const LossScale& scale,
                   Losses& losses) {
    return model.loss(tape, model.hidden(tape, rows, flow), rows, spec, scale, losses);
  }
  /// What is learned beside the model and belongs to the run alone; may be null.
  virtual Parameters* parameters() { return nullptr; }
  /// Of what the lesson is made of besides the data: a resumed run must bring the same.
  virtual uint64_t fingerprint() const { return 0; }
};

}  // namespace gimbal
