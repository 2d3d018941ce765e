// What is centred, where a norm's bias goes, and what stands in the way.
#include "models/recenter.h"

#include <algorithm>
#include <array>

namespace gimbal {
namespace {

using Doubles = std::vector<double>;

void check_recentering(const Architecture& a) {
  const NormConfig &before = norm_at(a, Slot::kBefore), &final = norm_at(a, Slot::kFinal);
  if (a.placement != "pre" && a.placement != "sub")
    fail("recentering needs a stream that only branches write into; under placement ", a.placement,
         " norms write into it too, and their gains undo the centring: it holds for pre and sub");
  if (before.kind == "rms") fail("the norms before the branches are RMSNorm already; there is nothing to recentre");
  for (const NormConfig* norm : {&before, &final})
    if (norm->kind != "layer") fail("recentering turns LayerNorm into RMSNorm, and this model has the norm '", norm->kind, "'");
  if (a.residual.kind != "add" && a.residual.kind != "rezero" && a.residual.kind != "none")
    fail("residual ", a.residual.kind, " weighs what a branch writes or reads, which recentering does not follow: it holds for add, rezero and none");
  if (a.positions.kind == "sinusoid")
    fail("sinusoids are added to the stream, do not sum to 0 and are not stored: a model with them cannot be recentred");
  if (a.weights != "plain") fail("recentering changes weights one by one, and model.weights ", a.weights, " ties them together: it needs plain");
}

Architecture recentered_architecture(const Architecture& a, bool has_bias) {
  Architecture b = a;
  b.slot_norms.before = norm_at(a, Slot::kBefore);
  b.slot_norms.before->kind = "rms";
  if (!norm_at(a, Slot::kFinal).bias) {
    b.slot_norms.final = norm_at(a, Slot::kFinal);
    b.slot_norms.final->kind = "rms";
  }
  if (has_bias) b.qkv_bias = b.ffn_bias = true;
  b.tied = false;
  return b;
}

void set(Parameter& p, const Doubles& values) { p.value = Tensor::from<double>(values, p.shape).to(p.value.dtype(), p.value.device()); }

// Subtracts from each run of `count` elements, `step` apart, their mean.
void centre(Doubles& values, int64_t runs, int64_t run_step, int64_t count, int64_t step) {
  for (int64_t r = 0; r < runs; ++r) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += values[static_cast<size_t>(r * run_step + i * step)];
    for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(r * run_step + i * step)] -= sum / static_cast<double>(count);
  }
}

// Whatever the stream adds up: rows of tables, outputs of the branches' last maps.
void centre_if_written(Parameter& p) {
  const bool table = p.name.starts_with("embed."),
             last = p.name.find(".proj.") != std::string::npos || p.name.find(".ffn.down.") != std::string::npos;
  if (!table && !last) return;
  Doubles values = p.value.to_doubles();
  if (table) {
    centre(values, p.shape[0], p.shape[1], p.shape[1], 1);
  } else if (p.is_matrix()) {
    centre(values, p.shape[1], 1, p.shape[0], p.shape[1]);
  } else {
    centre(values, 1, 0, p.shape[0], 1);
  }
  set(p, values);
}

// "block.3.attn.before.bias" -> the map that reads that norm: "block.3.attn.qkv"; nothing for other names.
std::string reader_of(const std::string& norm_bias) {
  constexpr std::string_view kEnd = ".before.bias";
  if (!norm_bias.ends_with(kEnd)) return "";
  const std::string branch = norm_bias.substr(0, norm_bias.size() - kEnd.size());
  for (const auto& [name, map] : {std::pair{".attn", ".qkv"}, {".cross", ".q"}, {".ffn", ".up"}})
    if (branch.ends_with(name)) return branch + map;
  return "";
}

// b += W bias
void fold(const Parameter& norm_bias, const std::string& reader, Parameters& parameters) {
  const Doubles weight = parameters.find(reader + ".weight")->value.to_doubles(), bias = norm_bias.value.to_doubles();
  Parameter& sum = *parameters.find(reader + ".bias");
  Doubles values = sum.value.to_doubles();
  for (size_t row = 0; row < values.size(); ++row)
    for (size_t i = 0; i < bias.size(); ++i) values[row] += weight[row * bias.size() + i] * bias[i];
  set(sum, values);
}

}  // namespace

std::unique_ptr<Model> recentered(const Model& model) {
  const Architecture& a = model.architecture();
  check_recentering(a);
  const auto& all = model.parameters().all();
  const bool has_bias = std::any_of(all.begin(), all.end(), [](const Parameter& p) { return !reader_of(p.name).empty(); });
  auto result = std::make_unique<Model>(recentered_architecture(a, has_bias));
  Parameters& to = result->parameters();
  to.allocate(model.device(), all.front().value.dtype());
  for (Parameter& p : to.all()) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Parameter& from) { return from.name == p.name; });
    p.value = same != all.end() ? same->value.clone() : Tensor::zeros(p.shape, p.value.dtype(), p.value.device());
  }
  if (Parameter* head = to.find("head.weight"); head && a.tied) head->value = to.find("embed.tokens")->value.clone();
  for (const Parameter& p : all)
    if (const std::string reader = reader_of(p.name); !reader.empty()) fold(p, reader, to);
  for (Parameter& p : to.all()) centre_if_written(p);
  return result;
}

}  // namespace gimbal
