// Adding the language model's loss.
#include "train/language_lesson.h"

#include "core/error.h"

namespace gimbal {
namespace {

class LanguageLesson final : public Lesson {
 public:
  explicit LanguageLesson(double weight) : weight_(weight) {}

  Var loss(Tape& tape, Model& model, const TokenRows& rows, const Flow& flow, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) override {
    const Var hidden = model.hidden(tape, rows, flow);
    const Var task = model.loss(tape, hidden, rows, spec, scale, losses);
    Parameter* table = model.parameters().find(kTokenTable);
    GIMBAL_ASSERT(table, kTokenTable);
    ops::LossSums sums;
    const Var language = ops::linear_cross_entropy(tape, {hidden, table}, spec, rows.targets_n, rows.weights_n, weight_ * scale.token, sums);
    losses.inner += weight_ * scale.token * sums.loss;
    return ops::sum_of_losses(tape, task, language);
  }
  uint64_t fingerprint() const override { return hash_name(cat("language ", weight_)); }

 private:
  static constexpr const char* kTokenTable = "embed.tokens";
  double weight_;
};

}  // namespace

std::shared_ptr<Lesson> make_language_lesson(const Architecture& a, double weight) {
  if (weight < 0) fail("task.language_weight ", weight, " is below 0");
  if (a.mask != "causal" || a.encoder_layers > 0)
    fail("task.language_weight is for causal decoders with a head of their own, and this model (family ", a.family, ") is none; leave it out");
  if (!a.tied)
    fail("task.language_weight needs a model whose output map is its token table, as gpt1 and gpt2 have it; this one (family ", a.family,
         ") has a map of its own, which the task's head replaces");
  return std::make_shared<LanguageLesson>(weight);
}

}  // namespace gimbal
