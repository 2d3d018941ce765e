// The decoders of ChatGLM's line (arXiv:2406.12793): RMSNorm, SwiGLU in one fused map, rotary positions on half of each head in neighbouring pairs,
// grouped keys; GLM-4-9B ("chatglm") is Pre-LN, GLM-4-0414 ("glm4") norms the branches' results too.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

Architecture chatglm_defaults() {
  Architecture a;
  a.family = "chatglm";
  a.vocab = 151552;
  a.context = 131072;
  a.layers = 40;
  a.width = 4096;
  a.heads = 32;
  a.kv_heads = 2;
  a.head_width = 128;
  a.ffn_width = 13696;
  a.norm.kind = "rms";
  a.norm.eps = 1.5625e-7;
  a.activation = "swiglu";
  a.positions.kind = "rotary";
  a.positions.pairs = "interleaved";
  a.positions.fraction = 0.5;
  a.bias = false;
  a.qkv_bias = true;
  a.tied = false;
  return a;
}

Architecture glm4_defaults() {
  Architecture a = chatglm_defaults();
  a.family = "glm4";
  a.placement = "sandwich";
  return a;
}

void read(const Json& c, Architecture& a) {
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"max_position_embeddings"}, 131072);
  a.layers = needed_size(c, {"num_hidden_layers"});
  a.width = needed_size(c, {"hidden_size"});
  a.heads = needed_size(c, {"num_attention_heads"});
  a.kv_heads = find_key<int64_t>(c, {"num_key_value_heads"});
  a.head_width = find_key<int64_t>(c, {"head_dim"});
  a.ffn_width = needed_size(c, {"intermediate_size"});
  if (const auto act = key_or<std::string>(c, {"hidden_act"}, "silu"); act != "silu")
    fail("config.json asks for hidden_act '", act, "'; this family has silu");
  a.norm.eps = key_or(c, {"rms_norm_eps"}, 1.5625e-7);
  a.qkv_bias = key_or(c, {"attention_bias"}, true);
  a.attention_dropout = key_or(c, {"attention_dropout"}, 0.0);
  a.positions.theta = key_or(c, {"rope_theta"}, 10000.0);
  a.positions.fraction = key_or(c, {"partial_rotary_factor"}, 0.5);
  if (c.contains("rope_parameters") && c["rope_parameters"].is_object()) {
    a.positions.theta = key_or(c["rope_parameters"], {"rope_theta"}, a.positions.theta);
    a.positions.fraction = key_or(c["rope_parameters"], {"partial_rotary_factor"}, a.positions.fraction);
  }
  read_shared_keys(c, a);
}

Architecture chatglm_from_config(const Json& c) {
  Architecture a = chatglm_defaults();
  read(c, a);
  return a;
}

Architecture glm4_from_config(const Json& c) {
  Architecture a = glm4_defaults();
  read(c, a);
  return a;
}

Json to_config(const Architecture& a) {
  const bool sandwich = a.family == "glm4";
  Json c = {{"architectures", {sandwich ? "Glm4ForCausalLM" : "GlmForCausalLM"}},
            {"model_type", sandwich ? "glm4" : "glm"},
            {"vocab_size", a.vocab},
            {"max_position_embeddings", a.context},
            {"num_hidden_layers", a.layers},
            {"hidden_size", a.width},
            {"num_attention_heads", a.heads},
            {"num_key_value_heads", a.kv_head_count()},
            {"head_dim", a.width_of_head()},
            {"intermediate_size", a.width_of_ffn()},
            {"hidden_act", "silu"},
            {"rms_norm_eps", a.norm.eps},
            {"attention_bias", a.qkv_bias.value_or(a.bias)},
            {"attention_dropout", a.attention_dropout.value_or(a.dropout)},
            {"rope_parameters", {{"rope_theta", a.positions.theta}, {"partial_rotary_factor", a.positions.fraction}, {"rope_type", "default"}}},
            // The older form beside it, for readers that do not know rope_parameters.
            {"rope_theta", a.positions.theta},
            {"partial_rotary_factor", a.positions.fraction}};
  write_shared_keys(a, c);
  return c;
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "model.embed_tokens.weight"},
    {"block.{}.attn.before.gain", "model.layers.{}.input_layernorm.weight"},
    {"block.{}.attn.qkv.weight", "model.layers.{}.self_attn.q_proj.weight", Rows::kQuery},
    {"block.{}.attn.qkv.weight", "model.layers.{}.self_attn.k_proj.weight", Rows::kKey},
    {"block.{}.attn.qkv.weight", "model.layers.{}.self_attn.v_proj.weight", Rows::kValue},
    {"block.{}.attn.qkv.bias", "model.layers.{}.self_attn.q_proj.bias", Rows::kQuery},
    {"block.{}.attn.qkv.bias", "model.layers.{}.self_attn.k_proj.bias", Rows::kKey},
    {"block.{}.attn.qkv.bias", "model.layers.{}.self_attn.v_proj.bias", Rows::kValue},
    {"block.{}.attn.proj.weight", "model.layers.{}.self_attn.o_proj.weight"},
    {"block.{}.attn.out.gain", "model.layers.{}.post_self_attn_layernorm.weight"},
    {"block.{}.ffn.before.gain", "model.layers.{}.post_attention_layernorm.weight"},  // named for its neighbour there; before the FFN here
    {"block.{}.ffn.up.weight", "model.layers.{}.mlp.gate_up_proj.weight"},
    {"block.{}.ffn.down.weight", "model.layers.{}.mlp.down_proj.weight"},
    {"block.{}.ffn.out.gain", "model.layers.{}.post_mlp_layernorm.weight"},
    {"final.gain", "model.norm.weight"},
    {"head.weight", "lm_head.weight"},
};

constexpr Preset kChatglmPresets[] = {{"glm4-9b", "arXiv:2406.12793", [](Architecture&) {}}};
constexpr Preset kGlm4Presets[] = {
    {"glm4-9b-0414", "GLM-4-0414 release", [](Architecture&) {}},
    {"glm4-32b-0414", "GLM-4-0414 release",
     [](Architecture& a) {
       set_sizes(a, 61, 6144, 48);
       a.kv_heads = 8;
       a.ffn_width = 23040;
     }},
};

}  // namespace

extern const Family kChatglm = {"chatglm", "glm", "arXiv:2406.12793", chatglm_defaults, chatglm_from_config, to_config, kNames, kChatglmPresets};
extern const Family kGlm4 = {"glm4", "glm4", "GLM-4-0414 release", glm4_defaults, glm4_from_config, to_config, kNames, kGlm4Presets};

}  // namespace gimbal
