// The next token: logits of the shared table or of a map of their own, optionally scaled (T5).
#include "layers/head/language.h"

#include "layers/init.h"
#include "layers/weights/weights.h"

namespace gimbal {

LanguagePart::LanguagePart(const HeadParts& parts) : scale_(parts.architecture.scale_logits ? 1 / std::sqrt(static_cast<double>(parts.architecture.width)) : 1) {
  const Architecture& a = parts.architecture;
  weight_ = a.tied ? &parts.token_table
                   : &parts.parameters.make("head.weight", Shape{a.vocab, a.width}, {vocabulary_init(a, a.vocab)}, Decay::kYes);
  logit_scale_ = make_logit_scale(a, parts.parameters);
}

Var LanguagePart::logits(Tape& tape, const Var& hidden) const {
  const DType type = hidden.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32;
  const Var z = ops::linear(tape, ops::scale(tape, hidden, scale_), *weight_, nullptr, type);
  return logit_scale_ ? ops::gain_columns(tape, z, *logit_scale_) : z;
}

ops::LinearLogits LanguagePart::map(Tape& tape, const Var& hidden) const {
  return {ops::scale(tape, hidden, scale_), weight_, nullptr, logit_scale_ ? &*logit_scale_ : nullptr};
}

Var LanguagePart::loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale,
                       ops::LossSums& sums) const {
  return ops::linear_cross_entropy(tape, map(tape, hidden), spec, rows.targets_n, rows.weights_n, scale, sums, rows.teacher(0));
}

namespace {

class LanguageHead final : public Head {
 public:
  explicit LanguageHead(const HeadParts& parts) : part_(parts) {}
  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows&) const override {
    return {{"logits", part_.logits(tape, hidden)}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows&) const override { return {part_.map(tape, hidden)}; }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    return part_.loss(tape, hidden, rows, spec, scale.token, losses.tokens);
  }
  Var token_logits(Tape& tape, const Var& hidden) const override { return part_.logits(tape, hidden); }

 private:
  LanguagePart part_;
};

}  // namespace

std::unique_ptr<Head> make_language_head(const HeadParts& parts) { return std::make_unique<LanguageHead>(parts); }

}  // namespace gimbal
