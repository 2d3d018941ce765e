// Tasks whose best score is known, learned to that score by a tiny model of each family.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/rng.h"
#include "models/family.h"
#include "student.h"

namespace gimbal::testing {
namespace {

using Sequences = std::vector<std::vector<int32_t>>;

Architecture small(const Family& family, int64_t vocab, int64_t context) {
  Architecture a = family.defaults();
  a.vocab = vocab;
  a.context = context;
  a.layers = 2;
  a.width = 32;
  a.heads = 8;
  a.kv_heads = std::nullopt;
  a.head_width = std::nullopt;
  a.ffn_width = 64;
  a.dropout = 0;
  a.attention_dropout = a.embedding_dropout = 0;
  a.init.std = 0.2;  // of a narrow model
  // Every family's choices, in a stack that predicts what comes next.
  a.encoder_layers = 0;
  a.mask = "causal";
  a.head = "language";
  return a;
}

// Families that differ in more than their name: those that make the same small model as an earlier one are left out.
std::vector<const Family*> distinct_families() {
  std::vector<const Family*> list;
  const auto choices = [](const Family* f) {
    Architecture a = small(*f, 8, 8);
    a.family = "";
    return write_fields(a);
  };
  for (const Family* f : families())
    if (std::none_of(list.begin(), list.end(), [&](const Family* known) { return choices(known) == choices(f); })) list.push_back(f);
  return list;
}

// A text whose next token depends on the last two, with known odds.
class Source {
 public:
  static constexpr int32_t kTokens = 6;
  static constexpr int64_t kLength = 32;

  explicit Source(uint64_t seed) {
    Rng random(seed, "markov source");
    for (auto& row : odds_) {
      double sum = 0;
      for (double& p : row) sum += p = std::exp(2 * random.normal());
      for (double& p : row) p /= sum;
    }
  }

  std::vector<int32_t> text(Rng& random) const {
    std::vector<int32_t> x = {static_cast<int32_t>(random.below(kTokens)), static_cast<int32_t>(random.below(kTokens))};
    while (static_cast<int64_t>(x.size()) <= kLength) {
      const auto& row = after(x[x.size() - 2], x.back());
      double left = random.uniform();
      int32_t next = 0;
      while (next + 1 < kTokens && left >= row[static_cast<size_t>(next)]) left -= row[static_cast<size_t>(next++)];
      x.push_back(next);
    }
    return x;
  }

  const std::array<double, kTokens>& after(int32_t a, int32_t b) const { return odds_[static_cast<size_t>(a * kTokens + b)]; }

  /// Nats a token: of the source, and of the best guess from the last token alone.
  struct Entropy {
    double two, one;
  };
  Entropy entropy() const {
    // Share of each pair in a long text.
    std::array<double, kTokens * kTokens> share, next;
    share.fill(1.0 / share.size());
    for (int i = 0; i < 1000; ++i, share = next) {
      next.fill(0);
      for (size_t pair = 0; pair < share.size(); ++pair)
        for (size_t c = 0; c < kTokens; ++c) next[pair % kTokens * kTokens + c] += share[pair] * odds_[pair][c];
    }
    Entropy h{0, 0};
    for (int32_t b = 0; b < kTokens; ++b) {
      double b_share = 0;
      std::array<double, kTokens> from_b{};
      for (int32_t a = 0; a < kTokens; ++a) {
        const double pair = share[static_cast<size_t>(a * kTokens + b)];
        b_share += pair;
        for (int32_t c = 0; c < kTokens; ++c) {
          const double p = after(a, b)[static_cast<size_t>(c)];
          h.two -= pair * p * std::log(p);
          from_b[static_cast<size_t>(c)] += pair * p;
        }
      }
      for (const double joint : from_b) h.one -= joint * std::log(joint / b_share);
    }
    return h;
  }

