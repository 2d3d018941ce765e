// A small convolutional net for small images: 3 x 3 convolutions with a norm and an activation each, the mean over pixels, a linear map.
#pragma once

#include <memory>
#include <vector>

#include "lab/nets/images.h"
#include "lab/nets/mlp.h"

namespace gimbal::lab::nets {

/// What halves the image after the first convolution.
enum class Halving : uint8_t { kStride, kMaxPool };

struct CnnSettings {
  int64_t height = 8, width = 8, channels = 1, outputs = 10;
  std::vector<int64_t> maps = {16, 32, 32};  // channels of each convolution
  Halving halving = Halving::kMaxPool;
  std::string activation = "relu";
  NormConfig norm{.kind = "none"};
  PixelStatistics statistics = PixelStatistics::kImage;
  NormPlace place = NormPlace::kBeforeActivation;
  Affine affine = Affine::kLearned;
};

class Cnn final : public Net {
 public:
  explicit Cnn(const CnnSettings& settings);
  using Net::forward;
  /// x_nd holds an image a row: [n, height * width * channels].
  Var forward(Tape& tape, const Var& x_nd, Trace* trace) override;

 private:
  struct Layer {
    Parameter *weight, *bias;
    std::unique_ptr<ImageNorm> norm;
  };
  CnnSettings settings_;
  ops::ActivationSpec activation_;
  std::vector<Layer> layers_;
  Parameter *out_weight_, *out_bias_;
};

}  // namespace gimbal::lab::nets
