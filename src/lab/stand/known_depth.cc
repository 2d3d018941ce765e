// Making tasks; training; cutting.
#include "lab/stand/known_depth.h"

#include <algorithm>

#include "core/error.h"
#include "lab/sources/hops.h"
#include "lab/sources/products.h"
#include "lab/spread.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/streams.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace {

constexpr double kUsed = 0.05;  // nats that the loss must rise for a block to count as used
constexpr uint64_t kSeedOfAsking = 700001;

}  // namespace

KnownDepth known_depth_task(const std::string& name, uint64_t seed) {
  if (name.starts_with("S")) {
    const int64_t degree = name[1] - '0', length = name.back() - '0';
    const Products learned({.degree = degree, .length = length}), asked({.degree = degree, .length = length, .last_only = true});
    return {learned.vocab(), length, learned.guess(), learned.examples(seed), asked.examples(kSeedOfAsking)};
  }
  const int64_t length = name.front() - '0';
  const Hops learned({.symbols = 6, .least = 1, .most = length}), asked({.symbols = 6, .least = length, .most = length});
  return {learned.vocab(), length, learned.guess(), learned.examples(seed), asked.examples(kSeedOfAsking)};
}

Measured use_of_depth(const Cell& cell) {
  const KnownDepth task = known_depth_task(cell.text("task"), static_cast<uint64_t>(cell.seed));
  Training t;
  t.model = small_transformer(cell.text("scheme"), cell.count("layers"), cell.count("width"), cell.count("width") / 16, task.vocab);
  t.model["positions"] = {{"kind", "learned"}};
  t.examples = task.learned;
  t.steps = cell.count("steps");
  t.sequences = 32;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  Trained trained = train(t);
  Measured m;
  const TokenBatch asked = batch_of(*task.asked, 0, 64);
  const std::vector<Tensor> states = streams(*trained.model, asked);
  std::vector<double> layer, &squares = m.curves["mean_square"], &angles = m.curves["angular_distance"], &cut = m.curves["loss_without_block"];
  for (size_t i = 1; i < states.size(); ++i) {
    layer.push_back(static_cast<double>(i));
    squares.push_back(mean_square(states[i]));
    angles.push_back(angular_distance(states[i - 1], states[i]));
  }
  cut = cut_rises(*trained.model, asked);
  m.numbers = {{"loss", loss_on(*trained.model, asked)},
               {"mean_square_last", squares.back()},
               {"linear_r2", line_through(layer, squares).r2},
               {"angle_first", angles.front()},
               {"angle_last", angles.back()},
               {"blocks_used", static_cast<double>(std::count_if(cut.begin(), cut.end(), [](double rise) { return rise > kUsed; }))}};
  return m;
}

}  // namespace gimbal::lab
