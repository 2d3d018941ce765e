// im2col, its transpose, pooling, and group statistics over pixels.
#include "lab/nets/images.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lab/nets/elements.h"
#include "lab/nets/net_norm.h"
#include "lab/nets/operations.h"

namespace gimbal::lab::nets {
namespace {

/// Where a window lies in its image.
struct Geometry {
  int64_t batch, height, width, channels, out_height, out_width;
  Window window;

  Geometry(const Images& x, const Window& w)
      : batch(x.batch),
        height(x.height),
        width(x.width),
        channels(x.channels()),
        out_height(w.places(x.height)),
        out_width(w.places(x.width)),
        window(w) {
    if (out_height < 1 || out_width < 1) fail("a window of ", w.size, " does not fit into an image of ", height, " by ", width);
  }
  int64_t in_elements() const { return batch * height * width * channels; }
  int64_t out_rows() const { return batch * out_height * out_width; }
};

/// Calls fn(output row, place within the window, input row) for every pixel of every window that lies inside its image.
template <class Fn>
void each_window_pixel(const Geometry& g, Fn&& fn) {
  const int64_t size = g.window.size;
  for (int64_t b = 0, out = 0; b < g.batch; ++b)
    for (int64_t oy = 0; oy < g.out_height; ++oy)
      for (int64_t ox = 0; ox < g.out_width; ++ox, ++out)
        for (int64_t ky = 0; ky < size; ++ky) {
          const int64_t y = oy * g.window.stride + ky - g.window.padding;
          if (y < 0 || y >= g.height) continue;
          for (int64_t kx = 0; kx < size; ++kx) {
            const int64_t x = ox * g.window.stride + kx - g.window.padding;
            if (x < 0 || x >= g.width) continue;
            fn(out, ky * size + kx, (b * g.height + y) * g.width + x);
          }
        }
}

}  // namespace

Images windows(Tape& tape, const Images& x, const Window& window) {
  const Geometry g(x, window);
  const int64_t c = g.channels, columns = window.size * window.size * c;
  Tensor y = zeros_of_kind(x.pixels.value, Shape{g.out_rows(), columns});
  with_element_type(y, [&]<class T>(T) {
    const T* from = x.pixels.value.data<T>();
    T* to = y.data<T>();
    each_window_pixel(g, [&](int64_t out, int64_t place, int64_t in) { std::copy_n(from + in * c, c, to + out * columns + place * c); });
  });
  const Var rows = tape.emit(y, x.pixels.wants_gradient(),
                             [slot = Var{Tensor(), x.pixels.slot}, shape = x.pixels.value.shape(), g, c, columns](Tape& tape, const Tensor& dy) {
                               Tensor dx = zeros_of_kind(dy, shape);
                               with_element_type(dy, [&]<class T>(T) {
                                 const T* from = dy.data<T>();
                                 T* to = dx.data<T>();
                                 each_window_pixel(g, [&](int64_t out, int64_t place, int64_t in) {
                                   for (int64_t j = 0; j < c; ++j) to[in * c + j] += from[out * columns + place * c + j];
                                 });
                               });
                               tape.add_gradient(slot, dx);
                             });
  return {rows, g.batch, g.out_height, g.out_width};
}

Images convolution(Tape& tape, const Images& x, const Window& window, Parameter& weight, Parameter* bias) {
  const Images rows = windows(tape, x, window);
  return {ops::linear(tape, rows.pixels, weight, bias), rows.batch, rows.height, rows.width};
}

Images max_pool(Tape& tape, const Images& x, const Window& window) {
  const Geometry g(x, window);
  const int64_t c = g.channels;
  Tensor y = same_kind(x.pixels.value, Shape{g.out_rows(), c});
  auto from_where = std::make_shared<std::vector<int64_t>>(static_cast<size_t>(y.elements()), -1);
  with_element_type(y, [&]<class T>(T) {
    const T* from = x.pixels.value.data<T>();
    T* to = y.data<T>();
    std::fill_n(to, y.elements(), -std::numeric_limits<T>::infinity());
    each_window_pixel(g, [&](int64_t out, int64_t, int64_t in) {
      for (int64_t j = 0; j < c; ++j)
        if (from[in * c + j] > to[out * c + j] || (*from_where)[static_cast<size_t>(out * c + j)] < 0)
          to[out * c + j] = from[in * c + j], (*from_where)[static_cast<size_t>(out * c + j)] = in * c + j;
    });
  });
  const Var pooled = tape.emit(y, x.pixels.wants_gradient(),
                               [slot = Var{Tensor(), x.pixels.slot}, shape = x.pixels.value.shape(), from_where](Tape& tape, const Tensor& dy) {
                                 Tensor dx = zeros_of_kind(dy, shape);
                                 with_element_type(dy, [&]<class T>(T) {
                                   for (size_t i = 0; i < from_where->size(); ++i) dx.data<T>()[(*from_where)[i]] += dy.data<T>()[i];
                                 });
                                 tape.add_gradient(slot, dx);
                               });
  return {pooled, g.batch, g.out_height, g.out_width};
}

Var mean_over_pixels(Tape& tape, const Images& x) {
  const int64_t pixels = x.height * x.width, c = x.channels(), batch = x.batch;
  Tensor y = zeros_of_kind(x.pixels.value, Shape{batch, c});
  with_element_type(y, [&]<class T>(T) {
    const T* from = x.pixels.value.data<T>();
    for (int64_t r = 0; r < batch * pixels; ++r)
      for (int64_t j = 0; j < c; ++j) y.data<T>()[r / pixels * c + j] += from[r * c + j] / static_cast<T>(pixels);
  });
  return tape.emit(y, x.pixels.wants_gradient(),
                   [slot = Var{Tensor(), x.pixels.slot}, shape = x.pixels.value.shape(), pixels, c](Tape& tape, const Tensor& dy) {
                     Tensor dx = same_kind(dy, shape);
                     with_element_type(dy, [&]<class T>(T) {
                       for (int64_t r = 0; r < dx.rows(); ++r)
                         for (int64_t j = 0; j < c; ++j) dx.data<T>()[r * c + j] = dy.data<T>()[r / pixels * c + j] / static_cast<T>(pixels);
                     });
                     tape.add_gradient(slot, dx);
                   });
}

namespace {

ops::RowNormSpec image_statistic(const NormConfig& config, int64_t channels) {
  const int64_t groups = config.kind == "group" ? config.groups : 1;
  if (config.kind != "layer" && config.kind != "rms" && config.kind != "group")
    fail("norm '", config.kind, "' has no form over whole images; those that have: layer, rms, group");
  if (groups < 1 || channels % groups != 0) fail("norm.groups = ", groups, " does not divide ", channels, " channels");
  return {.stat = config.kind == "rms" ? ops::RowStat::kRms : ops::RowStat::kLayer, .eps = config.eps, .groups = groups};
}

}  // namespace

ImageNorm::ImageNorm(const NormConfig& config, PixelStatistics over, int64_t channels, Parameters& parameters, const std::string& prefix) {
  if (over == PixelStatistics::kPixel || config.kind == "batch" || config.kind == "none") {
    rows_ = make_net_norm(config, channels, parameters, prefix);
    return;
  }
  image_ = image_statistic(config, channels);
  gain_ = &parameters.make_constant(prefix + ".gain", Shape{channels}, 1);
  if (config.bias && config.kind != "rms") bias_ = &parameters.make_constant(prefix + ".bias", Shape{channels}, 0);
}

Images ImageNorm::apply(Tape& tape, const Images& x) const {
  if (rows_) return {rows_->apply(tape, x.pixels, x.pixels.value.dtype()), x.batch, x.height, x.width};
  const int64_t pixels = x.height * x.width, c = x.channels(), groups = image_.groups;
  // [b, pixels, groups, c/g] -> [b, groups, pixels, c/g], so that a group's elements are neighbours.
  Var rows = groups == 1 ? x.pixels : swap_blocks(tape, x.pixels, pixels, groups, x.batch);
  rows = reshape(tape, rows, Shape{x.batch, pixels * c});
  rows = ops::row_norm(tape, image_, rows, nullptr, nullptr, rows.value.dtype());
  rows = reshape(tape, rows, Shape{x.batch * pixels, c});
  if (groups > 1) rows = swap_blocks(tape, rows, groups, pixels, x.batch);
  return {channel_affine(tape, rows, gain_, bias_), x.batch, x.height, x.width};
}

}  // namespace gimbal::lab::nets
