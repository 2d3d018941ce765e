// The part of a head that predicts masked tokens.
#pragma once

#include <optional>

#include "layers/head/head.h"
#include "layers/norm/norm.h"

namespace gimbal {

class MaskedPart {
 public:
  explicit MaskedPart(const HeadParts& parts);
  /// [n, v] f32 of every row.
  Var logits(Tape& tape, const Var& hidden_nd) const;
  /// Of the rows with a target.
  ops::LinearLogits map(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;
  Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale, ops::LossSums& sums) const;

 private:
  Var transformed(Tape& tape, const Var& hidden_nd) const;

  HeadParts::Map transform_;
  ops::ActivationSpec activation_;
  std::unique_ptr<Norm> norm_;
  Parameter *weight_, *bias_;
  std::optional<ops::ColumnGain> logit_scale_;
};

}  // namespace gimbal
