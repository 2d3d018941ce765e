// One number a sequence: a linear map of the summary, squared error (STS-B).
#include "layers/head/pooler.h"

namespace gimbal {
namespace {

class RegressHead final : public Head {
 public:
  explicit RegressHead(const HeadParts& parts) : summary_(parts), map_(summary_map(parts, "classifier", 1)) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"logits", map_.apply_f32(tape, summary_.apply_to_records(tape, hidden, rows))}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {map_.of(summary_.apply_to_records(tape, hidden, rows))};
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec&, const LossScale& scale,
           Losses& losses) const override {
    return ops::squared_error(tape, map_.apply_f32(tape, summary_.apply_to_records(tape, hidden, rows)), rows.values, scale.sequence,
                              losses.sequences, rows.teacher(0));
  }

 private:
  Summary summary_;
  HeadParts::Map map_;
};

}  // namespace

std::unique_ptr<Head> make_regress_head(const HeadParts& parts) { return std::make_unique<RegressHead>(parts); }

}  // namespace gimbal
