// Losses of hidden states against their formula.
#include <gtest/gtest.h>

#include <vector>

#include "autograd/ops.h"

namespace gimbal {
namespace {

TEST(SquaredDistance, IsItsFormulaAndSoIsItsGradient) {
  const std::vector<double> values = {0.3, -1.2, 0.7, 2.0, 0.1, -0.4}, target = {1, 0, -0.5, 2, 2, 0.25};
  const auto tensor = [](const std::vector<double>& from) { return Tensor::from<double>(from, Shape{2, 3}, Device::kReference); };
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  const Var x = tape.input(tensor(values));
  double sum = 0;
  const Var loss = ops::squared_distance(tape, x, tensor(target), 0.5, sum);
  tape.backward(loss);
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double difference = values[i] - target[i];
    squares += difference * difference;
    EXPECT_DOUBLE_EQ(tape.gradient(x).at(static_cast<int64_t>(i)), 2 * 0.5 * difference);
  }
  EXPECT_NEAR(sum, squares, 1e-12);
  EXPECT_NEAR(loss.value.at(0), squares / 2, 1e-12);
}

}  // namespace
}  // namespace gimbal
