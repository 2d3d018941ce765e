// The distance between two models' relations of tokens: its definition, its gradient, and its end.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "autograd/ops.h"
#include "core/rng.h"
#include "kernels/kernel_checks.h"

namespace gimbal {
namespace {

// Ragged sequences; what the mask shows of them; heads of other widths than the teacher's; columns within a wider variable.
struct Relations {
  std::vector<ops::Segment> segments = {{0, 4, 0, 4, 2}, {4, 1, 4, 1, 0}, {5, 3, 5, 3, 3}};
  ops::Mask mask;
  int64_t heads;

  static std::vector<double> values(int64_t columns, const char* name) {
    Rng rng(11, name);
    std::vector<double> all(static_cast<size_t>(8 * columns));
    for (double& v : all) v = rng.normal();
    return all;
  }
  static Tensor tensor(const std::vector<double>& from) {
    return Tensor::from<double>(from, Shape{8, static_cast<int64_t>(from.size()) / 8}, Device::kReference);
  }
  double loss(const Var& ours, const Var& theirs, Tape& tape) const {
    double sum = 0;
    const Var loss = ops::relation_distance(tape, {heads, mask}, std::make_shared<const std::vector<ops::Segment>>(segments), {ours, 2, 4},
                                            {theirs, 1, 12}, 0.7, sum);
    EXPECT_NEAR(loss.value.at(0), 0.7 * sum, 1e-12);
    if (tape.recording()) tape.backward(loss);
    return sum;
  }
  // log softmax of a row's scores over what it sees.
  std::vector<double> row(const std::vector<double>& x, int64_t columns, int64_t begin, int64_t width, const ops::Segment& s, int64_t i) const {
    std::vector<double> scores;
    double sum = 0;
    for (int64_t j = 0; j < s.q_len; ++j) {
      if (mask != ops::Mask::kFull && j > i && !(mask == ops::Mask::kPrefix && j < s.prefix)) continue;
      double dot = 0;
      for (int64_t c = begin; c < begin + width; ++c)
        dot += x[static_cast<size_t>((s.q_begin + i) * columns + c)] * x[static_cast<size_t>((s.q_begin + j) * columns + c)];
      scores.push_back(dot / std::sqrt(static_cast<double>(width)));
      sum += std::exp(scores.back());
    }
    for (double& score : scores) score -= std::log(sum);
    return scores;
  }
  double definition(const std::vector<double>& ours, const std::vector<double>& theirs) const {
    double total = 0;
    for (const ops::Segment& s : segments)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < s.q_len; ++i) {
          const std::vector<double> p = row(ours, 7, 2 + h * 4 / heads, 4 / heads, s, i), r = row(theirs, 14, 1 + h * 12 / heads, 12 / heads, s, i);
          for (size_t j = 0; j < p.size(); ++j) total += std::exp(r[j]) * (r[j] - p[j]);
        }
    return total;
  }
};

TEST(RelationDistance, IsItsDefinitionAndSoIsItsGradient) {
  for (const ops::Mask mask : {ops::Mask::kFull, ops::Mask::kCausal, ops::Mask::kPrefix})
    for (const int64_t heads : {1, 2, 4}) {
      Relations relations{.mask = mask, .heads = heads};
      const std::vector<double> ours = Relations::values(7, "ours"), theirs = Relations::values(14, "theirs");
      const auto loss = [&](const std::vector<double>& x) {
        Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
        return std::vector{relations.loss(tape.input(Relations::tensor(x)), Tape::constant(Relations::tensor(theirs)), tape)};
      };
      Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
      const Var x = tape.input(Relations::tensor(ours));
      EXPECT_NEAR(relations.loss(x, Tape::constant(Relations::tensor(theirs)), tape), relations.definition(ours, theirs), 1e-10);
      EXPECT_GT(loss(ours)[0], 0.1);
      std::vector<double> gradient;
      for (int64_t i = 0; i < 8 * 7; ++i) gradient.push_back(tape.gradient(x).at(i));
      const std::vector<double> dy = {0.7};
      EXPECT_LT(kernels::gradient_error(loss, ours, dy, gradient), 1e-7);
      // A side that is its own teacher is at its end.
      Tape same(Tape::Mode::kRecord, Tape::Phase::kTrain);
      const Var y = same.input(Relations::tensor(theirs));
      double sum = 0;
      const ops::RelatedRows rows{y, 1, 12};
      same.backward(
          ops::relation_distance(same, {heads, mask}, std::make_shared<const std::vector<ops::Segment>>(relations.segments), rows, rows, 1, sum));
      EXPECT_NEAR(sum, 0, 1e-12);
      for (int64_t i = 0; i < 8 * 14; ++i) EXPECT_NEAR(same.gradient(y).at(i), 0, 1e-12);
    }
}

}  // namespace
}  // namespace gimbal
