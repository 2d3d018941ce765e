// Counting. Matrix products dominate; norms, activations and look-ups are left out of the arithmetic, as is customary (arXiv:2001.08361).
#include "models/cost.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "layers/feed_forward.h"
#include "layers/residual/residual.h"
#include "models/model.h"

namespace gimbal {
namespace {

double attention_keys_seen(const Architecture& a, int64_t layer, int64_t sequence) {
  if (a.mask == "full") return static_cast<double>(sequence);
  const auto t = static_cast<double>(sequence);
  const bool banded = a.attention == "alternating" && layer % 2 == 1 && a.attention_window > 0 && a.attention_window < sequence;
  return banded ? static_cast<double>(a.attention_window) : (t + 1) / 2;
}

// f32 values that one token leaves behind for the backward of one block, counted from the operations in layers/.
double block_values_per_token(const Architecture& a) {
  const auto d = static_cast<double>(a.width), f = static_cast<double>(a.width_of_ffn());
  const auto q = static_cast<double>(a.heads * a.width_of_head()), kv = static_cast<double>(a.kv_head_count() * a.width_of_head());
  const bool gated = activation_named(a.activation).gated;
  const double qk = a.slot_norms.qk ? q + 2 * kv : 0;
  const Placement& p = placement_named(a.placement);
  double norms = 0;
  for (const Slot slot : {Slot::kBefore, Slot::kOut, Slot::kAfter}) norms += p.has(slot) ? 2 * d : 0;
  if (p.has(Slot::kInside)) norms += q + f;
  const double streams = static_cast<double>(stream_count(a)) + (p.beside == Beside::kBranches ? 1 : 0);
  return norms + 2 * d * streams /* the stream after each join */ + (q + 2 * kv) + qk + q + (gated ? 2 * f : f) + f;
}

}  // namespace

Cost cost_of(const Architecture& a, int64_t sequence, int64_t bytes_per_value) {
  const Model model(a);  // registers shapes only
  Cost c;
  c.parameters = model.parameters().count();
  double products = 0;
  for (const Parameter& p : model.parameters().all()) {
    if (!p.trainable || !p.is_matrix()) continue;
    const bool table = p.name.starts_with("embed.");
    if (table) c.embedding_parameters += p.shape.elements();
    if (!table) products += static_cast<double>(p.shape.elements());
  }
  if (a.tied) products += static_cast<double>(a.vocab * a.width);
  c.forward_flops_per_token = 2 * products;
  const int64_t decoder_layers = a.blocks() - a.encoder_layers;
  const double cross = a.encoder_layers > 0 ? static_cast<double>(sequence) : 0;  // a decoder's token reads a source of the same length
  for (int64_t layer = 0; layer < a.encoder_layers; ++layer)
    c.forward_flops_per_token += 4 * static_cast<double>(a.heads * a.width_of_head() * sequence);
  for (int64_t layer = 0; layer < decoder_layers; ++layer)
    c.forward_flops_per_token += 4 * static_cast<double>(a.heads * a.width_of_head()) * (attention_keys_seen(a, layer, sequence) + cross);
  c.train_flops_per_token = 3 * c.forward_flops_per_token;
  c.cache_bytes_per_token = 2 * decoder_layers * a.kv_head_count() * a.width_of_head() * bytes_per_value;
  return c;
}

TrainingMemory training_memory(const Architecture& a, const TrainingShape& shape) {
  const Cost c = cost_of(a, a.context);
  TrainingMemory m;
  m.weights = c.parameters * (shape.bf16 ? 6 : 4);
  const int64_t trained = shape.trained_parameters.value_or(c.parameters);
  m.gradients = trained * 4;
  m.optimizer = static_cast<int64_t>(static_cast<double>(trained) * 4 * shape.optimizer_values_per_parameter);
  const auto tokens = static_cast<double>(shape.micro_tokens), layers = static_cast<double>(a.blocks()),
             d = static_cast<double>(a.width);
  const double block = block_values_per_token(a) * (shape.bf16 ? 2.4 : 4);  // the stream stays f32
  const double kept = shape.recompute ? layers * d * 4 + block : layers * block;
  const double gradient_rows = 4 * d * 4 + 2 * static_cast<double>(a.width_of_ffn()) * 4;
  m.activations = static_cast<int64_t>(std::min(tokens * (kept + gradient_rows), 1e18));  // of a batch that nobody can have
  const double all_logits = tokens * static_cast<double>(a.vocab);
  m.logits = static_cast<int64_t>(std::min(all_logits, std::max(0x1p24, 64 * static_cast<double>(a.vocab)))) * (shape.bf16 ? 6 : 4);
  return m;
}

int64_t teaching_memory(const Architecture& teacher, const TrainingShape& shape, HiddenStates states) {
  const TrainingMemory of_training = training_memory(teacher, shape);
  const auto tokens = static_cast<double>(shape.micro_tokens), stream = static_cast<double>(teacher.width) * 4;
  const auto kept = static_cast<double>(states == HiddenStates::kKept ? teacher.layers + teacher.encoder_layers + 2 : 2);
  const double block = block_values_per_token(teacher) * (shape.bf16 ? 2.4 : 4);
  return of_training.weights + of_training.logits + static_cast<int64_t>(tokens * (kept * stream + block));
}

int64_t available_memory_bytes() {
  int64_t bytes = std::numeric_limits<int64_t>::max();
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    std::istringstream words(line);
    std::string key;
    int64_t kib = 0;
    if (words >> key >> kib && key == "MemAvailable:") bytes = kib * 1024;
  }
  int64_t limit = 0, used = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && std::ifstream("/sys/fs/cgroup/memory.current") >> used)
    bytes = std::min(bytes, std::max<int64_t>(0, limit - used));
  return bytes;
}

int64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key;
    int64_t kib = 0;
    if (words >> key >> kib && key == "VmHWM:") return kib * 1024;
  }
  return 0;
}

void reset_peak_resident_bytes() { std::ofstream("/proc/self/clear_refs") << 5; }  // proc(5): 5 resets the peak

}  // namespace gimbal
