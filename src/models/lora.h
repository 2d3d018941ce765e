// LoRA (arXiv:2106.09685): frozen linear maps learn through paths of low rank beside them.
#pragma once

#include "core/fields.h"
#include "models/weights.h"

namespace gimbal {

struct LoraConfig {
  int64_t rank = 0;
  double alpha = 16;
  double dropout = 0;
  std::vector<std::string> targets = {"all"};

  template <class V>
  void fields(V&& v) {
    v("rank", rank, "rank of the paths beside frozen linear maps (LoRA); 0: there are none");
    v("alpha", alpha, "the paths count alpha / rank");
    v("dropout", dropout, "of what the paths read");
    v("targets", targets, "attention, ffn, all, or names of maps on disk: q_proj, v_proj; query, value; c_attn");
  }
};

/// Freezes the model and lays a path beside each linear map that the targets name: A starts as Kaiming's uniform with a = sqrt(5), that is within
/// 1 / sqrt(inputs), B as zero. What a task's head answers with stays to be learned whole, as new things are. Before the model is allocated. Error
/// for numbers out of range and for a target that names no map.
///
/// A map is what the family's files hold as one: the query part of our fused q|k|v has a path of its own where files have it apart, and GPT-2's
/// c_attn has one as a whole.
void add_lora(Model& model, const LoraConfig& config);

/// The disk tensors that may have a path, and whether a target names one of them. Whole model.
std::vector<DiskTensor> linear_maps(Model& model);

/// "bert.encoder.layer.0.attention.self.query" of its weight.
inline std::string module_of(const DiskTensor& map) { return map.name.substr(0, map.name.rfind('.')); }

/// The path beside the map, or null.
const LowRank* path_of(const DiskTensor& map);

}  // namespace gimbal
