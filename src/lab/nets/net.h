// What the lab's feed-forward nets share: rows in, logits (or other outputs) out, and what can be watched on the way.
#pragma once

#include <string>
#include <vector>

#include "autograd/ops.h"

namespace gimbal::lab::nets {

/// What a forward pass leaves to look at, layer by layer; whoever wants it passes one.
struct Trace {
  std::vector<Tensor> inputs;      // what each layer's weight reads
  std::vector<Tensor> units;       // what its activation reads
  std::vector<Tensor> norms_read;  // what its norm reads
};

class Net {
 public:
  virtual ~Net() = default;
  /// x_nd -> y_nm. `trace` may be null.
  virtual Var forward(Tape& tape, const Var& x_nd, Trace* trace) = 0;
  Var forward(Tape& tape, const Var& x_nd) { return forward(tape, x_nd, nullptr); }

  Parameters& parameters() { return parameters_; }
  /// Memory and starting values on the CPU in f32, or on the reference device in f64.
  void start(uint64_t seed, Device device = Device::kCpu) {
    parameters_.allocate(device, device == Device::kReference ? DType::kF64 : DType::kF32);
    parameters_.initialize(seed);
  }

 protected:
  Parameters parameters_;
};

/// A map [rows, inputs] that starts normal with deviation gain / sqrt(inputs): gain sqrt(2) keeps the size of what ReLU lets through.
Parameter& make_map(Parameters& parameters, const std::string& name, int64_t rows, int64_t inputs, double gain);
/// sqrt(2) for ReLU and its kin, 1 for the others.
double starting_gain(const std::string& activation);

}  // namespace gimbal::lab::nets
