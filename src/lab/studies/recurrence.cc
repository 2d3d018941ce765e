// E36, recurrent cells, one arm.
#include "lab/studies/recurrence.h"

#include <algorithm>
#include <cmath>

#include "lab/nets/learner.h"
#include "lab/nets/operations.h"
#include "lab/nets/recurrent.h"
#include "lab/studies/choice.h"

namespace gimbal::lab::recurrence {
namespace {

/// Symbols as one-hot rows, time-major, and the first symbol of each.
struct Batch {
  Tensor x_tbi;
  std::vector<int32_t> first;
};
Batch draw(int64_t count, int64_t length, int64_t symbols, Rng rng) {
  Batch b{Tensor::zeros(Shape{length * count, symbols}, DType::kF32), {}};
  for (int64_t row = 0; row < length * count; ++row) {
    const auto symbol = static_cast<int64_t>(rng.below(static_cast<uint64_t>(symbols)));
    b.x_tbi.data<float>()[row * symbols + symbol] = 1;
    if (row < count) b.first.push_back(static_cast<int32_t>(symbol));
  }
  return b;
}

class Rememberer {
 public:
  Rememberer(const nets::RecurrentSettings& cell, int64_t symbols, uint64_t seed) : layer_(cell, parameters, "cell") {
    weight_ = &nets::make_map(parameters, "out.weight", symbols, cell.width, 1);
    bias_ = &parameters.make_constant("out.bias", Shape{symbols}, 0);
    parameters.allocate(Device::kCpu, DType::kF32);
    parameters.initialize(seed);
  }
  Var logits(Tape& tape, const Batch& batch) {
    const auto count = static_cast<int64_t>(batch.first.size());
    nets::RecurrentState state = layer_.zero_state(count, Device::kCpu);
    return ops::linear(tape, layer_.forward(tape, Tape::constant(batch.x_tbi), count, state).back(), *weight_, bias_);
  }
  double error(const Batch& batch) {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const Var out = logits(tape, batch);
    double wrong = 0;
    for (size_t i = 0; i < batch.first.size(); ++i) {
      const float* row = out.value.data<float>() + static_cast<int64_t>(i) * out.cols();
      wrong += std::max_element(row, row + out.cols()) - row != batch.first[i] ? 1 : 0;
    }
    return wrong / static_cast<double>(batch.first.size());
  }

  Parameters parameters;

 private:
  nets::Recurrent layer_;
  Parameter *weight_, *bias_;
};

nets::RecurrentSettings cell_of(const Settings& s) {
  nets::RecurrentSettings cell{.inputs = s.symbols, .width = s.width, .longest = s.length, .norm_gain = s.norm_gain};
  cell.cell = chosen_by_name<nets::Cell>(s.cell, "cell", {{"lstm", nets::Cell::kLstm}, {"gru", nets::Cell::kGru}});
  cell.norm = {.kind = s.norm, .groups = 4};
  cell.steps = chosen_by_name<nets::StepStatistics>(s.statistics, "choice of statistics",
                                                    {{"shared", nets::StepStatistics::kShared}, {"per-step", nets::StepStatistics::kPerStep}});
  return cell;
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  Rememberer net(cell_of(s), s.symbols, seed);
  const auto optimizer = make_optimizer(nets::plain_adam(s.lr), net.parameters);
  const Rng data(seed, "lab/remember");
  Result result;
  const int64_t tail = std::min<int64_t>(20, s.steps);
  for (int64_t step = 0; step < s.steps; ++step) {
    const Batch batch = draw(s.batch, s.length, s.symbols, data.child(static_cast<uint64_t>(step)));
    net.parameters.clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    ops::LossSums sums;
    tape.backward(nets::cross_entropy(tape, net.logits(tape, batch), batch.first, 1 / static_cast<double>(s.batch), sums));
    const double loss = sums.loss / static_cast<double>(s.batch);
    result.mean_loss += loss / static_cast<double>(s.steps);
    if (step >= s.steps - tail) result.loss += loss / static_cast<double>(tail);
    optimizer->step(s.lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
  }
  result.error = net.error(draw(256, s.length, s.symbols, data.child(1'000'000)));
  result.error_twice_as_long = net.error(draw(256, 2 * s.length, s.symbols, data.child(1'000'001)));
  return result;
}

}  // namespace gimbal::lab::recurrence
