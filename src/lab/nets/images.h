// Images as rows: one row a pixel, one column a channel; convolution, pooling, and norms that look across pixels.
#pragma once

#include <memory>
#include <string>

#include "layers/norm/norm.h"

namespace gimbal::lab::nets {

/// pixels [batch * height * width, channels], images one after the other, rows of pixels from the top.
struct Images {
  Var pixels;
  int64_t batch = 0, height = 0, width = 0;
  int64_t channels() const { return pixels.cols(); }
};

/// A square window that moves by `stride` over the image with `padding` zeros around it.
struct Window {
  int64_t size = 3, stride = 1, padding = 1;
  int64_t places(int64_t length) const { return (length + 2 * padding - size) / stride + 1; }
};

/// Each output pixel's window as one row, [batch * h' * w', size * size * channels]: by rows of the window, then columns, then channels.
Images windows(Tape& tape, const Images& x, const Window& window);
/// weight [outputs, size * size * channels]: a product of the windows' rows with it (im2col), so the device's matrix kernels do the work.
Images convolution(Tape& tape, const Images& x, const Window& window, Parameter& weight, Parameter* bias);
Images max_pool(Tape& tape, const Images& x, const Window& window);
/// Mean over all pixels of an image: [batch, channels].
Var mean_over_pixels(Tape& tape, const Images& x);

/// Which elements share a statistic. BatchNorm's are always all pixels of the batch, per channel.
enum class PixelStatistics : uint8_t {
  kPixel,  // the channels of one pixel, as a transformer's tokens
  kImage,  // all pixels of an image: GroupNorm's definition (arXiv:1803.08494); layer is one group
};

/// A norm over images, gain and bias per channel. kImage: kinds layer, rms, group and none; error for another.
class ImageNorm {
 public:
  ImageNorm(const NormConfig& config, PixelStatistics over, int64_t channels, Parameters& parameters, const std::string& prefix);
  Images apply(Tape& tape, const Images& x) const;

 private:
  std::unique_ptr<Norm> rows_;  // of pixels
  ops::RowNormSpec image_;      // of images, where rows_ is null
  Parameter *gain_ = nullptr, *bias_ = nullptr;
};

}  // namespace gimbal::lab::nets
