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
#include "layers/weights/weights.h"
#include "models/family.h"
#include "student.h"

namespace gimbal::testing {
namespace {

// One choice of each kind, by its place in its registry: norm, placement, residual, family.
constexpr size_t kKinds = 4;
using Choice = std::array<size_t, kKinds>;

Choice registry_sizes() { return {norm_kinds().size(), placements().size(), residual_kinds().size(), families().size()}; }

void sizes(Architecture& a) {
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
}

Architecture architecture(const Choice& c) {
  Architecture a = families()[c[3]]->defaults();
  a.norm.kind = norm_kinds()[c[0]].name;
  a.placement = placements()[c[1]].name;
  a.residual.kind = residual_kinds()[c[2]].name;
  a.norm.groups = 4;
  a.norm.share = 0.5;
  sizes(a);
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
// A sum of whole branches that no norm holds back, gated ones above all, overshoots at the others' rate.
double rate(const Architecture& a) {
  return a.norm.kind == "none" && residual_kind_named(a.residual.kind).start == BranchStart::kSum ? 2e-3 : 1e-2;
}

void train(const Architecture& a, const Flow& flow = {}) {
  check(a);
  OptimizerConfig config;
  config.weight_decay = 0.1;
  Student student(fresh_model(a, 1), config, flow);
  const TokenRows rows = lesson_rows(a);
  double first = 0, last = 0;
  for (int step = 0; step < 10; ++step) {
    const Lesson lesson = student.step(rows, rate(a));
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

// The largest distance of a row, or of a column of a branch's last map, from length 1.
double off_the_sphere(const Parameter& p) {
  const bool columns = p.constraint == Constraint::kUnitColumns;
  const int64_t rows = p.value.rows(), cols = p.value.cols();
  double worst = 0;
  for (int64_t i = 0; i < (columns ? cols : rows); ++i) {
    double squares = 0;
    for (int64_t j = 0; j < (columns ? rows : cols); ++j) {
      const double w = p.value.at(columns ? j * cols + i : i * cols + j);
      squares += w * w;
    }
    worst = std::max(worst, std::abs(std::sqrt(squares) - 1));
  }
  return worst;
}

TEST(DesignTraining, EveryWeightScheme) {
  for (const WeightScheme& scheme : weight_schemes())
    for (const Family* family : families())
      for (const DType compute : {DType::kF32, DType::kBF16}) {
        Architecture a = family->defaults();
        sizes(a);
        a.weights = scheme.name;
        Flow flow;
        flow.compute = compute;
        flow.recompute = compute == DType::kBF16;
        train(a, flow);
      }
}

// nGPT as its paper has it, in every family: what is on the sphere stays on it, and no learned step turns negative.
TEST(DesignTraining, NormalizedTransformersStayOnTheSphere) {
  for (const Family* family : families()) {
    Architecture a = family->defaults();
    a.norm = {.kind = "l2", .eps = 0};
    a.weights = "ngpt";
    a.placement = "sphere";
    a.residual.kind = "lerp";
    a.slot_norms.qk = a.norm;
    sizes(a);
    Student student(fresh_model(a, 1), {});
    const TokenRows rows = lesson_rows(a);
    const double first = student.loss(rows);
    for (int step = 0; step < 10; ++step) student.step(rows, 1e-2);
    EXPECT_LT(student.loss(rows), first) << a.family;
    int on_the_sphere = 0;
    for (const Parameter& p : student.model().parameters().all()) {
      if (p.constraint == Constraint::kUnitRows || p.constraint == Constraint::kUnitColumns) {
        EXPECT_LT(off_the_sphere(p), 1e-6) << a.family << " " << p.name;
        ++on_the_sphere;
      }
      if (p.constraint != Constraint::kNonNegative) continue;
      for (int64_t i = 0; i < p.value.elements(); ++i) EXPECT_GE(p.value.at(i), 0) << p.name;
    }
    EXPECT_GE(on_the_sphere, 9) << a.family;
  }
}

// Minutes: ctest -C slow -L slow -j2, or this binary with --gtest_filter='*Slow*'. The full product, each design also with one position kind and
// activation, which go round. A family each, so that cores share them.
class SlowDesignTraining : public ::testing::TestWithParam<size_t> {};

TEST_P(SlowDesignTraining, EveryDesign) {
  size_t turn = 0;
  for (const Choice& c : all_designs(Families::kEvery)) {
    if (c[3] != GetParam()) continue;
    const Architecture a = architecture(c);
    train(a);
    Architecture other = a;
    other.positions = {};
    other.positions.kind = position_kinds()[turn % position_kinds().size()].name;
    other.activation = activation_names()[turn / position_kinds().size() % activation_names().size()].name;
    train(other);
    ++turn;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, SlowDesignTraining, ::testing::Range<size_t>(0, families().size()),
                         [](const auto& info) { return std::string(families()[info.param]->name); });

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
