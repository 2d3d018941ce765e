// Every norm, placement, residual rule and family is trained for ten steps: all designs in f32, each in one family, all pairs of choices also in bf16
// with recomputation, and in the slow tier every design with every position kind and activation.
//
// The choices come from the registries, so a new one is covered without another line.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "layers/feed_forward.h"
#include "layers/norm/norm.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "models/family.h"
#include "student.h"

namespace gimbal::testing {
namespace {

// One choice of each kind, by its place in its registry: norm, placement, residual, family.
constexpr size_t kKinds = 4;
using Choice = std::array<size_t, kKinds>;

Choice registry_sizes() { return {norm_kinds().size(), placements().size(), residual_kinds().size(), families().size()}; }

Architecture architecture(const Choice& c) {
  Architecture a = families()[c[3]]->defaults();
  a.norm.kind = norm_kinds()[c[0]].name;
  a.placement = placements()[c[1]].name;
  a.residual.kind = residual_kinds()[c[2]].name;
  a.norm.groups = 4;
  a.vocab = 13;
  a.context = 16;
  a.layers = 2;
  a.width = 16;
  a.heads = 2;
  a.kv_heads = std::nullopt;
  a.head_width = std::nullopt;
  a.ffn_width = 24;
  a.dropout = 0;
  a.attention_dropout = a.embedding_dropout = 0;
  a.init.std = 0.1;  // of a narrow model
  a.head = "language";
  if (a.encoder_layers > 0) a.encoder_layers = 1;
  return a;
}

std::string name_of(const Architecture& a) {
  return cat(a.family, ", norm ", a.norm.kind, ", placement ", a.placement, ", residual ", a.residual.kind, ", positions ", a.positions.kind,
             ", activation ", a.activation);
}

bool refused(const Architecture& a) {
  const Placement& placement = placement_named(a.placement);
  return std::any_of(refusals().begin(), refusals().end(), [&](const Refusal& r) { return r.applies(a, placement); });
}

// Every norm, placement and residual rule that go together, in every family or in one after the other.
enum class Families : uint8_t { kEvery, kInTurn };
std::vector<Choice> all_designs(Families wanted) {
  const Choice sizes = registry_sizes();
  std::vector<Choice> designs;
  size_t turn = 0;
  Choice c{};
  for (c[0] = 0; c[0] < sizes[0]; ++c[0])
    for (c[1] = 0; c[1] < sizes[1]; ++c[1])
      for (c[2] = 0; c[2] < sizes[2]; ++c[2]) {
        c[3] = 0;
        if (refused(architecture(c))) continue;  // no refusal asks for the family
        for (c[3] = 0; c[3] < sizes[3]; ++c[3])
          if (wanted == Families::kEvery || turn % sizes[3] == c[3]) designs.push_back(c);
        ++turn;
      }
  return designs;
}

using Pair = std::array<size_t, 4>;  // kind, choice, another kind, choice

std::vector<Pair> pairs_of(const Choice& c) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < kKinds; ++i)
    for (size_t j = i + 1; j < kKinds; ++j) pairs.push_back({i, c[i], j, c[j]});
  return pairs;
}

// A small set of designs in which every pair of choices occurs that any design has: the one with most new pairs, again and again.
std::vector<Choice> covering(const std::vector<Choice>& designs) {
  std::set<Pair> missing;
  for (const Choice& c : designs)
    for (const Pair& p : pairs_of(c)) missing.insert(p);
  std::vector<Choice> chosen;
  while (!missing.empty()) {
    size_t most = 0;
    const Choice* best = nullptr;
    for (const Choice& c : designs) {
      size_t gain = 0;
      for (const Pair& p : pairs_of(c)) gain += missing.contains(p);
      if (gain > most) most = gain, best = &c;
    }
    for (const Pair& p : pairs_of(*best)) missing.erase(p);
    chosen.push_back(*best);
  }
  return chosen;
}

