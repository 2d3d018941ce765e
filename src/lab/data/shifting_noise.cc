// Drawing noise that shifts from step to step.
#include "lab/data/shifting_noise.h"

#include <vector>

namespace gimbal::lab {

NoiseOfStep draw_noise(const ShiftingNoise& noise, int64_t n, int64_t d, const Rng& stream, int64_t step, int64_t place) {
  Rng rng = stream.child(static_cast<uint64_t>(step)).child(static_cast<uint64_t>(place));
  std::vector<double> mean(static_cast<size_t>(d)), scale(static_cast<size_t>(d));
  for (double& m : mean) m = noise.mean * (2 * rng.uniform() - 1);
  for (double& s : scale) s = 1 + (noise.scale - 1) * rng.uniform();
  NoiseOfStep drawn{Tensor(Shape{n, d}, DType::kF32), Tensor(Shape{n, d}, DType::kF32)};
  for (int64_t i = 0; i < n * d; ++i) {
    const auto j = static_cast<size_t>(i % d);
    drawn.shift_nd.data<float>()[i] = static_cast<float>(mean[j] + noise.jitter * (2 * rng.uniform() - 1));
    drawn.scale_nd.data<float>()[i] = static_cast<float>(scale[j] + noise.jitter * rng.normal());
  }
  return drawn;
}

}  // namespace gimbal::lab