 private:
  std::array<std::array<double, kTokens>, kTokens * kTokens> odds_;
};

// `count` texts as rows; the first target, which one token alone does not tell, is left out.
struct Texts {
  TokenRows rows;
  double source_loss = 0;  // mean over the counted targets, of the source itself
};

Texts texts(const Source& source, Rng random, int count) {
  Sequences ids, targets;
  double nll = 0;
  for (int i = 0; i < count; ++i) {
    const std::vector<int32_t> x = source.text(random);
    ids.emplace_back(x.begin(), x.end() - 1);
    targets.emplace_back(x.begin() + 1, x.end());
    targets.back()[0] = -100;
    for (size_t t = 2; t < x.size(); ++t) nll -= std::log(source.after(x[t - 2], x[t - 1])[static_cast<size_t>(x[t])]);
  }
  return {make_rows(ids, targets, Source::kLength, Device::kCpu), nll / static_cast<double>(count * (Source::kLength - 1))};
}

// Linear to 0 over the last two thirds.
double rate(double peak, int step, int steps) { return peak * std::min(1.0, 1.5 * (steps - step) / steps) * std::min(1.0, (step + 1) / 20.0); }

class Learning : public ::testing::TestWithParam<const Family*> {};

TEST_P(Learning, ASourceOfKnownEntropy) {
  const Source source(5);
  const Source::Entropy entropy = source.entropy();
  ASSERT_GT(entropy.one, entropy.two + 0.2);  // the last token alone does not do
  Student student(fresh_model(small(*GetParam(), Source::kTokens, Source::kLength), 1), {.weight_decay = 0});
  const Rng random(1, "texts");
  constexpr int kSteps = 800;
  for (int step = 0; step < kSteps; ++step) student.step(texts(source, random.child(static_cast<uint64_t>(step)), 16).rows, rate(1e-2, step, kSteps));
  const Texts held_out = texts(source, random.child(kSteps), 400);
  EXPECT_NEAR(held_out.source_loss, entropy.two, 0.03);
  const double gap = student.loss(held_out.rows) - held_out.source_loss;
  RecordProperty("gap_nats", cat(gap, " above ", held_out.source_loss));
  EXPECT_LT(gap, 0.02);
  EXPECT_GT(gap, -0.005);  // better than the source would mean that targets leak
}

// Eight different letters, a mark, the eight letters again.
TokenRows copies(Rng random, int count) {
  constexpr int32_t kLetters = 10, kMark = 10;
  constexpr size_t kLength = 8;
  Sequences ids, targets;
  for (int i = 0; i < count; ++i) {
    std::vector<int32_t> x = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (size_t t = 0; t < kLength; ++t) std::swap(x[t], x[t + random.below(kLetters - t)]);
    x.resize(kLength);
    x.push_back(kMark);
    for (size_t t = 0; t < kLength; ++t) x.push_back(x[t]);
    ids.emplace_back(x.begin(), x.end() - 1);
    targets.emplace_back(x.begin() + 1, x.end());
    std::fill_n(targets.back().begin(), kLength, -100);
  }
  return make_rows(ids, targets, 2 * kLength, Device::kCpu);
}

TEST_P(Learning, ToCopy) {
  const Architecture a = small(*GetParam(), 11, 16);
  // ALiBi knows distances by their slope alone, so "nine tokens back" takes it five times as many steps (measured: 2000 to 2700).
  const int most = a.positions.kind == "alibi" ? 6000 : 1500;
  Student student(fresh_model(a, 1), {.weight_decay = 0});
  const Rng random(2, "copies");
  const TokenRows held_out = copies(random.child(1u << 20), 100);
  int step = 0;
  double right = 0;
  for (; step < most && right < 1; ++step) {
    student.step(copies(random.child(static_cast<uint64_t>(step)), 32), rate(3e-3, step, most));
    if (step % 50 == 49) right = student.accuracy(held_out);
  }
  RecordProperty("steps", step);
  EXPECT_EQ(right, 1.0) << "of the letters after " << step << " steps";
}

INSTANTIATE_TEST_SUITE_P(Families, Learning, ::testing::ValuesIn(distinct_families()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace gimbal::testing
