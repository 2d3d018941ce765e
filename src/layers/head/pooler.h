// One row for a whole sequence: BERT's pooler, and the summary that heads of whole sequences read.
#pragma once

#include <optional>

#include "layers/head/head.h"

namespace gimbal {

/// tanh(W h_[CLS] + b)   (arXiv:1810.04805)
class Pooler {
 public:
  explicit Pooler(const HeadParts& parts);
  /// [b, d]
  Var apply(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;

 private:
  HeadParts::Map map_;
};

/// The pooled first row of an encoder, the last row of a decoder; with the model's dropout.
class Summary {
 public:
  explicit Summary(const HeadParts& parts);
  Var apply(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;
  /// One row a record where TokenRows::choices sequences stand for it: their summaries added (GPT-1 section 3.3: similarity, in both orders).
  Var apply_to_records(Tape& tape, const Var& hidden_nd, const TokenRows& rows) const;

 private:
  const Architecture& architecture_;
  std::optional<Pooler> pooler_;
};

/// The map behind a summary: with a bias on an encoder, without one on a decoder (as transformers names and stores them).
HeadParts::Map summary_map(const HeadParts& parts, const std::string& name, int64_t outputs);

}  // namespace gimbal
