// Llama (arXiv:2302.13971, 2307.09288, 2407.21783): RMSNorm Pre-LN, SwiGLU, rotary positions, grouped keys and values from Llama 2 70B on.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

Architecture defaults() {
  Architecture a;
  a.family = "llama";
  a.vocab = 32000;
  a.context = 2048;
  a.layers = 32;
  a.width = 4096;
  a.heads = 32;
  a.norm.kind = "rms";
  a.norm.eps = 1e-5;
  a.activation = "swiglu";
  a.positions.kind = "rotary";
  a.bias = false;
  a.tied = false;
  a.bos = 1;
  a.eos = 2;
  return a;
}

// v5 keeps everything in rope_parameters; older files have rope_theta beside rope_scaling, whose kind is called rope_type or type.
void read_rope(const Json& c, PositionConfig& p) {
  p.theta = key_or(c, {"rope_theta"}, 10000.0);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!c.contains(key) || c[key].is_null()) continue;
    const Json& r = c[key];
    p.theta = key_or(r, {"rope_theta"}, p.theta);
    const auto kind = key_or<std::string>(r, {"rope_type", "type"}, "default");
    if (kind == "default") continue;
    if (kind != "linear" && kind != "llama3") fail("config.json asks for the rotary scaling '", kind, "'; known here: default, linear, llama3");
    p.scaling = kind;
    p.factor = key_or(r, {"factor"}, 1.0);
    if (kind == "linear") continue;
    p.low_freq_factor = key_or(r, {"low_freq_factor"}, 1.0);
    p.high_freq_factor = key_or(r, {"high_freq_factor"}, 4.0);
    p.original_context = needed_size(r, {"original_max_position_embeddings"});
  }
  p.fraction = key_or(c, {"partial_rotary_factor"}, 1.0);
}

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"max_position_embeddings"}, 2048);
  a.layers = needed_size(c, {"num_hidden_layers"});
  a.width = needed_size(c, {"hidden_size"});
  a.heads = needed_size(c, {"num_attention_heads"});
  a.kv_heads = find_key<int64_t>(c, {"num_key_value_heads"});
  a.head_width = find_key<int64_t>(c, {"head_dim"});
  a.ffn_width = needed_size(c, {"intermediate_size"});
  a.activation = activation_from(key_or<std::string>(c, {"hidden_act"}, "silu"), {{"silu", "swiglu"},
                                                                                  {"gelu", "geglu"},
                                                                                  {"gelu_new", "geglu-tanh"},
                                                                                  {"gelu_pytorch_tanh", "geglu-tanh"},
                                                                                  {"relu", "reglu"},
                                                                                  {"sigmoid", "glu"}});
  a.norm.eps = key_or(c, {"rms_norm_eps"}, 1e-6);
  a.qkv_bias = a.projection_bias = key_or(c, {"attention_bias"}, false);
  a.ffn_bias = key_or(c, {"mlp_bias"}, false);
  a.attention_dropout = key_or(c, {"attention_dropout"}, 0.0);
  read_rope(c, a.positions);
  read_shared_keys(c, a);
  return a;
}

Json rope_parameters(const PositionConfig& p) {
  Json r = {{"rope_theta", p.theta}, {"rope_type", p.scaling == "none" ? "default" : p.scaling}};
  if (p.scaling != "none") r["factor"] = p.factor;
  if (p.scaling == "llama3") {
    r["low_freq_factor"] = p.low_freq_factor;
    r["high_freq_factor"] = p.high_freq_factor;
    r["original_max_position_embeddings"] = p.original_context;
  }
  return r;
}

Json to_config(const Architecture& a) {
  Json c = {{"architectures", {"LlamaForCausalLM"}},
            {"model_type", "llama"},
            {"vocab_size", a.vocab},
            {"max_position_embeddings", a.context},
            {"hidden_size", a.width},
            {"num_hidden_layers", a.layers},
            {"num_attention_heads", a.heads},
            {"num_key_value_heads", a.kv_head_count()},
            {"head_dim", a.width_of_head()},
            {"intermediate_size", a.width_of_ffn()},
            {"hidden_act",
             activation_to(a.activation, {{"silu", "swiglu"}, {"gelu", "geglu"}, {"gelu_new", "geglu-tanh"}, {"relu", "reglu"}, {"sigmoid", "glu"}})},
            {"rms_norm_eps", a.norm.eps},
            {"attention_bias", a.qkv_bias.value_or(a.bias)},
            {"mlp_bias", a.ffn_bias.value_or(a.bias)},
            {"attention_dropout", a.attention_dropout.value_or(a.dropout)},
            {"rope_parameters", rope_parameters(a.positions)},
            // The older form beside it, for readers that do not know rope_parameters.
            {"rope_theta", a.positions.theta}};
  write_shared_keys(a, c);
  if (a.positions.scaling != "none") c["rope_scaling"] = rope_parameters(a.positions);
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
    {"block.{}.attn.proj.bias", "model.layers.{}.self_attn.o_proj.bias"},
    {"block.{}.ffn.before.gain", "model.layers.{}.post_attention_layernorm.weight"},  // named for its neighbour there; before the FFN here
    {"block.{}.ffn.up.weight", "model.layers.{}.mlp.gate_proj.weight", Rows::kGate},
    {"block.{}.ffn.up.weight", "model.layers.{}.mlp.up_proj.weight", Rows::kUp},
    {"block.{}.ffn.up.bias", "model.layers.{}.mlp.gate_proj.bias", Rows::kGate},
    {"block.{}.ffn.up.bias", "model.layers.{}.mlp.up_proj.bias", Rows::kUp},
    {"block.{}.ffn.down.weight", "model.layers.{}.mlp.down_proj.weight"},
    {"block.{}.ffn.down.bias", "model.layers.{}.mlp.down_proj.bias"},
    {"final.gain", "model.norm.weight"},
    {"head.weight", "lm_head.weight"},
};

