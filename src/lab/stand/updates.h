// How far steps of an optimizer move what the head reads: the update of a model (arXiv:2203.00555, theorem 4.2), on random tokens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/json.h"
#include "models/model.h"

namespace gimbal::lab {

/// One small transformer, fresh from its seed, and the steps it takes, each on a batch of its own.
struct Steps {
  Json model;
  std::string optimizer = "sgd";  // or adamw, lion, muon; without momentum (sgd) and decay, beta2 0.98
  double rate = 0.05;
  int64_t count = 1, seed = 1;
  /// Gains and biases of norms learn besides the matrices, and embeddings and head besides the blocks.
  bool learn_gains = false, learn_ends = false;
  std::function<void(Model&)> prepare = {};  // of the fresh model
};

struct Moved {
  std::vector<double> by_step;  // root mean square of the change of the last hidden state of a watched batch since the start
  double first_gradient = 0,
         gradient = 0;  // norm of the gradient of the first and of the last block's W2 in the first step; an encoder's where there is one
};
Moved moved_by(const Steps& steps);

/// The transformer of the paper's figure 5: width 64, inner width 128, 2 heads; 256 tokens.
Json narrow_transformer(const std::string& scheme, int64_t layers);

}  // namespace gimbal::lab
