// What weights say by themselves.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/table.h"
#include "lab/doctor/checks.h"
#include "layers/feed_forward.h"
#include "train/report_readings.h"

namespace gimbal::lab {
namespace {

using MaybeFinding = std::optional<Complaint>;

struct Rows {
  const Parameter* parameter;
  std::vector<double> rms;  // of each row
};

Rows rows_of_weight(const Parameter& p) {
  Rows rows{&p, {}};
  const int64_t count = p.rows(), cols = p.shape.elements() / std::max<int64_t>(1, count);
  const float* x = p.value.data<float>();
  for (int64_t r = 0; r < count; ++r) {
    double squares = 0;
    for (int64_t c = 0; c < cols; ++c) squares += static_cast<double>(x[r * cols + c]) * x[r * cols + c];
    rows.rms.push_back(std::sqrt(squares / static_cast<double>(cols)));
  }
  return rows;
}

double rms_of(const Parameter& p) {
  const kernels::Moments m = kernels::on(p.value.device()).elementwise.moments(p.value);
  return m.count > 0 ? std::sqrt(m.sum_squares / static_cast<double>(m.count)) : 0;
}

double median_of_values(std::vector<double> values) { return values.empty() ? 0 : median_between(values, 0, values.size()); }

std::string place_of_parameter(const Model& model, const std::string& name) {
  if (const auto layer = health_index_of(model.architecture(), name)) return cat("block ", *layer);
  return name.starts_with("embed.") ? "embedding" : "head";
}

Complaint of_weight(const Model& model, const char* cause, Gravity gravity, const std::string& name, double value, double usual, std::string what,
                    std::string fix) {
  return {cause, gravity, 0, place_of_parameter(model, name), name, value, usual, std::move(what), std::move(fix), {}};
}

bool ends_with_any(const std::string& name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return name.ends_with(e); });
}

MaybeFinding non_finite_weights(const Model& model) {
  int64_t tensors = 0, values = 0;
  std::string first;
  for (const Parameter& p : model.parameters().all()) {
    const kernels::Moments m = kernels::on(p.value.device()).elementwise.moments(p.value);
    if (m.non_finite == 0) continue;
    if (tensors++ == 0) first = p.name;
    values += m.non_finite;
  }
  if (tensors == 0) return {};
  return of_weight(model, cause::kNonFinite, Gravity::kAlarm, first, static_cast<double>(values), 0,
                   cat(values, " weights in ", tensors, " tensors are not finite, the first in ", first, ": everything behind it is not a number."),
                   "Go back to an earlier checkpoint; gimbal doctor RUN --replay STEP shows which step did it.");
}

// A feed-forward unit is dead when its bias is below all that its weights reach on normed inputs (rms 1): b < -6 ||w||. Of ReLU forms only.
MaybeFinding dead_relu_units(const Model& model) {
  const Architecture& a = model.architecture();
  if (activation_named(a.activation).act != ops::Act::kRelu) return {};
  double worst = 0;
  std::string where;
  for (const Parameter& p : model.parameters().all()) {
    if (!p.name.ends_with("ffn.up.bias")) continue;
    const std::string weight = p.name.substr(0, p.name.size() - 4) + "weight";
    const auto& all = model.parameters().all();
    const auto w = std::find_if(all.begin(), all.end(), [&](const Parameter& q) { return q.name == weight; });
    if (w == all.end()) continue;
    const Rows rows = rows_of_weight(*w);
    double dead = 0;
    for (size_t u = 0; u < rows.rms.size(); ++u)
      dead += p.value.data<float>()[u] < -6 * rows.rms[u] * std::sqrt(static_cast<double>(a.width)) ||
              (rows.rms[u] == 0 && p.value.data<float>()[u] <= 0);
    const double share = dead / static_cast<double>(rows.rms.size());
    if (share > worst) worst = share, where = p.name;
  }
  if (worst < 0.1) return {};
  return of_weight(model, cause::kDeadUnits, worst > 0.5 ? Gravity::kAlarm : Gravity::kRisk, where, worst, 0,
                   cat(short_number(100 * worst), " % of the units behind ", where, " cannot fire on a normed input: their biases lie too low."),
                   "Lower the rate, or take an activation with a slope everywhere.");
}

