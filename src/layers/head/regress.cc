// One number a sequence, a linear map of the summary: of any size, by squared error (STS-B), or the logit of "this document answers this query", by
// binary cross-entropy (a cross-encoder, arXiv:1901.04085).
#include "layers/head/pooler.h"

namespace gimbal {
namespace {

using NumberLoss = Var (*)(Tape& tape, const Var& x, std::span<const double> targets, double scale, ops::LossSums& sums, const ops::Teacher* teacher);

class NumberHead final : public Head {
 public:
  NumberHead(const HeadParts& parts, NumberLoss loss) : summary_(parts), map_(summary_map(parts, "classifier", 1)), loss_(loss) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"logits", map_.apply_f32(tape, summary_.apply_to_records(tape, hidden, rows))}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {map_.of(summary_.apply_to_records(tape, hidden, rows))};
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec&, const LossScale& scale,
           Losses& losses) const override {
    const Var x = map_.apply_f32(tape, summary_.apply_to_records(tape, hidden, rows));
    return loss_(tape, x, rows.values, scale.sequence, losses.sequences, rows.teacher(0));
  }

 private:
  Summary summary_;
  HeadParts::Map map_;
  NumberLoss loss_;
};

}  // namespace

std::unique_ptr<Head> make_regress_head(const HeadParts& parts) { return std::make_unique<NumberHead>(parts, ops::squared_error); }
std::unique_ptr<Head> make_rerank_head(const HeadParts& parts) { return std::make_unique<NumberHead>(parts, ops::binary_cross_entropy); }

}  // namespace gimbal
