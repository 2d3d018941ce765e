// BERT's two tasks at once (arXiv:1810.04805): masked tokens, and from [CLS] whether the second part belongs behind the first (or their order:
// arXiv:1909.11942).
#include "layers/head/masked.h"
#include "layers/head/pooler.h"

namespace gimbal {
namespace {

class PretrainingHead final : public Head {
 public:
  explicit PretrainingHead(const HeadParts& parts) : masked_(parts), pooler_(parts), pair_(parts.map("pair", 2, parts.architecture.width, true)) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"prediction_logits", masked_.logits(tape, hidden)},
            {"seq_relationship_logits", pair_.apply_f32(tape, pooler_.apply(tape, hidden, rows))}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    std::vector<ops::LinearLogits> maps = {masked_.map(tape, hidden, rows)};
    if (!rows.labels.empty()) maps.push_back(pair_.of(pooler_.apply(tape, hidden, rows)));
    return maps;
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    const Var tokens = masked_.loss(tape, hidden, rows, spec, scale.token, losses.tokens);
    if (rows.labels.empty()) return tokens;
    const Var pairs =
        ops::linear_cross_entropy(tape, pair_.of(pooler_.apply(tape, hidden, rows)), {}, Tensor::from_ints(rows.labels, hidden.value.device()), {},
                                  scale.sequence, losses.sequences, rows.teacher(1));
    return ops::sum_of_losses(tape, tokens, pairs);
  }
  Var token_logits(Tape& tape, const Var& hidden) const override { return masked_.logits(tape, hidden); }

 private:
  MaskedPart masked_;
  Pooler pooler_;
  HeadParts::Map pair_;
};

}  // namespace

std::unique_ptr<Head> make_pretraining_head(const HeadParts& parts) { return std::make_unique<PretrainingHead>(parts); }

}  // namespace gimbal
