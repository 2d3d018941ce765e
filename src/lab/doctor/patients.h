// Small runs that a fault can be put into: seconds each, of a seed alone. What the fault benchmark and the doctor's tests are made of.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/rng.h"
#include "data/batch.h"
#include "train/trainer.h"

namespace gimbal::lab {

inline constexpr int64_t kPatientTokens = 64;

/// A run of a small model on a Markov chain over 64 tokens (four successors each, entropy 1.07 nats a token), before it starts.
struct Patient {
  Architecture architecture;
  RunConfig config;
};

/// Pre-norm GELU of 4 layers, width 32, 8 sequences of 32 tokens, AdamW 3e-3 with a short warm-up.
Patient usual_patient();

/// What strikes a run from outside, at a step of its own.
struct Strike {
  int64_t step = 0;                                                    // the first one struck; 0: none is
  std::function<void(Model& model, Rng& rng, int64_t since)> weights;  // before the step's forward pass; `since` counts from 0
  std::function<void(std::vector<int32_t>& tokens, Rng& rng)> batch;   // each sequence of that one step: tokens and the one behind
};

struct PatientRun {
  std::string lines;  // as log.jsonl
  std::vector<double> losses;
};

/// Runs to config.train.steps, or until the guard stops it.
PatientRun run_patient(const Patient& patient, const Strike& strike, uint64_t seed);

}  // namespace gimbal::lab