// Three ragged sequences of one rule: each token is followed by 5 times itself plus 3.
TokenRows lesson_rows(const Architecture& a) {
  std::vector<std::vector<int32_t>> ids, targets;
  for (const int32_t length : {16, 11, 7}) {
    auto& sequence = ids.emplace_back();
    auto& next = targets.emplace_back();
    for (int32_t t = 0, token = length % 13; t < length; ++t) {
      sequence.push_back(token);
      token = (5 * token + 3) % 13;
      next.push_back(token);
    }
  }
  TokenRows rows = make_rows(ids, targets, 16, Device::kCpu);
  if (a.encoder_layers > 0) rows.encoder = std::make_shared<TokenRows>(make_rows(ids, {}, 16, Device::kCpu));
  return rows;
}

// Without a norm and without a shortcut, signals of small weights die out. With norms alone a net is alive, and ten steps may still miss.
bool alive(const Architecture& a) { return a.norm.kind != "none" || a.residual.kind != "none"; }
bool learns(const Architecture& a) { return a.residual.kind != "none"; }

void train(const Architecture& a, const Flow& flow = {}) {
  check(a);
  OptimizerConfig config;
  config.weight_decay = 0.1;
  Student student(fresh_model(a, 1), config, flow);
  const TokenRows rows = lesson_rows(a);
  double first = 0, last = 0;
  for (int step = 0; step < 10; ++step) {
    const Lesson lesson = student.step(rows, 1e-2);
    ASSERT_TRUE(std::isfinite(lesson.loss) && std::isfinite(lesson.grad_norm)) << name_of(a) << ", step " << step + 1;
    EXPECT_GT(lesson.grad_norm, alive(a) ? 1e-6 : 0) << name_of(a) << ", step " << step + 1;
    (step == 0 ? first : last) = lesson.loss;
  }
  EXPECT_TRUE(last < first || !learns(a)) << name_of(a) << ": " << first << " -> " << last;
  EXPECT_TRUE(std::isfinite(student.loss(rows))) << name_of(a) << ", outside training";
  for (const Parameter& p : student.model().parameters().all()) EXPECT_EQ(p.grad_written, p.trainable) << name_of(a) << ", " << p.name;
}

TEST(DesignTraining, EveryDesign) {
  const std::vector<Choice> designs = all_designs(Families::kInTurn);
  for (const Choice& c : designs) train(architecture(c));
  RecordProperty("designs", static_cast<int>(designs.size()));
}

TEST(DesignTraining, EveryPairOfChoicesInBf16WithRecomputation) {
  const std::vector<Choice> designs = all_designs(Families::kInTurn), chosen = covering(designs);
  EXPECT_LT(chosen.size(), designs.size() / 3);
  Flow flow;
  flow.compute = DType::kBF16;
  flow.recompute = true;
  for (const Choice& c : chosen) train(architecture(c), flow);
  RecordProperty("designs", static_cast<int>(chosen.size()));
}

// Minutes: ctest -C slow -L slow, or this binary with --gtest_filter='Slow*'.
TEST(SlowDesignTraining, EveryDesignWithEveryPositionAndActivation) {
  for (const Choice& c : all_designs(Families::kEvery))
    for (const PositionKind& position : position_kinds())
      for (const ActivationName& activation : activation_names()) {
        Architecture a = architecture(c);
        a.positions = {};
        a.positions.kind = position.name;
        a.activation = activation.name;
        train(a);
      }
}

// The covering does cover, and every choice of every registry is in a design that is not refused.
TEST(DesignTraining, EveryChoiceIsCovered) {
  const Choice sizes = registry_sizes();
  std::array<std::set<size_t>, kKinds> seen;
  for (const Choice& c : covering(all_designs(Families::kInTurn)))
    for (size_t kind = 0; kind < kKinds; ++kind) seen[kind].insert(c[kind]);
  for (size_t kind = 0; kind < kKinds; ++kind) EXPECT_EQ(seen[kind].size(), sizes[kind]);
}

}  // namespace
}  // namespace gimbal::testing
