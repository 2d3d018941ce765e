// GLM (arXiv:2103.10360; GLM-130B: arXiv:2210.02414): one stack under a prefix mask, Pre-LN, learned positions in two dimensions, tanh GELU, tied
// head.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

Architecture defaults() {
  Architecture a;
  a.family = "glm";
  a.vocab = 30592;
  a.context = 512;
  a.mask = "prefix";
  a.positions.kind = "blocks";
  a.dropout = 0.1;
  return a;
}

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = needed_size(c, {"max_sequence_length"});
  a.layers = needed_size(c, {"num_layers"});
  a.width = needed_size(c, {"hidden_size"});
  a.heads = needed_size(c, {"num_attention_heads"});
  a.norm.eps = key_or(c, {"layernorm_epsilon"}, 1e-5);
  if (!key_or(c, {"block_position_encoding"}, true)) a.positions.kind = "learned";
  a.dropout = key_or(c, {"output_dropout_prob"}, 0.1);
  a.attention_dropout = key_or(c, {"attention_dropout_prob"}, 0.1);
  a.embedding_dropout = key_or(c, {"embedding_dropout_prob"}, 0.1);
  a.tied = key_or(c, {"tied_head"}, true);
  read_token_keys(c, a);
  return a;
}

Json to_config(const Architecture& a) {
  return {{"architectures", {"GLMForConditionalGeneration"}},
          {"model_type", "glm2022"},
          {"vocab_size", a.vocab},
          {"max_sequence_length", a.context},
          {"num_layers", a.layers},
          {"hidden_size", a.width},
          {"num_attention_heads", a.heads},
          {"layernorm_epsilon", a.norm.eps},
          {"block_position_encoding", a.positions.kind == "blocks"},
          {"output_dropout_prob", a.dropout},
          {"attention_dropout_prob", a.attention_dropout.value_or(a.dropout)},
          {"embedding_dropout_prob", a.embedding_dropout.value_or(a.dropout)},
          {"tied_head", a.tied},
          {"bos_token_id", token_value(a.bos)},
          {"eos_token_id", token_value(a.eos)},
          {"pad_token_id", token_value(a.pad)}};
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "word_embeddings.weight"},
    {"embed.positions", "transformer.position_embeddings.weight"},
    {"embed.block_positions", "transformer.block_position_embeddings.weight"},
    {"block.{}.attn.before.gain", "transformer.layers.{}.input_layernorm.weight"},
    {"block.{}.attn.before.bias", "transformer.layers.{}.input_layernorm.bias"},
    {"block.{}.attn.qkv.weight", "transformer.layers.{}.attention.query_key_value.weight"},
    {"block.{}.attn.qkv.bias", "transformer.layers.{}.attention.query_key_value.bias"},
    {"block.{}.attn.proj.weight", "transformer.layers.{}.attention.dense.weight"},
    {"block.{}.attn.proj.bias", "transformer.layers.{}.attention.dense.bias"},
    {"block.{}.ffn.before.gain", "transformer.layers.{}.post_attention_layernorm.weight"},
    {"block.{}.ffn.before.bias", "transformer.layers.{}.post_attention_layernorm.bias"},
    {"block.{}.ffn.up.weight", "transformer.layers.{}.mlp.dense_h_to_4h.weight"},
    {"block.{}.ffn.up.bias", "transformer.layers.{}.mlp.dense_h_to_4h.bias"},
    {"block.{}.ffn.down.weight", "transformer.layers.{}.mlp.dense_4h_to_h.weight"},
    {"block.{}.ffn.down.bias", "transformer.layers.{}.mlp.dense_4h_to_h.bias"},
    {"final.gain", "transformer.final_layernorm.weight"},
    {"final.bias", "transformer.final_layernorm.bias"},
};

void glm_130b(Architecture& a) {
  set_sizes(a, 70, 12288, 96);
  a.vocab = 150528;
  a.context = 2048;
  a.ffn_width = 32768;
  a.activation = "geglu";
  a.positions.kind = "rotary";
  a.placement = "post";
  a.residual.kind = "deepnorm-glm";
  a.embedding_gradient = 0.1;
  a.tied = false;
  a.dropout = 0;
}

constexpr Preset kPresets[] = {
    {"glm-base", "arXiv:2103.10360 table 5", [](Architecture& a) { set_sizes(a, 12, 768, 12); }},
    {"glm-large", "arXiv:2103.10360 table 5", [](Architecture& a) { set_sizes(a, 24, 1024, 16); }},
    {"glm-2b", "GLM release",
     [](Architecture& a) {
       set_sizes(a, 36, 2048, 32);
       a.vocab = 50304;
       a.context = 1024;
     }},
    {"glm-10b", "GLM release",
     [](Architecture& a) {
       set_sizes(a, 48, 4096, 64);
       a.vocab = 50304;
       a.context = 1024;
     }},
    {"glm-130b", "arXiv:2210.02414 table 1", glm_130b},
};

}  // namespace

extern const Family kGlm = {"glm", "glm2022", "arXiv:2103.10360", defaults, from_config, to_config, kNames, kPresets};

}  // namespace gimbal
