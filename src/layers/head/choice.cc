// Which of several sequences is right (SWAG, RACE): one score a sequence, a softmax over each group of them.
#include "layers/head/choice.h"

namespace gimbal {

ChoicePart::ChoicePart(const HeadParts& parts) : summary_(parts), map_(parts.map("choice", 1, parts.architecture.width, true)) {}

Var ChoicePart::scores(Tape& tape, const Var& hidden, const TokenRows& rows) const {
  return map_.apply_f32(tape, summary_.apply(tape, hidden, rows));
}

ops::LinearLogits ChoicePart::map(Tape& tape, const Var& hidden, const TokenRows& rows) const { return map_.of(summary_.apply(tape, hidden, rows)); }

Var ChoicePart::loss(Tape& tape, const Var& hidden, const TokenRows& rows, double scale, ops::LossSums& sums, const ops::Teacher* teacher) const {
  std::vector<ops::Group> groups;
  for (size_t g = 0; g < rows.labels.size(); ++g) {
    const auto begin = static_cast<int64_t>(g) * rows.choices;
    groups.push_back({begin, begin + rows.choices, rows.labels[g]});
  }
  return ops::group_cross_entropy(tape, scores(tape, hidden, rows), 0, groups, scale, sums, teacher);
}

namespace {

class ChoiceHead final : public Head {
 public:
  explicit ChoiceHead(const HeadParts& parts) : part_(parts) {}
  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"logits", part_.scores(tape, hidden, rows)}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override { return {part_.map(tape, hidden, rows)}; }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec&, const LossScale& scale,
           Losses& losses) const override {
    return part_.loss(tape, hidden, rows, scale.sequence, losses.sequences, rows.teacher(0));
  }

 private:
  ChoicePart part_;
};

}  // namespace

std::unique_ptr<Head> make_choice_head(const HeadParts& parts) { return std::make_unique<ChoiceHead>(parts); }

}  // namespace gimbal
