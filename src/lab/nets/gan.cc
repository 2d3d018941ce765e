// Alternating updates of generator and discriminator.
#include "lab/nets/gan.h"

#include "lab/nets/operations.h"

namespace gimbal::lab::nets {
namespace {

MlpSettings points_net(const GanSettings& s, int64_t inputs, int64_t outputs, const NormConfig& norm, const char* activation) {
  return {.inputs = inputs, .width = s.width, .outputs = outputs, .layers = s.layers - 1, .activation = activation, .norm = norm};
}

void update(Optimizer& optimizer, double lr) {
  optimizer.step(lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
}

Tensor normal_rows(int64_t n, int64_t d, Rng& rng) {
  Tensor z(Shape{n, d}, DType::kF32);
  for (int64_t i = 0; i < z.elements(); ++i) z.data<float>()[i] = static_cast<float>(rng.normal());
  return z;
}

}  // namespace

Gan::Gan(const GanSettings& settings, uint64_t seed)
    : settings_(settings),
      seed_(seed),
      noise_(seed, "lab/gan/noise"),
      generator_(points_net(settings, settings.noise, 2, settings.generator_norm, "relu")),
      discriminator_(points_net(settings, 2, 1, settings.discriminator_norm, "gelu")) {
  generator_.start(seed);
  discriminator_.start(seed + 1);
  OptimizerConfig adam = plain_adam(settings.lr);
  adam.beta1 = settings.beta1;
  generator_optimizer_ = make_optimizer(adam, generator_.parameters());
  discriminator_optimizer_ = make_optimizer(adam, discriminator_.parameters());
}

Tensor Gan::draw(int64_t n) { return normal_rows(n, settings_.noise, noise_); }

double Gan::learn_to_tell(const Tensor& real) {
  const int64_t n = real.rows();
  const auto rows = static_cast<size_t>(n);
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kTrain);
  const Tensor made = generator_.forward(unrecorded, Tape::constant(draw(n))).value;
  discriminator_.parameters().clear_gradients();
  double sum = 0;
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);  // real and made points are batches of their own, for BatchNorm
  const Var of_real =
      logistic_loss(tape, discriminator_.forward(tape, Tape::constant(real)), std::vector<double>(rows, 1), 1.0 / static_cast<double>(n), sum);
  const Var of_made =
      logistic_loss(tape, discriminator_.forward(tape, Tape::constant(made)), std::vector<double>(rows, 0), 1.0 / static_cast<double>(n), sum);
  tape.backward(ops::sum_of_losses(tape, of_real, of_made));
  update(*discriminator_optimizer_, settings_.lr);
  return sum / static_cast<double>(n);
}

double Gan::learn_to_deceive(int64_t n) {
  generator_.parameters().clear_gradients();
  double sum = 0;
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  const Var made = generator_.forward(tape, Tape::constant(draw(n)));
  tape.backward(
      logistic_loss(tape, discriminator_.forward(tape, made), std::vector<double>(static_cast<size_t>(n), 1), 1.0 / static_cast<double>(n), sum));
  update(*generator_optimizer_, settings_.lr);  // what the discriminator's parameters got is cleared before its own step
  return sum / static_cast<double>(n);
}

Gan::Losses Gan::step(const Tensor& real) { return {learn_to_tell(real), learn_to_deceive(real.rows())}; }

Tensor Gan::generate(int64_t n, std::string_view stream) {
  Rng rng(seed_, stream);
  return outputs(generator_, normal_rows(n, settings_.noise, rng));
}

}  // namespace gimbal::lab::nets
