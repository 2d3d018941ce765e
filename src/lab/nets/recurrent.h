// GRU and LSTM with norms inside, as Ba et al. 2016 (arXiv:1607.06450, supplement) place them, and as Cooijmans et al. 2016 (arXiv:1603.09025) for
// BN.
//
//   LSTM  (f, i, o, g) = N_h(W_h h) + N_x(W_x x) + b;   c' = sigmoid(f) c + sigmoid(i) tanh(g);   h' = sigmoid(o) tanh(N_c(c'))
//   GRU   (z, r) = N_1(W_h h) + N_2(W_x x) + b;   n = tanh(N_3(W x) + b_n + sigmoid(r) N_4(U h));   h' = (1 - sigmoid(z)) h + sigmoid(z) n
//
// Inside the gates a norm's own bias is left out: b is one already. The norm of x sees all time steps at once, that of h one step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/norm/norm.h"

namespace gimbal::lab::nets {

enum class Cell : uint8_t { kGru, kLstm };
/// BatchNorm over time. Statistics of a batch belong to one step; the running ones, which inference uses, belong to each step or are shared by all.
enum class StepStatistics : uint8_t { kShared, kPerStep };

struct RecurrentSettings {
  Cell cell = Cell::kLstm;
  int64_t inputs = 8, width = 32;
  NormConfig norm{.kind = "none"};
  StepStatistics steps = StepStatistics::kShared;
  int64_t longest = 256;   // steps with statistics of their own (kPerStep); later ones use the last
  double norm_gain = 1;    // starting gain of the norms (Cooijmans: 0.1)
  double forget_bias = 1;  // LSTM
};

struct RecurrentState {
  Var h, c;  // [b, width]; c of an LSTM only
};

/// A norm that knows which step it is at.
class StepNorm {
 public:
  StepNorm(const RecurrentSettings& settings, NormConfig config, int64_t width, Parameters& parameters, const std::string& prefix);
  Var apply(Tape& tape, const Var& x, int64_t step) const;

 private:
  std::unique_ptr<Norm> norm_;  // unless per step
  double eps_ = 0;
  Parameter *gain_ = nullptr, *bias_ = nullptr;
  std::vector<ops::RunningStatistics> steps_;
};

class Recurrent {
 public:
  Recurrent(const RecurrentSettings& settings, Parameters& parameters, const std::string& prefix);

  /// What x contributes to the gates, for the rows of one step or, time-major, of all: steps [first, first + rows / batch).
  struct Projected {
    Var gates, candidate;  // candidate: GRU
  };
  Projected project(Tape& tape, const Var& x, int64_t batch, int64_t first_step) const;
  RecurrentState step(Tape& tape, const Projected& x, const RecurrentState& state, int64_t step) const;

  RecurrentState zero_state(int64_t batch, Device device) const;
  /// x_tbi [t * b, inputs], time-major. Returns h after each step.
  std::vector<Var> forward(Tape& tape, const Var& x_tbi, int64_t batch, RecurrentState& state) const;

 private:
  /// One linear map and the norm of what it gives.
  struct Map {
    Parameter* weight;
    std::unique_ptr<StepNorm> norm;
  };
  Map make(const std::string& name, int64_t rows, int64_t inputs, Parameters& parameters) const;
  Var project_map(Tape& tape, const Map& map, const Var& x, int64_t batch, int64_t first_step) const;

  RecurrentSettings settings_;
  Map gates_h_, gates_x_, candidate_h_, candidate_x_;
  Parameter *gates_bias_, *candidate_bias_ = nullptr;
  std::unique_ptr<StepNorm> cell_norm_;
};

}  // namespace gimbal::lab::nets
