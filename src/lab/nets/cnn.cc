// The small convolutional net.
#include "lab/nets/cnn.h"

#include "lab/nets/net_norm.h"
#include "lab/nets/operations.h"
#include "layers/feed_forward.h"

namespace gimbal::lab::nets {

Cnn::Cnn(const CnnSettings& settings) : settings_(settings), activation_(activation_named(settings.activation)) {
  if (activation_.gated) fail("the convolutional net has no gated activation; '", settings.activation, "' is one");
  if (settings.maps.empty()) fail("a convolutional net needs at least one convolution");
  int64_t channels = settings.channels;
  for (size_t i = 0; i < settings.maps.size(); ++i) {
    const std::string prefix = cat("layer.", i);
    const int64_t maps = settings.maps[i];
    layers_.push_back({&make_map(parameters_, prefix + ".weight", maps, 9 * channels, starting_gain(settings.activation)),
                       &parameters_.make_constant(prefix + ".bias", Shape{maps}, 0),
                       std::make_unique<ImageNorm>(settings.norm, settings.statistics, maps, parameters_, prefix + ".norm")});
    channels = maps;
  }
  out_weight_ = &make_map(parameters_, "out.weight", settings.outputs, channels, 1);
  out_bias_ = &parameters_.make_constant("out.bias", Shape{settings.outputs}, 0);
  if (settings.affine == Affine::kFrozen) freeze_affine(parameters_, "");
}

Var Cnn::forward(Tape& tape, const Var& x, Trace* trace) {
  Images h{reshape(tape, x, Shape{x.rows() * settings_.height * settings_.width, settings_.channels}), x.rows(), settings_.height, settings_.width};
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& l = layers_[i];
    const bool halve = i == 1;
    if (trace) trace->inputs.push_back(h.pixels.value);
    h = convolution(tape, h, {.size = 3, .stride = halve && settings_.halving == Halving::kStride ? 2 : 1, .padding = 1}, *l.weight, l.bias);
    const bool before = settings_.place == NormPlace::kBeforeActivation;
    if (before && trace) trace->norms_read.push_back(h.pixels.value);
    if (before) h = l.norm->apply(tape, h);
    if (trace) trace->units.push_back(h.pixels.value);
    h.pixels = ops::activation(tape, activation_, h.pixels);
    if (!before && trace) trace->norms_read.push_back(h.pixels.value);
    if (!before) h = l.norm->apply(tape, h);
    if (halve && settings_.halving == Halving::kMaxPool) h = max_pool(tape, h, {.size = 2, .stride = 2, .padding = 0});
  }
  return ops::linear(tape, mean_over_pixels(tape, h), *out_weight_, out_bias_);
}

}  // namespace gimbal::lab::nets
