// Which changes of maps and inputs each norm of the registry does not see, and over which elements it standardizes, in double.
#include "lab/properties.h"

#include <algorithm>
#include <cmath>

#include "lab/judging.h"

namespace gimbal::lab {
namespace properties_study {

using properties::Case;
using properties::Change;
using properties::Made;

std::vector<Cell> cells(Size) {
  std::vector<Json> norms;
  for (const NormKind& kind : norm_kinds()) norms.emplace_back(std::string(kind.name));
  return grid({{"norm", norms}}, 3);
}

// How far the elements that share a statistic under `like` are from mean 0 and variance 1, at most.
properties::MeanAndVariance farthest(const Tensor& y, const char* like) {
  properties::MeanAndVariance most;
  for (const auto& places : properties::sets_of(like)) {
    const properties::MeanAndVariance m = properties::over(y, places);
    most.mean = std::max(most.mean, std::abs(m.mean));
    most.variance = std::max(most.variance, std::abs(m.variance - 1));
  }
  return most;
}

Measured measure(const Cell& cell) {
  const Made norm(cell.text("norm"));
  const auto seed = static_cast<uint64_t>(2 * cell.seed - 1);
  const Tensor units = Case(seed).units(), plain = norm(units);
  Measured m;
  for (const Change& change : properties::changes()) m.numbers[change.name] = properties::difference_by(change, norm, seed);
  const auto channel = farthest(plain, "batch"), token = farthest(plain, "layer");
  const Tensor other = units.clone();
  for (int64_t j = 0; j < properties::kUnits; ++j) other.data<double>()[j] = static_cast<double>(j);  // the first token is another
  m.numbers.insert(
      {{"channel_mean", channel.mean},
       {"channel_variance", channel.variance},
       {"token_mean", token.mean},
       {"token_variance", token.variance},
       {"other_tokens", properties::largest_difference(norm(other).slice_rows(1, properties::kRows), plain.slice_rows(1, properties::kRows))}});
  return m;
}

Finding judge(const Results& results) {
  Finding finding;
  std::vector<std::string> changes;
  for (const Change& change : properties::changes()) changes.emplace_back(change.name);
  finding.tables.push_back(table_of("Largest change of a norm's result, over its largest value, when what stands before it changes: 0 is not seen",
                                    results, {"norm"}, changes));
  finding.tables.push_back(table_of("Farthest from mean 0 and variance 1, by channel over the batch and by token; what one token does to the others",
                                    results, {"norm"}, {"channel_mean", "channel_variance", "token_mean", "token_variance", "other_tokens"}));
  size_t unseen = 0, fields = 0;
  bool as_published = true;
  for (const Json& norm : results.values_of("norm"))
    for (const std::string& change : changes) {
      const Spread difference = results.where({{"norm", norm}}).spread(change);
      const bool seen = properties::sees(norm.get<std::string>(), change);
      as_published = as_published && (seen ? difference.least > properties::kSeen : difference.most < properties::kUnseen);
      unseen += !seen, ++fields;
    }
  const auto of = [&](const char* norm, const char* number) { return results.where({{"norm", norm}}).spread(number); };
  finding.verdict = verdict_of(as_published);
  finding.sentence = cat("Of ", fields, " pairs of a norm and a change ", unseen, as_published ? " are" : " should be",
                         " unseen to 1e-10 in double. LayerNorm's tokens have mean 0 to ", number_text(of("layer", "token_mean").most),
                         " and one does ", number_text(of("layer", "other_tokens").most), " to another; BatchNorm's channels have mean 0 to ",
                         number_text(of("batch", "channel_mean").most), ".");
  const Spread others = of("layer", "other_tokens"), channel = of("batch", "channel_mean"), channel_variance = of("batch", "channel_variance");
  const bool by_token = others.most == 0 && of("layer", "token_mean").most < properties::kUnseen;
  const bool by_channel = std::max(channel.most, channel_variance.most) < properties::kUnseen && of("batch", "token_mean").least > properties::kSeen;
  finding.evidence = {
      {"S11", refuted_where(by_token),
       cat("in a Transformer each token's channels have mean 0 to ", number_text(of("layer", "token_mean").most), " and variance 1 to ",
           number_text(of("layer", "token_variance").most), ", and a change of one token changes the others by ", number_text(others.most))},
      {"S12", refuted_where(by_channel),
       cat("each channel has mean 0 to ", number_text(channel.most), " and variance 1 to ", number_text(channel_variance.most),
           " over the batch; the means of its samples reach ", number_text(of("batch", "token_mean").median))}};
  return finding;
}

}  // namespace properties_study

Experiment exact_properties() {
  using namespace properties_study;
  return {
      .name = "properties",
      .code = "E0b",
      .claim = "Each norm is blind to changes of weights and inputs that its formula names, and sees all others.",
      .source = "Ba et al. 2016, arXiv:1607.06450, table 1; Zhang & Sennrich 2019, arXiv:1910.07467, table 1; the other norms from their formulas",
      .published = "",
      .criterion =
          "in double, every seed, each norm of the engine: a change that the table calls unseen changes the result by less than 1e-10 of its largest "
          "value, every "
          "other one by more than 1e-3",
      .cost = "under 1 s a cell",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
