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

HeadParts::Map summary_map(const HeadParts& parts, const std::string& name, int64_t outputs) {
  return parts.map(name, outputs, parts.architecture.width, parts.architecture.mask == "full");
}

}  // namespace gimbal
