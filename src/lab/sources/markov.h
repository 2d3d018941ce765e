// A source of tokens whose entropy is known: a Markov chain with random transitions, so that losses can be read as nats above the least possible one.
#pragma once

#include <memory>
#include <vector>

#include "data/batch.h"

namespace gimbal::lab {

/// Chain of order 1 or 2 over `vocab` tokens; each row of transitions is the softmax of normal logits of standard deviation `spread`.
struct MarkovSpec {
  int64_t vocab = 32, order = 1;
  double spread = 2;
  uint64_t chain_seed = 5;  // of the transitions
};

class Markov {
 public:
  explicit Markov(const MarkovSpec& spec);

  /// Nats a token that no model can go below, once it has seen `order` tokens.
  double floor() const { return floor_; }
  /// Nats a token of a model that knows frequencies only.
  double unigram() const { return unigram_; }
  const MarkovSpec& spec() const { return spec_; }
  /// Nats a token that the chain itself needs for these very sequences: what a loss on them is compared with.
  double nats(const TokenBatch& batch) const;

  /// Sequences of length + 1 tokens, next-token prediction over `length` rows; example i of a data seed is a pure function of both.
  std::shared_ptr<const Examples> examples(uint64_t data_seed, int64_t length) const;

 private:
  double probability(size_t state, size_t next) const;

  MarkovSpec spec_;
  std::vector<double> stationary_, cumulative_;  // of states; of the next token, one row a state
  double floor_ = 0, unigram_ = 0;
};

}  // namespace gimbal::lab
