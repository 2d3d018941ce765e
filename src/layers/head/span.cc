// Where an answer begins and ends (SQuAD, arXiv:1810.04805 section 4.2): a softmax over a sequence's rows for each; the loss is the mean of the two.
#include "layers/head/head.h"

namespace gimbal {
namespace {

class SpanHead final : public Head {
 public:
  explicit SpanHead(const HeadParts& parts) : map_(parts.map("span", 2, parts.architecture.width, true)) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows&) const override {
    return {{"span_logits", map_.apply_f32(tape, hidden)}};
  }
  std::vector<ops::LinearLogits> maps(Tape&, const Var& hidden, const TokenRows&) const override { return {map_.of(hidden)}; }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec&, const LossScale& scale,
           Losses& losses) const override {
    const Var scores = map_.apply_f32(tape, hidden);
    ops::LossSums begins, ends;
    const Var begin = ops::group_cross_entropy(tape, scores, 0, groups(rows, rows.span_begins), scale.sequence / 2, begins, rows.teacher(0));
    const Var end = ops::group_cross_entropy(tape, scores, 1, groups(rows, rows.span_ends), scale.end / 2, ends, rows.teacher(0));
    losses.sequences.loss += (begins.loss + ends.loss) / 2;
    losses.sequences.nll += (begins.nll + ends.nll) / 2;
    losses.sequences.weight += begins.weight;
    losses.sequences.lse_squares += begins.lse_squares;
    return ops::sum_of_losses(tape, begin, end);
  }

 private:
  static std::vector<ops::Group> groups(const TokenRows& rows, const std::vector<int32_t>& targets) {
    std::vector<ops::Group> groups;
    for (size_t s = 0; s < targets.size(); ++s) {
      const ops::Segment& segment = (*rows.segments)[s];
      groups.push_back({segment.q_begin, segment.q_begin + segment.q_len, targets[s]});
    }
    return groups;
  }

  HeadParts::Map map_;
};

}  // namespace

std::unique_ptr<Head> make_span_head(const HeadParts& parts) { return std::make_unique<SpanHead>(parts); }

}  // namespace gimbal
