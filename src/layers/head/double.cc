// GPT-1's double heads: the choice between sequences, and the language model beside it with a weight of its own (0.5 in the paper).
#include "layers/head/choice.h"
#include "layers/head/language.h"

namespace gimbal {
namespace {

class DoubleHead final : public Head {
 public:
  explicit DoubleHead(const HeadParts& parts) : language_(parts), choice_(parts) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"logits", language_.logits(tape, hidden)}, {"mc_logits", choice_.scores(tape, hidden, rows)}};
  }
  std::vector<ops::LinearLogits> maps(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    std::vector<ops::LinearLogits> maps = {language_.map(tape, hidden)};
    if (!rows.labels.empty()) maps.push_back(choice_.map(tape, hidden, rows));
    return maps;
  }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) const override {
    if (rows.labels.empty()) return language_.loss(tape, hidden, rows, spec, scale.token, losses.tokens);
    const Var choice = choice_.loss(tape, hidden, rows, scale.sequence, losses.sequences, rows.teacher(1));
    if (!rows.targets_n) return choice;
    return ops::sum_of_losses(tape, choice, language_.loss(tape, hidden, rows, spec, scale.token, losses.tokens));
  }
  Var token_logits(Tape& tape, const Var& hidden) const override { return language_.logits(tape, hidden); }

 private:
  LanguagePart language_;
  ChoicePart choice_;
};

}  // namespace

std::unique_ptr<Head> make_double_head(const HeadParts& parts) { return std::make_unique<DoubleHead>(parts); }

}  // namespace gimbal
