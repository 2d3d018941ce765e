// The token behind each mask (arXiv:1810.04805): dense, activation, norm, then the token table with a bias of its own. Only rows with a target are
// computed.
#include "layers/head/masked.h"

#include "layers/feed_forward.h"
#include "layers/init.h"
#include "layers/weights/weights.h"

namespace gimbal {
namespace {

std::vector<int64_t> rows_with_target(const TokenRows& rows) {
  const Tensor targets = rows.targets_n.to(DType::kI32, Device::kCpu);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < targets.elements(); ++i)
    if (targets.data<int32_t>()[i] >= 0) chosen.push_back(i);
  return chosen;
}

}  // namespace

MaskedPart::MaskedPart(const HeadParts& parts) : activation_(activation_named(parts.architecture.activation)) {
  const Architecture& a = parts.architecture;
  activation_.gated = false;
  transform_ = parts.map("head.transform", a.width, a.width, true);
  norm_ = make_norm(a.norm, a.width, parts.parameters, "head.norm");
  weight_ = a.tied ? &parts.token_table
                   : &parts.parameters.make("head.weight", Shape{a.vocab, a.width}, {vocabulary_init(a, a.vocab)}, Decay::kYes);
  bias_ = &parts.parameters.make_constant("head.bias", Shape{a.vocab}, 0);
  logit_scale_ = make_logit_scale(a, parts.parameters);
}

Var MaskedPart::transformed(Tape& tape, const Var& hidden) const {
  return norm_->apply(tape, ops::activation(tape, activation_, transform_.apply(tape, hidden)), hidden.value.dtype());
}

Var MaskedPart::logits(Tape& tape, const Var& hidden) const {
  const Var z = ops::linear(tape, transformed(tape, hidden), *weight_, bias_, hidden.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32);
  return logit_scale_ ? ops::gain_columns(tape, z, *logit_scale_) : z;
}

ops::LinearLogits MaskedPart::map(Tape& tape, const Var& hidden, const TokenRows& rows) const {
  return {transformed(tape, ops::take_rows(tape, hidden, rows_with_target(rows))), weight_, bias_, logit_scale_ ? &*logit_scale_ : nullptr};
}

Var MaskedPart::loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale,
                     ops::LossSums& sums) const {
  const Tensor targets = rows.targets_n.to(DType::kI32, Device::kCpu);
  std::vector<int32_t> wanted;
  for (const int64_t i : rows_with_target(rows)) wanted.push_back(targets.data<int32_t>()[i]);
  return ops::linear_cross_entropy(tape, map(tape, hidden, rows), spec, Tensor::from_ints(wanted, hidden.value.device()), {}, scale, sums,
                                   rows.teacher(0));
}

namespace {

class MaskedHead final : public Head {
 public:
  explicit MaskedHead(const HeadParts& parts) : part_(parts) {}
  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows&) const override {
    return {{"logits", part_.logits(tape, hidden)}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override { return {part_.map(tape, hidden, rows)}; }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    return part_.loss(tape, hidden, rows, spec, scale.token, losses.tokens);
  }
  Var token_logits(Tape& tape, const Var& hidden) const override { return part_.logits(tape, hidden); }

 private:
  MaskedPart part_;
};

}  // namespace

std::unique_ptr<Head> make_masked_head(const HeadParts& parts) { return std::make_unique<MaskedHead>(parts); }

}  // namespace gimbal
