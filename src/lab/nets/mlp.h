// A multi-layer perceptron of any depth: plain or residual, any activation, any norm before or after the activation or none.
//
//   layer    before: act(norm(W x + b))     after: norm(act(W x + b))
//   block    residual, two layers: before: act(x + norm(W2 layer(x)))  (He et al., arXiv:1512.03385)   after: x + norm(act(W2 layer(x)))
//   stem     one layer from the inputs to the width; a linear map to the outputs ends the net
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lab/nets/net.h"
#include "layers/norm/norm.h"

namespace gimbal::lab::nets {

enum class NormPlace : uint8_t { kBeforeActivation, kAfterActivation };
enum class Shortcut : uint8_t { kNone, kResidual };
enum class Affine : uint8_t { kLearned, kFrozen };  // frozen gains are 1 and biases 0: the same as none

struct MlpSettings {
  int64_t inputs = 64, width = 64, outputs = 10;
  int64_t layers = 2;  // layers of `width` after the stem; even when residual
  std::string activation = "relu";
  NormConfig norm{.kind = "none"};        // of layers
  NormConfig input_norm{.kind = "none"};  // of the inputs, before everything
  NormPlace place = NormPlace::kBeforeActivation;
  Shortcut shortcut = Shortcut::kNone;
  double branch_start = 1;  // residual: factor of the starting gain of a block's last norm, or of its last map where there is none (0: an identity)
  Affine affine = Affine::kLearned;
};

class Mlp final : public Net {
 public:
  explicit Mlp(const MlpSettings& settings);
  using Net::forward;
  Var forward(Tape& tape, const Var& x_nd, Trace* trace) override;

  /// Stem and layers: 1 + settings.layers.
  int64_t layers() const { return static_cast<int64_t>(layers_.size()); }
  /// The weight of layer i; 0 is the stem.
  Parameter& weight(int64_t i) { return *layers_[static_cast<size_t>(i)].weight; }

  /// Called on what each layer's norm gives (E12: noise is put there); may be empty.
  std::function<Var(Tape&, const Var&, int64_t layer)> after_norm;

 private:
  struct Layer {
    Parameter *weight, *bias;
    std::unique_ptr<Norm> norm;
  };
  Layer make_layer(const std::string& prefix, int64_t inputs);
  void scale_branches();
  Var normed(Tape& tape, const Var& x, int64_t layer, Trace* trace);
  /// One layer; where the shortcut ends, `skip` is what it carries.
  Var apply_layer(Tape& tape, const Var& x, int64_t layer, const Var* skip, Trace* trace);

  MlpSettings settings_;
  ops::ActivationSpec activation_;
  std::unique_ptr<Norm> input_norm_;
  std::vector<Layer> layers_;
  Parameter *out_weight_, *out_bias_;
};

}  // namespace gimbal::lab::nets
