// Pooler and summary.
#include "layers/head/pooler.h"

namespace gimbal {

Pooler::Pooler(const HeadParts& parts) : map_(parts.map("pooler", parts.architecture.width, parts.architecture.width, true)) {}

Var Pooler::apply(Tape& tape, const Var& hidden, const TokenRows& rows) const {
  std::vector<int64_t> first;
  for (const ops::Segment& s : *rows.segments) first.push_back(s.q_begin);
  return ops::activation(tape, {ops::Act::kTanh, false}, map_.apply(tape, ops::take_rows(tape, hidden, std::move(first))));
}

Summary::Summary(const HeadParts& parts) : architecture_(parts.architecture) {
  if (architecture_.mask == "full") pooler_.emplace(parts);
}

Var Summary::apply(Tape& tape, const Var& hidden, const TokenRows& rows) const {
  const Var summary = pooler_ ? pooler_->apply(tape, hidden, rows) : ops::take_rows(tape, hidden, summary_rows(architecture_, rows));
  return ops::dropout(tape, summary, architecture_.dropout, "summary.dropout");
}

Var Summary::apply_to_records(Tape& tape, const Var& hidden, const TokenRows& rows) const {
  Var all = apply(tape, hidden, rows);
  if (rows.choices == 1) return all;
  if (all.value.dtype() == DType::kBF16) all = ops::convert(tape, all, DType::kF32);
  Var sum;
  for (int64_t place = 0; place < rows.choices; ++place) {
    std::vector<int64_t> at;
    for (int64_t s = place; s < rows.sequences(); s += rows.choices) at.push_back(s);
    const Var part = ops::take_rows(tape, all, std::move(at));
    sum = place == 0 ? part : ops::join(tape, {}, sum, nullptr, part, nullptr);
  }
  return sum;
}

HeadParts::Map summary_map(const HeadParts& parts, const std::string& name, int64_t outputs) {
  return parts.map(name, outputs, parts.architecture.width, parts.architecture.mask == "full");
}

}  // namespace gimbal
