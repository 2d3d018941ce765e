// One vector of length 1 a sequence, compared by cosine (Sentence-BERT, arXiv:1908.10084).
//
//   u = pooled / ||pooled||                    pooled: the mean of the sequence's rows, its first row, or its last one (pooling_of)
//   contrastive   L_i = -log( e^{s u_i.u_p(i)} / sum over j of e^{s u_i.u_j} )    (InfoNCE, arXiv:1807.03748; Henderson 2017, arXiv:1705.00652)
//   scored pairs  L_i = (u_a(i).u_b(i) - score_i)^2
//
// i is a sequence with a label, which says where its positive p(i) is; j goes over all sequences of the batch without one: the positives and the hard
// negatives of every i. What is a positive of an equal i elsewhere in the batch is no negative of it.
#include <map>
#include <set>

#include "layers/head/head.h"

namespace gimbal {
namespace {

// Sequences of equal tokens get equal numbers.
std::vector<int> numbers_of_texts(const TokenRows& rows) {
  const Tensor ids = rows.ids_n.to(DType::kI32, Device::kCpu);
  std::map<std::vector<int32_t>, int> known;
  std::vector<int> numbers;
  for (const ops::Segment& s : *rows.segments) {
    const int32_t* first = ids.data<int32_t>() + s.q_begin;
    numbers.push_back(known.try_emplace({first, first + s.q_len}, static_cast<int>(known.size())).first->second);
  }
  return numbers;
}

class EmbedHead final : public Head {
 public:
  explicit EmbedHead(const HeadParts& parts)
      : pooling_(pooling_of(parts.architecture)), scale_(parts.architecture.similarity_scale) {}

  std::map<std::string, Var> answers(Tape& tape, const Var& hidden, const TokenRows& rows) const override {
    return {{"sentence_embedding", units(tape, hidden, rows)}};
  }
  std::vector<ops::LinearLogits> maps(Tape&, const Var&, const TokenRows&) const override { return {}; }
  Var loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec&, const LossScale& scale,
           Losses& losses) const override {
    const Var units_bd = units(tape, hidden, rows);
    if (!rows.values.empty()) {
      std::vector<ops::RowPair> pairs;
      for (int64_t i = 0; i < static_cast<int64_t>(rows.values.size()); ++i) pairs.push_back({2 * i, 2 * i + 1});
      return ops::squared_error(tape, ops::row_dots(tape, units_bd, std::move(pairs), 1), rows.values, scale.sequence, losses.sequences);
    }
    std::vector<ops::RowPair> pairs;
    const std::vector<ops::Group> groups = comparisons(rows, pairs);
    return ops::group_cross_entropy(tape, ops::row_dots(tape, units_bd, std::move(pairs), scale_), 0, groups, scale.sequence, losses.sequences);
  }

 private:
  Var units(Tape& tape, const Var& hidden, const TokenRows& rows) const {
    constexpr double kLeastLength = 1e-12;
    const Var pooled = pooling_ == "mean" ? ops::mean_rows(tape, hidden, rows.segments)
                                          : ops::convert(tape, ops::take_rows(tape, hidden, ends(rows)), DType::kF32);
    return ops::row_norm(tape, {.stat = ops::RowStat::kScale, .eps = kLeastLength}, pooled, nullptr, nullptr, DType::kF32);
  }

  std::vector<int64_t> ends(const TokenRows& rows) const {
    std::vector<int64_t> at;
    for (const ops::Segment& s : *rows.segments) at.push_back(pooling_ == "cls" ? s.q_begin : s.q_begin + s.q_len - 1);
    return at;
  }

  // One group of pairs (anchor, document) an anchor.
  static std::vector<ops::Group> comparisons(const TokenRows& rows, std::vector<ops::RowPair>& pairs) {
    const std::vector<int> texts = numbers_of_texts(rows);
    const auto count = static_cast<int64_t>(rows.labels.size());
    const auto text = [&](int64_t i) { return texts[static_cast<size_t>(i)]; };
    const auto positive = [&](int64_t i) { return rows.labels[static_cast<size_t>(i)]; };
    std::set<std::pair<int, int>> belong;
    for (int64_t i = 0; i < count; ++i)
      if (positive(i) >= 0) belong.insert({text(i), text(positive(i))});
    std::vector<ops::Group> groups;
    for (int64_t i = 0; i < count; ++i) {
      if (positive(i) < 0) continue;
      ops::Group group{static_cast<int64_t>(pairs.size()), 0, -1};
      for (int64_t j = 0; j < count; ++j) {
        if (positive(j) >= 0 || (j != positive(i) && belong.contains({text(i), text(j)}))) continue;
        if (j == positive(i)) group.target = static_cast<int64_t>(pairs.size()) - group.begin;
        pairs.push_back({i, j});
      }
      group.end = static_cast<int64_t>(pairs.size());
      groups.push_back(group);
    }
    return groups;
  }

  std::string pooling_;
  double scale_;
};

}  // namespace

std::string pooling_of(const Architecture& a) {
  if (a.pooling == "auto") return a.mask == "causal" && a.encoder_layers == 0 ? "last" : "mean";
  if (a.pooling != "mean" && a.pooling != "cls" && a.pooling != "last")
    fail("unknown model.pooling '", a.pooling, "'", did_you_mean(a.pooling, {"mean", "cls", "last", "auto"}), "; choose mean, cls, last or auto");
  if (a.pooling == "cls" && a.mask == "causal" && a.encoder_layers == 0)
    fail("model.pooling cls takes the first token, which in a decoder has read nothing but itself; choose last or mean");
  return a.pooling;
}

std::unique_ptr<Head> make_embed_head(const HeadParts& parts) {
  if (!(parts.architecture.similarity_scale > 0)) fail("model.similarity_scale is ", parts.architecture.similarity_scale, "; it must be above 0");
  return std::make_unique<EmbedHead>(parts);
}

}  // namespace gimbal
