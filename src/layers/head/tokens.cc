// One class a token (CoNLL-2003 and the like): softmax over a linear map of each row; rows without a target are not counted.
#include "layers/head/head.h"

namespace gimbal {
namespace {

class TokensHead final : public Head {
 public:
  explicit TokensHead(const HeadParts& parts)
      : map_(parts.map("classifier", static_cast<int64_t>(parts.architecture.labels.size()), parts.architecture.width, true)),
        dropout_(parts.architecture.dropout) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows&) const override {
    return {{"logits", map_.apply_f32(tape, hidden)}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows&) const override {
    return {map_.of(ops::dropout(tape, hidden, dropout_, "classifier.dropout"))};
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    return ops::linear_cross_entropy(tape, maps(tape, hidden, rows)[0], spec, rows.targets_n, rows.weights_n, scale.token, losses.tokens,
                                     rows.teacher(0));
  }

 private:
  HeadParts::Map map_;
  double dropout_;
};

}  // namespace

std::unique_ptr<Head> make_tokens_head(const HeadParts& parts) {
  if (parts.architecture.labels.size() < 2) fail("model.head tokens needs model.labels, the names of at least two classes");
  return std::make_unique<TokensHead>(parts);
}

}  // namespace gimbal
