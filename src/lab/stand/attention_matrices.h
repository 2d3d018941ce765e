// Attention probabilities as matrices, which the engine itself never stores: for measuring small models.
#pragma once

#include <vector>

#include "data/batch.h"
#include "lab/stand/matrix.h"
#include "models/model.h"

namespace gimbal::lab {

/// Probabilities [T, T] of the batch's first sequence, by layer and head. For Pre-LN models with LayerNorm, whose places enter with the embeddings or
/// not at all; a programmer's error for others.
std::vector<std::vector<Matrix>> attention_matrices(Model& model, const TokenBatch& batch);

}  // namespace gimbal::lab
