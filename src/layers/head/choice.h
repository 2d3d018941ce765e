// The part of a head that chooses among sequences.
#pragma once

#include "layers/head/pooler.h"

namespace gimbal {

class ChoicePart {
 public:
  explicit ChoicePart(const HeadParts& parts);
  /// One score a sequence, [b, 1] f32.
  Var scores(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;
  ops::LinearLogits map(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;
  Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, double scale, ops::LossSums& sums, const ops::Teacher* teacher) const;

 private:
  Summary summary_;
  HeadParts::Map map_;
};

}  // namespace gimbal
