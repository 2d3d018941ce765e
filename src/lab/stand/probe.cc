// Passes without steps.
#include "lab/stand/probe.h"

#include <cmath>
#include <limits>

#include "core/rng.h"
#include "kernels/table.h"
#include "models/batch_rows.h"

namespace gimbal::lab {
namespace {

constexpr double kBroke = std::numeric_limits<double>::quiet_NaN();  // moments leave out what is not finite

}  // namespace

std::vector<double> Probe::by_layer(const std::string& parameter, const std::string& stack) const {
  std::vector<double> norms;
  for (size_t layer = 0;; ++layer) {
    const auto found = gradients.find(cat(stack, "block.", layer, ".", parameter));
    if (found == gradients.end()) break;
    norms.push_back(found->second);
  }
  GIMBAL_ASSERT(!norms.empty(), "no block has a parameter ", parameter);
  return norms;
}

Probe probe(Model& model, const TokenBatch& batch) {
  const TokenRows rows = rows_of(batch, model.device());
  Health health;
  health.layers.resize(static_cast<size_t>(model.architecture().layers + model.architecture().encoder_layers));
  Flow flow;
  flow.health = &health;
  Losses losses;
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  model.parameters().clear_gradients();
  tape.backward(model.loss(tape, model.hidden(tape, rows, flow), rows, {}, count_losses(rows).scale(), losses));
  Probe found;
  found.loss = losses.mean();
  for (const Parameter& p : model.parameters().all())
    if (p.grad_written) {
      const kernels::Moments m = kernels::on(p.grad.device()).elementwise.moments(p.grad);
      found.gradients[p.name] = m.non_finite ? kBroke : std::sqrt(m.sum_squares);
    }
  for (const LayerHealth& layer : health.layers) found.stream_rms.push_back(std::isfinite(found.loss) ? layer.stream_rms : kBroke);
  return found;
}

TokenBatch random_tokens(int64_t sequences, int64_t length, int64_t vocab, uint64_t seed) {
  Rng random(seed, "random tokens");
  TokenBatch batch;
  for (int64_t s = 0; s < sequences; ++s) {
    Sequence sequence;
    for (int64_t t = 0; t < length; ++t) {
      sequence.ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab))));
      sequence.targets.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab))));
    }
    batch.add(sequence);
  }
  return batch;
}

double loss_on(Model& model, const TokenBatch& batch, Tape::Phase phase) {
  const TokenRows rows = rows_of(batch, model.device());
  Losses losses;
  Tape tape(Tape::Mode::kInference, phase);
  tape.mark_replaying();
  model.loss(tape, model.hidden(tape, rows, {}), rows, {}, count_losses(rows).scale(), losses);
  return losses.mean();
}

Tensor hidden_rows(Model& model, const TokenBatch& batch) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.hidden(tape, rows_of(batch, model.device()), {}).value;
}

double rms_difference(const Tensor& a, const Tensor& b) {
  const Tensor d = a.clone();
  const auto& k = kernels::on(d.device()).elementwise;
  k.copy(b, -1.0, d, kernels::Write::kAdd);
  const kernels::Moments m = k.moments(d);
  return std::sqrt(m.sum_squares / static_cast<double>(m.count));
}

}  // namespace gimbal::lab
