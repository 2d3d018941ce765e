// What a model costs, from its architecture alone: parameters, arithmetic, memory. Nothing is allocated.
#pragma once

#include <optional>

#include "layers/architecture.h"

namespace gimbal {

struct Cost {
  int64_t parameters = 0;  // trainable, a tied head counted once
  int64_t embedding_parameters = 0;
  double forward_flops_per_token = 0;  // products and attention at `sequence` tokens, multiply and add counted as two
  double train_flops_per_token = 0;    // three times that
  int64_t cache_bytes_per_token = 0;   // keys and values of all layers, in the compute type
};
/// `sequence`: tokens that attend to each other; causal attention counts half of the square.
Cost cost_of(const Architecture& a, int64_t sequence, int64_t bytes_per_value = 4);

/// Peak memory of training, in bytes, by part.
struct TrainingMemory {
  int64_t weights = 0;  // f32 masters, and bf16 copies when computing in bf16
  int64_t gradients = 0;
  int64_t optimizer = 0;
  int64_t activations = 0;  // of one micro-batch
  int64_t logits = 0;
  int64_t teacher = 0;  // of a distillation: its weights and what it computes; see teaching_memory
  int64_t total() const { return weights + gradients + optimizer + activations + logits + teacher; }
};
struct TrainingShape {
  int64_t micro_tokens = 1;  // tokens of one micro-batch
  bool bf16 = false;
  bool recompute = false;
  double optimizer_values_per_parameter = 2;  // AdamW: two moments
  std::optional<int64_t> trained_parameters;  // fewer than all where some are frozen
};
TrainingMemory training_memory(const Architecture& a, const TrainingShape& shape);

/// What a teacher that answers the same micro-batches takes: weights, the pass through one block at a time, and a piece of its logits.
enum class HiddenStates : uint8_t { kFreed, kKept };  // kKept: they are compared with the student's
int64_t teaching_memory(const Architecture& teacher, const TrainingShape& shape, HiddenStates states);

/// Memory that this process may still take: the system's available memory or the control group's limit, whichever is less.
int64_t available_memory_bytes();
/// Most memory this process held resident, ever or since the last reset.
int64_t peak_resident_bytes();
void reset_peak_resident_bytes();

}  // namespace gimbal
