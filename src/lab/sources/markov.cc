// Transitions, their stationary distribution and entropies, and sequences.
#include "lab/sources/markov.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kEndless = int64_t{1} << 40;  // examples of one pass

size_t draw(const double* cumulative, size_t n, double u) {
  return std::min<size_t>(n - 1, static_cast<size_t>(std::upper_bound(cumulative, cumulative + n, u) - cumulative));
}

class MarkovExamples final : public Examples {
 public:
  MarkovExamples(MarkovSpec spec, std::vector<double> states, std::vector<double> cumulative, uint64_t seed, int64_t length)
      : spec_(spec), states_(std::move(states)), cumulative_(std::move(cumulative)), seed_(seed), length_(length) {}

  int64_t size() const override { return kEndless; }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = Rng(seed_, "markov sequence").child(static_cast<uint64_t>(number));
    const auto v = static_cast<size_t>(spec_.vocab);
    std::vector<int32_t> tokens;
    size_t state = draw(states_.data(), states_.size(), random.uniform());
    if (spec_.order == 2) tokens.push_back(static_cast<int32_t>(state / v));
    tokens.push_back(static_cast<int32_t>(state % v));
    while (static_cast<int64_t>(tokens.size()) < length_ + 1) {
      const size_t next = draw(&cumulative_[state * v], v, random.uniform());
      state = spec_.order == 1 ? next : state % v * v + next;
      tokens.push_back(static_cast<int32_t>(next));
    }
    batch.add_successors(tokens);
  }

 private:
  MarkovSpec spec_;
  std::vector<double> states_, cumulative_;
  uint64_t seed_;
  int64_t length_;
};

std::vector<double> cumulated(const std::vector<double>& p, size_t row) {
  std::vector<double> sums(p.size());
  for (size_t i = 0; i < p.size(); ++i) sums[i] = p[i] + (i % row == 0 ? 0 : sums[i - 1]);
  return sums;
}

}  // namespace

Markov::Markov(const MarkovSpec& spec) : spec_(spec) {
  GIMBAL_ASSERT((spec.order == 1 || spec.order == 2) && spec.vocab > 1);
  const auto v = static_cast<size_t>(spec.vocab), states = spec.order == 1 ? v : v * v;
  Rng random(spec.chain_seed, "markov transitions");
  std::vector<double> transitions(states * v);
  for (size_t s = 0; s < states; ++s) {
    double sum = 0;
    for (size_t i = 0; i < v; ++i) sum += transitions[s * v + i] = std::exp(spec.spread * random.normal());
    for (size_t i = 0; i < v; ++i) transitions[s * v + i] /= sum;
  }
  stationary_.assign(states, 1 / static_cast<double>(states));
  for (int round = 0; round < 500; ++round) {
    std::vector<double> next(states);
    for (size_t s = 0; s < states; ++s)
      for (size_t i = 0; i < v; ++i) next[spec.order == 1 ? i : s % v * v + i] += stationary_[s] * transitions[s * v + i];
    stationary_ = std::move(next);
  }
  std::vector<double> tokens(v);
  for (size_t s = 0; s < states; ++s) {
    tokens[s % v] += stationary_[s];
    for (size_t i = 0; i < v; ++i) floor_ -= stationary_[s] * transitions[s * v + i] * std::log(transitions[s * v + i]);
  }
  for (const double p : tokens) unigram_ -= p * std::log(p);
  cumulative_ = cumulated(transitions, v);
}

double Markov::probability(size_t state, size_t next) const {
  const auto v = static_cast<size_t>(spec_.vocab);
  return cumulative_[state * v + next] - (next == 0 ? 0 : cumulative_[state * v + next - 1]);
}

double Markov::nats(const TokenBatch& batch) const {
  const auto v = static_cast<size_t>(spec_.vocab);
  double sum = 0;
  for (size_t row = 0; row < batch.ids.size(); ++row) {
    const auto here = static_cast<size_t>(batch.ids[row]), next = static_cast<size_t>(batch.targets[row]);
    if (spec_.order == 1) {
      sum -= std::log(probability(here, next));
    } else if (batch.positions[row] > 0) {
      sum -= std::log(probability(static_cast<size_t>(batch.ids[row - 1]) * v + here, next));
    } else {  // only one token has been seen: the stationary share of the pair among those that begin with it
      double begun = 0;
      for (size_t i = 0; i < v; ++i) begun += stationary_[here * v + i];
      sum -= std::log(stationary_[here * v + next] / begun);
    }
  }
  return sum / static_cast<double>(batch.ids.size());
}

std::shared_ptr<const Examples> Markov::examples(uint64_t data_seed, int64_t length) const {
  return std::make_shared<MarkovExamples>(spec_, cumulated(stationary_, stationary_.size()), cumulative_, data_seed, length);
}

}  // namespace gimbal::lab
