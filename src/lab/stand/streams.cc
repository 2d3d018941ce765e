// Reading streams; cutting blocks.
#include "lab/stand/streams.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lab/stand/probe.h"
#include "models/batch_rows.h"

namespace gimbal::lab {

std::vector<Tensor> streams(Model& model, const TokenBatch& batch, Tape::Phase phase) {
  std::vector<Var> states;
  Flow flow;
  flow.hidden = &states;
  Tape tape(Tape::Mode::kInference, phase);
  tape.mark_replaying();
  model.hidden(tape, rows_of(batch, model.device()), flow);
  std::vector<Tensor> values;
  for (Var& state : states) values.push_back(std::move(state.value));
  return values;
}

double mean_square(const Tensor& x) {
  const double rms = ops::moments(x).rms;
  return rms * rms;
}

double angular_distance(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_doubles(), y = b.to_doubles();
  const auto d = static_cast<size_t>(a.cols());
  double sum = 0;
  for (size_t row = 0; row < x.size(); row += d) {
    double xy = 0, xx = 0, yy = 0;
    for (size_t i = row; i < row + d; ++i) xy += x[i] * y[i], xx += x[i] * x[i], yy += y[i] * y[i];
    sum += std::acos(std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0)) / std::numbers::pi;
  }
  return sum / static_cast<double>(a.rows());
}

std::vector<double> cut_rises(Model& model, const TokenBatch& batch) {
  const double whole = loss_on(model, batch);
  std::vector<double> rises;
  for (int64_t layer = 0; layer < model.architecture().layers; ++layer) {
    std::vector<std::pair<Parameter*, Tensor>> kept;
    for (const char* last : {"attn.proj", "ffn.down"})
      for (const char* part : {"weight", "bias"})
        if (Parameter* p = model.parameters().find(cat("block.", layer, ".", last, ".", part))) kept.emplace_back(p, p->value);
    for (auto& [p, value] : kept) p->value = Tensor::zeros(p->shape, value.dtype());
    rises.push_back(loss_on(model, batch) - whole);
    for (auto& [p, value] : kept) p->value = value;
  }
  return rises;
}

}  // namespace gimbal::lab
