// The common budget.
#include "lab/stand/on_text.h"

#include <cmath>
#include <limits>

#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kTextLength = 32, kHeldOut = 256, kHeadWidth = 16;
constexpr uint64_t kHeldOutSeed = 900001;

}  // namespace

MarkovSpec second_order() { return {.vocab = 8, .order = 2, .spread = 3}; }

Json text_transformer(const std::string& scheme, int64_t layers, int64_t width, int64_t vocab) {
  Json model = small_transformer(scheme, layers, width, width / kHeadWidth, vocab);
  model["positions"] = {{"kind", "relative"}, {"buckets", 16}, {"max_distance", kTextLength}};
  model["context"] = kTextLength;
  return model;
}

Training on_text(const Json& model, const Markov& source, const Cell& cell, int64_t steps) {
  Training t;
  t.model = model;
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), kTextLength);
  t.steps = steps;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  return t;
}

Measured measured_on_text(const Training& training, const Markov& source, Trained* kept) {
  Trained trained = train(training);
  Measured m;
  const TokenBatch held_out = batch_of(*source.examples(kHeldOutSeed, kTextLength), 0, kHeldOut);
  const bool broke = !std::isfinite(trained.end_loss);
  m.numbers = {{"loss", trained.end_loss},
               {"above_floor", broke ? std::numeric_limits<double>::quiet_NaN() : loss_on(*trained.model, held_out) - source.nats(held_out)}};
  m.curves = {{"loss", trained.losses}};
  if (kept) *kept = std::move(trained);
  return m;
}

}  // namespace gimbal::lab
