// BLOOM (arXiv:2211.05100): Pre-LN with a norm behind the embeddings, ALiBi, tanh GELU, tied head.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

Architecture defaults() {
  Architecture a;
  a.family = "bloom";
  a.vocab = 250880;
  a.context = 2048;
  a.placement = "embed-pre";
  a.positions.kind = "alibi";
  a.bos = 1;
  a.eos = 2;
  a.pad = 3;
  return a;
}

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"seq_length", "n_positions"}, 2048);
  a.layers = needed_size(c, {"n_layer", "num_hidden_layers"});
  a.width = needed_size(c, {"hidden_size", "n_embed"});
  a.heads = needed_size(c, {"n_head", "num_attention_heads"});
  a.norm.eps = key_or(c, {"layer_norm_epsilon"}, 1e-5);
  if (key_or(c, {"apply_residual_connection_post_layernorm"}, false))
    fail("config.json sets apply_residual_connection_post_layernorm, which no published BLOOM does and this engine does not have");
  a.dropout = key_or(c, {"hidden_dropout"}, 0.0);
  a.attention_dropout = key_or(c, {"attention_dropout"}, 0.0);
  a.embedding_dropout = 0;
  read_shared_keys(c, a);
  return a;
}

Json to_config(const Architecture& a) {
  Json c = {{"architectures", {"BloomForCausalLM"}},
            {"model_type", "bloom"},
            {"vocab_size", a.vocab},
            {"seq_length", a.context},
            {"hidden_size", a.width},
            {"n_layer", a.layers},
            {"n_head", a.heads},
            {"layer_norm_epsilon", a.norm.eps},
            {"apply_residual_connection_post_layernorm", false},
            {"hidden_dropout", a.dropout},
            {"attention_dropout", a.attention_dropout.value_or(a.dropout)}};
  write_shared_keys(a, c);
  return c;
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "transformer.word_embeddings.weight"},
    {"embed.norm.gain", "transformer.word_embeddings_layernorm.weight"},
    {"embed.norm.bias", "transformer.word_embeddings_layernorm.bias"},
    {"block.{}.attn.before.gain", "transformer.h.{}.input_layernorm.weight"},
    {"block.{}.attn.before.bias", "transformer.h.{}.input_layernorm.bias"},
    {"block.{}.attn.qkv.weight", "transformer.h.{}.self_attention.query_key_value.weight", Rows::kAll, Layout::kHeadsOfThree},
    {"block.{}.attn.qkv.bias", "transformer.h.{}.self_attention.query_key_value.bias", Rows::kAll, Layout::kHeadsOfThree},
    {"block.{}.attn.proj.weight", "transformer.h.{}.self_attention.dense.weight"},
    {"block.{}.attn.proj.bias", "transformer.h.{}.self_attention.dense.bias"},
    {"block.{}.ffn.before.gain", "transformer.h.{}.post_attention_layernorm.weight"},
    {"block.{}.ffn.before.bias", "transformer.h.{}.post_attention_layernorm.bias"},
    {"block.{}.ffn.up.weight", "transformer.h.{}.mlp.dense_h_to_4h.weight"},
    {"block.{}.ffn.up.bias", "transformer.h.{}.mlp.dense_h_to_4h.bias"},
    {"block.{}.ffn.down.weight", "transformer.h.{}.mlp.dense_4h_to_h.weight"},
    {"block.{}.ffn.down.bias", "transformer.h.{}.mlp.dense_4h_to_h.bias"},
    {"final.gain", "transformer.ln_f.weight"},
    {"final.bias", "transformer.ln_f.bias"},
    {"head.weight", "lm_head.weight"},
};

constexpr Preset kPresets[] = {
    {"bloom-560m", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 24, 1024, 16); }},
    {"bloom-1.1b", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 24, 1536, 16); }},
    {"bloom-1.7b", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 24, 2048, 16); }},
    {"bloom-3b", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 30, 2560, 32); }},
    {"bloom-7.1b", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 30, 4096, 32); }},
    {"bloom-176b", "arXiv:2211.05100 table 5", [](Architecture& a) { set_sizes(a, 70, 14336, 112); }},
};

}  // namespace

extern const Family kBloom = {"bloom", "bloom", "arXiv:2211.05100", defaults, from_config, to_config, kNames, kPresets};

}  // namespace gimbal