// Of all families: rows of a map that are all zero pass nothing.
MaybeFinding zero_rows(const Model& model) {
  double worst = 0;
  std::string where;
  for (const Parameter& p : model.parameters().all()) {
    if (!p.is_matrix() || p.name.starts_with("embed.") || !p.name.ends_with(".weight")) continue;
    const Rows rows = rows_of_weight(p);
    const double share = static_cast<double>(std::count(rows.rms.begin(), rows.rms.end(), 0.0)) / static_cast<double>(rows.rms.size());
    if (share > worst) worst = share, where = p.name;
  }
  if (worst < 0.02) return {};
  return of_weight(model, cause::kDeadUnits, worst > 0.5 ? Gravity::kAlarm : Gravity::kRisk, where, worst, 0,
                   cat(short_number(100 * worst), " % of the rows of ", where, " are zero: these units are dead, or the model was pruned."),
                   "Start them again, or leave them out of the model.");
}

// Under 1 + gain a stored 0 is a gain of 1, so the plain form only.
MaybeFinding gains_at_zero(const Model& model) {
  if (model.architecture().norm.one_plus_gain) return {};
  double worst = 0;
  std::string where;
  for (const Parameter& p : model.parameters().all()) {
    if (!p.name.ends_with(".gain") || p.name.find(".join") != std::string::npos) continue;
    double small = 0;
    for (int64_t i = 0; i < p.value.elements(); ++i) small += std::abs(p.value.at(i)) < 1e-4;
    const double share = small / static_cast<double>(p.value.elements());
    if (share > worst) worst = share, where = p.name;
  }
  if (worst < 0.05) return {};
  return of_weight(
      model, cause::kSizes, worst > 0.5 ? Gravity::kAlarm : Gravity::kRisk, where, worst, 0,
      cat(short_number(100 * worst), " % of the gains of ", where, " are zero: the norm closes these channels, and their gradients with them."),
      "Do not decay gains (gimbal does not); check how the checkpoint was converted, whether its gains are kept as 1 + weight.");
}

// The same matrix of every block against the median over the blocks: training makes them differ by small factors.
MaybeFinding outsized_matrix(const Model& model) {
  constexpr double kOutsized = 8;
  const Architecture& a = model.architecture();
  if (a.layers + a.encoder_layers < 3) return {};
  std::map<std::string, std::vector<std::pair<std::string, double>>> alike;
  for (const Parameter& p : model.parameters().all()) {
    if (!p.is_matrix() || !health_index_of(a, p.name)) continue;
    const size_t dot = p.name.find('.', p.name.find("block.") + 6);
    alike[p.name.substr(dot)].emplace_back(p.name, rms_of(p));
  }
  double worst = 1, usual = 0, value = 0;
  std::string where;
  for (const auto& [kind, sizes] : alike) {
    std::vector<double> values;
    for (const auto& [name, size] : sizes) values.push_back(size);
    const double middle = median_of_values(values);
    for (const auto& [name, size] : sizes)
      if (middle > 0 && size / middle > worst) worst = size / middle, where = name, usual = middle, value = size;
  }
  if (worst < kOutsized) return {};
  return of_weight(model, cause::kWeights, worst > 20 ? Gravity::kAlarm : Gravity::kRisk, where, value, usual,
                   cat(where, " is ", short_number(worst), " times as large as the same matrix of the other blocks (root mean square ",
                       short_number(value), " beside ", short_number(usual), ")."),
                   "Compare with an earlier checkpoint; a single matrix grows so when its file, its conversion or a merge is at fault.");
}

