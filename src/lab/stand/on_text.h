// Trainings on Markov text that experiments compare by their loss: one budget, one held-out text, nats above what the chain itself needs.
#pragma once

#include "lab/cell.h"
#include "lab/sources/markov.h"
#include "lab/stand/train.h"

namespace gimbal::lab {

/// Order 2 over 8 tokens: a model must attend to the token before the last. No claim about depth can rest on it.
MarkovSpec second_order();

/// A training of the cell's seed at the cell's "lr": weights and data from the seed.
Training on_text(const Json& model, const Markov& source, const Cell& cell, int64_t steps);

/// Trains and measures: "above_floor" (nats a token on held-out text over those that the chain needs for the same text) and "loss" (of the last 20
/// steps; a run that broke has not-a-number for both). `trained`, when given, receives the model.
Measured measured_on_text(const Training& training, const Markov& source, Trained* trained = nullptr);

/// The lab's small transformer with relative positions, so that the token before the last is quickly found.
Json text_transformer(const std::string& scheme, int64_t layers, int64_t width, int64_t vocab);

}  // namespace gimbal::lab
