// E34, one arm.
#include "lab/studies/identity_task.h"

#include <algorithm>

#include "lab/nets/learner.h"
#include "lab/studies/image_nets.h"

namespace gimbal::lab::identity_task {

Result run(const Settings& s, uint64_t seed) {
  const int64_t numbers = s.width / 2;
  nets::MlpSettings shape{
      .inputs = numbers, .width = s.width, .outputs = numbers, .layers = s.depth, .activation = s.activation, .shortcut = shortcut_named(s.shortcut)};
  shape.branch_start = s.branch_start;
  shape.norm.kind = s.norm;
  nets::Mlp net(shape);
  net.start(seed);
  const auto optimizer = make_optimizer(nets::plain_adam(s.lr), net.parameters());
  const Rng rows(seed, "lab/identity");
  Result result;
  const int64_t tail = std::min<int64_t>(20, s.steps);
  for (int64_t step = 0; step < s.steps; ++step) {
    Rng rng = rows.child(static_cast<uint64_t>(step));
    Tensor x(Shape{s.batch, numbers}, DType::kF32);
    for (int64_t i = 0; i < x.elements(); ++i) x.data<float>()[i] = static_cast<float>(rng.normal());
    net.parameters().clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    double squares = 0;
    const auto elements = static_cast<double>(x.elements());
    tape.backward(ops::squared_distance(tape, net.forward(tape, Tape::constant(x)), x, 1 / elements, squares));
    if (step == 0) result.error_at_start = squares / elements;
    if (step >= s.steps - tail) result.error += squares / elements / static_cast<double>(tail);
    optimizer->step(s.lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
  }
  return result;
}

}  // namespace gimbal::lab::identity_task