void sizes(Architecture& a, int64_t layers, int64_t width, int64_t heads, int64_t kv_heads, int64_t ffn_width) {
  a.layers = layers;
  a.width = width;
  a.heads = heads;
  a.kv_heads = kv_heads;
  a.ffn_width = ffn_width;
}

void llama1(Architecture& a) { a.norm.eps = 1e-6; }
void llama2(Architecture& a) { a.context = 4096; }

void llama3(Architecture& a, double factor) {
  a.vocab = 128256;
  a.context = 131072;
  a.positions.theta = 500000;
  a.positions.scaling = "llama3";
  a.positions.factor = factor;
  a.positions.low_freq_factor = 1;
  a.positions.high_freq_factor = 4;
  a.positions.original_context = 8192;
  a.bos = 128000;
  a.eos = 128001;
}

// nGPT: the same maps without norms' gains, on the sphere.
void ngpt(Architecture& a) {
  a.context = 4096;
  a.norm = {.kind = "l2", .eps = 0};
  a.placement = "sphere";
  a.residual.kind = "lerp";
  a.slot_norms.qk = a.norm;
  a.weights = "ngpt";
}

constexpr Preset kPresets[] = {
    {"llama-7b", "arXiv:2302.13971 table 2", [](Architecture& a) { llama1(a), sizes(a, 32, 4096, 32, 32, 11008); }},
    {"llama-13b", "arXiv:2302.13971 table 2", [](Architecture& a) { llama1(a), sizes(a, 40, 5120, 40, 40, 13824); }},
    {"llama-33b", "arXiv:2302.13971 table 2", [](Architecture& a) { llama1(a), sizes(a, 60, 6656, 52, 52, 17920); }},
    {"llama-65b", "arXiv:2302.13971 table 2", [](Architecture& a) { llama1(a), sizes(a, 80, 8192, 64, 64, 22016); }},
    {"llama2-7b", "arXiv:2307.09288", [](Architecture& a) { llama2(a), sizes(a, 32, 4096, 32, 32, 11008); }},
    {"llama2-13b", "arXiv:2307.09288", [](Architecture& a) { llama2(a), sizes(a, 40, 5120, 40, 40, 13824); }},
    {"llama2-70b", "arXiv:2307.09288", [](Architecture& a) { llama2(a), sizes(a, 80, 8192, 64, 8, 28672); }},
    {"llama3.1-8b", "arXiv:2407.21783 table 3", [](Architecture& a) { llama3(a, 8), sizes(a, 32, 4096, 32, 8, 14336); }},
    {"llama3.1-70b", "arXiv:2407.21783 table 3", [](Architecture& a) { llama3(a, 8), sizes(a, 80, 8192, 64, 8, 28672); }},
    {"llama3.1-405b", "arXiv:2407.21783 table 3", [](Architecture& a) { llama3(a, 8), sizes(a, 126, 16384, 128, 8, 53248); }},
    {"ngpt-0.5b", "arXiv:2410.01131", [](Architecture& a) { ngpt(a), sizes(a, 24, 1024, 16, 16, 4096); }},
    {"ngpt-1b", "arXiv:2410.01131", [](Architecture& a) { ngpt(a), sizes(a, 36, 1280, 20, 20, 5120); }},
    {"llama3.2-1b", "Llama 3.2 model card",
     [](Architecture& a) {
       llama3(a, 32), sizes(a, 16, 2048, 32, 8, 8192);
       a.tied = true;
     }},
    {"llama3.2-3b", "Llama 3.2 model card",
     [](Architecture& a) {
       llama3(a, 32), sizes(a, 28, 3072, 24, 8, 8192);
       a.tied = true;
     }},
};

}  // namespace

extern const Family kLlama = {"llama", "llama", "arXiv:2302.13971", defaults, from_config, to_config, kNames, kPresets};

}  // namespace gimbal
