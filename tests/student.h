// A model in training, step by step, without files: what the training tests share.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/threads.h"
#include "kernels/table.h"
#include "models/model.h"
#include "train/optimizers.h"

namespace gimbal::testing {

struct Lesson {
  double loss = 0;       // mean over the rows that have a target
  double grad_norm = 0;  // before clipping; not finite when a gradient is not
};

class Student {
 public:
  // One thread: these models are too small for two, and two of them side by side on a busy machine wait for each other most of the time.
  Student(std::unique_ptr<Model> model, const OptimizerConfig& optimizer, Flow flow = {}) : model_(std::move(model)), flow_(std::move(flow)) {
    set_num_threads(1);
    if (flow_.compute == DType::kBF16) model_->parameters().refresh_shadows();
    optimizer_ = make_optimizer(optimizer, model_->parameters());
  }

  Model& model() { return *model_; }

  /// One update from the mean loss of the rows; the gradient's norm is clipped at 1.
  Lesson step(const TokenRows& rows, double lr) {
    model_->parameters().clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    Losses losses;
    const Var hidden = model_->hidden(tape, rows, flow_);
    tape.backward(model_->loss(tape, hidden, rows, {}, count_losses(rows).scale(), losses));
    const Lesson lesson{losses.mean(), gradient_norm()};
    optimizer_->step(lr, lesson.grad_norm > 1 ? 1 / (lesson.grad_norm + 1e-6) : 1, [](const Parameter&, const kernels::UpdateSums&) {});
    return lesson;
  }

  double loss(const TokenRows& rows) {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    Losses losses;
    model_->loss(tape, model_->hidden(tape, rows, flow_), rows, {}, {}, losses);
    return losses.mean();
  }

  /// Share of the rows with a target whose largest logit is the target's.
  double accuracy(const TokenRows& rows) {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const Tensor logits = model_->logits(tape, model_->hidden(tape, rows, flow_)).value;
    double right = 0;
    for (int64_t r = 0; r < rows.rows(); ++r) {
      const float* row = logits.data<float>() + r * logits.cols();
      right += rows.targets_n.data<int32_t>()[r] == std::max_element(row, row + logits.cols()) - row;
    }
    return right / counted(rows);
  }

 private:
  static double counted(const TokenRows& rows) {
    double n = 0;
    for (int64_t i = 0; i < rows.rows(); ++i) n += rows.targets_n.data<int32_t>()[i] >= 0;
    return n;
  }

  double gradient_norm() const {
    double squares = 0;
    for (const Parameter& p : model_->parameters().all()) {
      if (!p.grad_written) continue;
      const kernels::Moments m = kernels::on(p.grad.device()).elementwise.moments(p.grad);
      squares += m.non_finite > 0 ? std::numeric_limits<double>::infinity() : m.sum_squares;
    }
    return std::sqrt(squares);
  }

  std::unique_ptr<Model> model_;
  Flow flow_;
  std::unique_ptr<Optimizer> optimizer_;
};

/// A model with fresh weights.
inline std::unique_ptr<Model> fresh_model(const Architecture& a, uint64_t seed) {
  auto model = std::make_unique<Model>(a);
  model->parameters().allocate(Device::kCpu, DType::kF32);
  model->parameters().initialize(seed);
  return model;
}

}  // namespace gimbal::testing
