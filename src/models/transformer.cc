// The Transformer of 2017 (arXiv:1706.03762): encoder-decoder, Post-LN, sinusoids, ReLU, one table for source, target and head.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

void sizes(Architecture& a, int64_t layers, int64_t width, int64_t heads) {
  set_sizes(a, layers, width, heads);
  a.encoder_layers = layers;
}

Architecture defaults() {
  Architecture a;
  a.family = "transformer";
  a.vocab = 37000;
  a.context = 1024;
  a.placement = "post";
  a.positions.kind = "sinusoid";
  a.activation = "relu";
  a.dropout = 0.1;
  a.attention_dropout = 0;
  a.init.kind = "xavier";
  a.init.std = 0;  // of the table: 1 / sqrt(width)
  a.scale_embeddings = true;
  sizes(a, 6, 512, 8);
  return a;
}

// No published file format: a directory carries the "gimbal" block, and our own names.
Architecture from_config(const Json&) { return defaults(); }
Json to_config(const Architecture&) { return {{"architectures", {"Transformer"}}, {"model_type", "transformer"}}; }

constexpr Preset kPresets[] = {
    {"transformer-base", "arXiv:1706.03762 table 3", [](Architecture& a) { sizes(a, 6, 512, 8); }},
    {"transformer-big", "arXiv:1706.03762 table 3",
     [](Architecture& a) {
       sizes(a, 6, 1024, 16);
       a.dropout = 0.3;
     }},
};

}  // namespace

extern const Family kTransformer = {"transformer", "transformer", "arXiv:1706.03762", defaults, from_config, to_config, {}, kPresets};

}  // namespace gimbal
