// GPT-1 (Radford et al. 2018): Post-LN, learned positions, tanh GELU, tied head, no final norm.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

constexpr HeadClass kClasses[] = {
    {"OpenAIGPTLMHeadModel", "language"}, {"OpenAIGPTDoubleHeadsModel", "double"}, {"OpenAIGPTForSequenceClassification", "classify"}};

Architecture defaults() {
  Architecture a;
  a.family = "gpt1";
  a.vocab = 40478;
  a.context = 512;
  a.placement = "post";
  a.dropout = 0.1;
  return a;
}

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"n_positions", "n_ctx"}, 512);
  a.layers = needed_size(c, {"n_layer"});
  a.width = needed_size(c, {"n_embd"});
  a.heads = needed_size(c, {"n_head"});
  // The published code's "gelu" is the tanh form.
  a.activation = activation_from(key_or<std::string>(c, {"afn"}, "gelu"),
                                 {{"gelu", "gelu-tanh"}, {"gelu_new", "gelu-tanh"}, {"relu", "relu"}, {"silu", "silu"}, {"swish", "silu"}});
  a.norm.eps = key_or(c, {"layer_norm_epsilon"}, 1e-5);
  read_gpt_dropout(c, a);
  read_shared_keys(c, a);
  read_head(c, a, kClasses);
  return a;
}

Json to_config(const Architecture& a) {
  Json c = {{"architectures", {"OpenAIGPTLMHeadModel"}},
            {"model_type", "openai-gpt"},
            {"vocab_size", a.vocab},
            {"n_positions", a.context},
            {"n_embd", a.width},
            {"n_layer", a.layers},
            {"n_head", a.heads},
            {"afn", activation_to(a.activation, {{"gelu", "gelu-tanh"}, {"relu", "relu"}, {"silu", "silu"}})},
            {"layer_norm_epsilon", a.norm.eps}};
  write_shared_keys(a, c);
  write_gpt_dropout(a, c);
  write_head(a, kClasses, c);
  return c;
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "transformer.tokens_embed.weight"},
    {"embed.positions", "transformer.positions_embed.weight"},
    {"block.{}.attn.qkv.weight", "transformer.h.{}.attn.c_attn.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.attn.qkv.bias", "transformer.h.{}.attn.c_attn.bias"},
    {"block.{}.attn.proj.weight", "transformer.h.{}.attn.c_proj.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.attn.proj.bias", "transformer.h.{}.attn.c_proj.bias"},
    {"block.{}.attn.after.gain", "transformer.h.{}.ln_1.weight"},
    {"block.{}.attn.after.bias", "transformer.h.{}.ln_1.bias"},
    {"block.{}.ffn.up.weight", "transformer.h.{}.mlp.c_fc.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.ffn.up.bias", "transformer.h.{}.mlp.c_fc.bias"},
    {"block.{}.ffn.down.weight", "transformer.h.{}.mlp.c_proj.weight", Rows::kAll, Layout::kTransposed},
    {"block.{}.ffn.down.bias", "transformer.h.{}.mlp.c_proj.bias"},
    {"block.{}.ffn.after.gain", "transformer.h.{}.ln_2.weight"},
    {"block.{}.ffn.after.bias", "transformer.h.{}.ln_2.bias"},
    {"head.weight", "lm_head.weight"},
    {"classifier.weight", "score.weight"},
    {"choice.weight", "multiple_choice_head.summary.weight"},
    {"choice.bias", "multiple_choice_head.summary.bias"},
};

constexpr std::string_view kTableNames[] = {"lm_head.weight"};

constexpr Preset kPresets[] = {{"gpt1-117m", "GPT-1 section 4.1", [](Architecture&) {}}};

}  // namespace

extern const Family kGpt1 = {"gpt1", "openai-gpt", "Radford et al. 2018", defaults, from_config, to_config, kNames, kPresets, kTableNames};

}  // namespace gimbal
