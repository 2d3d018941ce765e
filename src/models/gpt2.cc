// GPT-2 (Radford et al. 2019) and GPT-3 (arXiv:2005.14165): Pre-LN, learned positions, tanh GELU, tied head; GPT-3 may alternate dense and banded
// layers.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

constexpr HeadClass kClasses[] = {{"GPT2LMHeadModel", "language"}, {"GPT2DoubleHeadsModel", "double"}, {"GPT2ForSequenceClassification", "classify"}};

Architecture gpt2_defaults() {
  Architecture a;
  a.family = "gpt2";
  a.vocab = 50257;
  a.bos = a.eos = 50256;
  return a;
}

Architecture gpt3_defaults() {
  Architecture a = gpt2_defaults();
  a.family = "gpt3";
  a.context = 2048;
  return a;
}

Architecture from_config(const Json& c) {
  Architecture a = gpt2_defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"n_positions", "n_ctx"}, 1024);
  a.layers = needed_size(c, {"n_layer"});
  a.width = needed_size(c, {"n_embd"});
  a.heads = needed_size(c, {"n_head"});
  a.ffn_width = find_key<int64_t>(c, {"n_inner"});
  a.activation = activation_from(
      key_or<std::string>(c, {"activation_function"}, "gelu_new"),
      {{"gelu_new", "gelu-tanh"}, {"gelu_pytorch_tanh", "gelu-tanh"}, {"gelu", "gelu"}, {"relu", "relu"}, {"silu", "silu"}, {"tanh", "tanh"}});
  a.norm.eps = key_or(c, {"layer_norm_epsilon"}, 1e-5);
  if (!key_or(c, {"scale_attn_weights"}, true)) a.attention_scale = 1;
  a.scale_attention_by_layer = key_or(c, {"scale_attn_by_inverse_layer_idx"}, false);
  if (key_or(c, {"add_cross_attention"}, false)) fail("config.json asks for cross-attention in GPT-2, which a decoder alone does not have");
  read_gpt_dropout(c, a);
  read_shared_keys(c, a);
  read_head(c, a, kClasses);
  return a;
}

Json to_config(const Architecture& a) {
  Json c = {{"architectures", {"GPT2LMHeadModel"}},
            {"model_type", "gpt2"},
            {"vocab_size", a.vocab},
            {"n_positions", a.context},
            {"n_embd", a.width},
            {"n_layer", a.layers},
            {"n_head", a.heads},
            {"n_inner", a.ffn_width ? Json(*a.ffn_width) : Json(nullptr)},
            {"activation_function",
             activation_to(a.activation, {{"gelu_new", "gelu-tanh"}, {"gelu", "gelu"}, {"relu", "relu"}, {"silu", "silu"}, {"tanh", "tanh"}})},
            {"layer_norm_epsilon", a.norm.eps},
            {"scale_attn_weights", !(a.attention_scale && *a.attention_scale == 1)},
            {"scale_attn_by_inverse_layer_idx", a.scale_attention_by_layer}};
  write_shared_keys(a, c);
  write_gpt_dropout(a, c);
  write_head(a, kClasses, c);
  return c;
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "transformer.wte.weight"},
    {"embed.positions", "transformer.wpe.weight"},
    {"block.{}.attn.before.gain", "transformer.h.{}.ln_1.weight"},
    {"block.{}.attn.before.bias", "transformer.h.{}.ln_1.bias"},
    {"block.{}.attn.qkv.weight", "transformer.h.{}.attn.c_attn.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.attn.qkv.bias", "transformer.h.{}.attn.c_attn.bias"},
    {"block.{}.attn.proj.weight", "transformer.h.{}.attn.c_proj.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.attn.proj.bias", "transformer.h.{}.attn.c_proj.bias"},
    {"block.{}.ffn.before.gain", "transformer.h.{}.ln_2.weight"},
    {"block.{}.ffn.before.bias", "transformer.h.{}.ln_2.bias"},
    {"block.{}.ffn.up.weight", "transformer.h.{}.mlp.c_fc.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.ffn.up.bias", "transformer.h.{}.mlp.c_fc.bias"},
    {"block.{}.ffn.down.weight", "transformer.h.{}.mlp.c_proj.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.ffn.down.bias", "transformer.h.{}.mlp.c_proj.bias"},
    {"final.gain", "transformer.ln_f.weight"},
    {"final.bias", "transformer.ln_f.bias"},
    {"head.weight", "lm_head.weight"},
    {"classifier.weight", "score.weight"},
    {"choice.weight", "multiple_choice_head.summary.weight"},
    {"choice.bias", "multiple_choice_head.summary.bias"},
};

constexpr std::string_view kTableNames[] = {"lm_head.weight"};

constexpr Preset kGpt2Presets[] = {
    {"gpt2-124m", "GPT-2 table 2", [](Architecture& a) { set_sizes(a, 12, 768, 12); }},
    {"gpt2-355m", "GPT-2 table 2", [](Architecture& a) { set_sizes(a, 24, 1024, 16); }},
    {"gpt2-774m", "GPT-2 table 2", [](Architecture& a) { set_sizes(a, 36, 1280, 20); }},
    {"gpt2-1.5b", "GPT-2 table 2", [](Architecture& a) { set_sizes(a, 48, 1600, 25); }},
};

// Table 2.1 of arXiv:2005.14165. The 1.3B row prints 24 heads of 128, which would make 1.5B; 16 heads of 128 make its 1.3B.
constexpr Preset kGpt3Presets[] = {
    {"gpt3-125m", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 12, 768, 12); }},
    {"gpt3-350m", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 24, 1024, 16); }},
    {"gpt3-760m", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 24, 1536, 16); }},
    {"gpt3-1.3b", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 24, 2048, 16); }},
    {"gpt3-2.7b", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 32, 2560, 32); }},
    {"gpt3-6.7b", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 32, 4096, 32); }},
    {"gpt3-13b", "GPT-3 table 2.1",
     [](Architecture& a) {
       set_sizes(a, 40, 5140, 40);
       a.head_width = 128;
     }},
    {"gpt3-175b", "GPT-3 table 2.1", [](Architecture& a) { set_sizes(a, 96, 12288, 96); }},
};

}  // namespace

extern const Family kGpt2 = {"gpt2", "gpt2", "Radford et al. 2019", gpt2_defaults, from_config, to_config, kNames, kGpt2Presets, kTableNames};
extern const Family kGpt3 = {"gpt3", "gpt2", "arXiv:2005.14165", gpt3_defaults, from_config, to_config, kNames, kGpt3Presets, kTableNames};

}  // namespace gimbal