// Rows of the token table: one that dwarfs the others drowns the rest of its text; one without variance is blown up by the first norm.
MaybeFinding outsized_embedding(const Model& model) {
  for (const Parameter& p : model.parameters().all()) {
    if (p.name != "embed.tokens") continue;
    const Rows rows = rows_of_weight(p);
    const double middle = median_of_values(rows.rms);
    const auto most = std::max_element(rows.rms.begin(), rows.rms.end());
    if (!(middle > 0) || *most < 10 * middle) return {};
    return of_weight(
        model, cause::kSizes, *most > 100 * middle ? Gravity::kAlarm : Gravity::kRisk, cat(p.name, "[", most - rows.rms.begin(), "]"), *most, middle,
        cat("The embedding of token ", most - rows.rms.begin(), " is ", short_number(*most / middle), " times as large as the median one."),
        "See what the token is (gimbal detokenize); a norm after the embedding (placement embed-pre) makes its size harmless.");
  }
  return {};
}

MaybeFinding embedding_without_variance(const Model& model) {
  const Architecture& a = model.architecture();
  const bool alone = a.positions.kind != "learned" && a.positions.kind != "sinusoid" && a.positions.kind != "blocks" && a.token_types == 0;
  if (!alone) return {};  // a position is added, and the sum varies
  for (const Parameter& p : model.parameters().all()) {
    if (p.name != "embed.tokens") continue;
    const float* x = p.value.data<float>();
    int64_t flat = 0, first = -1;
    for (int64_t r = 0; r < p.shape[0]; ++r) {
      const auto [low, high] = std::minmax_element(x + r * a.width, x + (r + 1) * a.width);
      if (*high - *low > 1e-7f) continue;
      if (flat++ == 0) first = r;
    }
    if (flat == 0) return {};
    return of_weight(model, cause::kZeroVariance, Gravity::kRisk, cat(p.name, "[", first, "]"), 0, NAN,
                     cat("The embeddings of ", flat, flat == 1 ? " token" : " tokens", " (the first: ", first,
                         ") have no variance: the first norm divides by sqrt(eps), and their gradients grow by 1 / sqrt(eps)."),
                     "Harmless for tokens that never occur (padding); else start these rows again.");
  }
  return {};
}

// A table far larger than what blocks add: the stream stays the embedding.
MaybeFinding embedding_dwarfs_blocks(const Model& model) {
  const Architecture& a = model.architecture();
  if (placement_named(a.placement).has(Slot::kAfter) || placement_named(a.placement).has(Slot::kEmbed) || a.scale_logits) return {};
  double table = 0;
  std::vector<double> maps;
  for (const Parameter& p : model.parameters().all()) {
    if (p.name == "embed.tokens") table = rms_of(p);
    if (ends_with_any(p.name, {"attn.proj.weight", "ffn.down.weight"})) maps.push_back(rms_of(p) * std::sqrt(static_cast<double>(p.shape[1])));
  }
  const double usual = median_of_values(maps);
  if (!(usual > 0) || table < 100 * usual) return {};
  return of_weight(model, cause::kSizes, Gravity::kRisk, "embed.tokens", table, usual,
                   cat("The token table (root mean square ", short_number(table), ") dwarfs what a block can add (about ", short_number(usual),
                       "): the stream stays the embedding."),
                   "A norm after the embedding (placement embed-pre), or a smaller table.");
}

constexpr std::array kWeightChecks = {
    WeightCheck{"finite", "every tensor", non_finite_weights},
    WeightCheck{"matrix-size", "each matrix beside the same one of the other blocks", outsized_matrix},
    WeightCheck{"gains", "gains of norms", gains_at_zero},
    WeightCheck{"dead-relu", "feed-forward biases and rows", dead_relu_units},
    WeightCheck{"zero-rows", "rows of linear maps", zero_rows},
    WeightCheck{"token-size", "rows of the token table", outsized_embedding},
    WeightCheck{"token-variance", "channels of each token's row", embedding_without_variance},
    WeightCheck{"table-size", "the token table beside what blocks add", embedding_dwarfs_blocks},
};

}  // namespace

std::span<const WeightCheck> weight_checks() { return kWeightChecks; }

std::vector<Complaint> check_weights(const Model& model) {
  std::vector<Complaint> findings;
  for (const WeightCheck& check : kWeightChecks)
    if (auto found = check.check(model)) findings.push_back(std::move(*found));
  std::stable_partition(findings.begin(), findings.end(), [](const Complaint& f) { return f.gravity == Gravity::kAlarm; });
  return findings;
}

}  // namespace gimbal::lab
