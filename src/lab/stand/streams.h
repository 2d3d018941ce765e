// How much each block of a model does: the stream between blocks, the turn that a block gives it, and the loss without the block.
#pragma once

#include <vector>

#include "data/batch.h"
#include "models/model.h"

namespace gimbal::lab {

/// The stream behind the embeddings and behind each block, layers + 1 tensors [n, d], without recording. kTrain: by the batch's own statistics, which
/// change nothing.
std::vector<Tensor> streams(Model& model, const TokenBatch& batch, Tape::Phase phase = Tape::Phase::kEval);

double mean_square(const Tensor& x);
/// Mean over rows of arccos(cosine(a, b)) / pi, in 0 … 1.
double angular_distance(const Tensor& a_nd, const Tensor& b_nd);

/// By how many nats the loss rises when the branches of one block write nothing, for each block. The model is as before afterwards.
std::vector<double> cut_rises(Model& model, const TokenBatch& batch);

}  // namespace gimbal::lab
