// One class a sequence: softmax over a linear map of the summary (BERT: the pooled [CLS]; decoders: the last token, arXiv GPT-1 section 3.2).
#include "layers/head/pooler.h"

namespace gimbal {
namespace {

class ClassifyHead final : public Head {
 public:
  explicit ClassifyHead(const HeadParts& parts)
      : summary_(parts), map_(summary_map(parts, "classifier", static_cast<int64_t>(parts.architecture.labels.size()))) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"logits", map_.apply_f32(tape, summary_.apply_to_records(tape, hidden, rows))}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {map_.of(summary_.apply_to_records(tape, hidden, rows))};
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    return ops::linear_cross_entropy(tape, maps(tape, hidden, rows)[0], spec, Tensor::from_ints(rows.labels, hidden.value.device()), {},
                                     scale.sequence, losses.sequences, rows.teacher(0));
  }

 private:
  Summary summary_;
  HeadParts::Map map_;
};

}  // namespace

std::unique_ptr<Head> make_classify_head(const HeadParts& parts) {
  if (parts.architecture.labels.size() < 2) fail("model.head classify needs model.labels, the names of at least two classes");
  return std::make_unique<ClassifyHead>(parts);
}

}  // namespace gimbal
