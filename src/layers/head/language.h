// The part of a head that predicts tokens from the rows themselves.
#pragma once

#include <cmath>
#include <optional>

#include "layers/head/head.h"

namespace gimbal {

class LanguagePart {
 public:
  explicit LanguagePart(const HeadParts& parts);
  /// [n, v] f32.
  Var logits(Tape& tape, const Var& hidden_nd) const;
  ops::LinearLogits map(Tape& tape, const Var& hidden_nd) const;
  Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale, ops::LossSums& sums) const;

 private:
  Parameter* weight_;
  double scale_;
  std::optional<ops::ColumnGain> logit_scale_;
};

}  // namespace gimbal
