// T5 (arXiv:1910.10683; v1.1: arXiv:2002.05202): encoder-decoder, RMSNorm Pre-LN without biases, relative positions shared by a stack's layers,
// unscaled logits in attention.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

Architecture defaults() {
  Architecture a;
  a.family = "t5";
  a.vocab = 32128;
  a.context = 512;
  a.layers = a.encoder_layers = 12;
  a.norm.kind = "rms";
  a.norm.eps = 1e-6;
  a.positions.kind = "relative";
  a.attention_scale = 1;
  a.activation = "relu";
  a.bias = false;
  a.dropout = 0.1;
  a.init.kind = "fan-in";
  a.init.std = 1;
  a.init.projections = "plain";
  a.scale_logits = true;
  a.bos = a.pad = 0;  // a decoder begins with the padding token
  a.eos = 1;
  return a;
}

constexpr std::initializer_list<ActivationPair> kFeedForward = {
    {"relu", "relu"}, {"gated-gelu", "geglu-tanh"}, {"gated-silu", "swiglu"}, {"gelu", "gelu"}, {"gated-relu", "reglu"}};

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"n_positions"}, 512);
  a.encoder_layers = needed_size(c, {"num_layers"});
  a.layers = key_or<int64_t>(c, {"num_decoder_layers"}, a.encoder_layers);
  a.width = needed_size(c, {"d_model"});
  a.heads = needed_size(c, {"num_heads"});
  a.head_width = key_or<int64_t>(c, {"d_kv"}, 64);
  a.ffn_width = needed_size(c, {"d_ff"});
  a.activation = activation_from(key_or<std::string>(c, {"feed_forward_proj"}, "relu"), kFeedForward);
  a.norm.eps = key_or(c, {"layer_norm_epsilon"}, 1e-6);
  a.positions.buckets = key_or<int64_t>(c, {"relative_attention_num_buckets"}, 32);
  a.positions.max_distance = key_or<int64_t>(c, {"relative_attention_max_distance"}, 128);
  a.dropout = key_or(c, {"dropout_rate"}, 0.1);
  a.tied = key_or(c, {"tie_word_embeddings"}, true);
  // Older files scale exactly where the head is tied; newer ones say so.
  a.scale_logits = key_or(c, {"scale_decoder_outputs"}, a.tied);
  a.init.std = key_or(c, {"initializer_factor"}, 1.0);
  a.eos = token_key(c, "eos_token_id");
  a.pad = token_key(c, "pad_token_id");
  a.bos = token_key(c, "decoder_start_token_id");
  if (!a.bos) a.bos = a.pad;
  return a;
}

Json to_config(const Architecture& a) {
  return {{"architectures", {"T5ForConditionalGeneration"}},
          {"model_type", "t5"},
          {"vocab_size", a.vocab},
          {"n_positions", a.context},
          {"num_layers", a.encoder_layers},
          {"num_decoder_layers", a.layers},
          {"d_model", a.width},
          {"num_heads", a.heads},
          {"d_kv", a.width_of_head()},
          {"d_ff", a.width_of_ffn()},
          {"feed_forward_proj", activation_to(a.activation, kFeedForward)},
          {"layer_norm_epsilon", a.norm.eps},
          {"relative_attention_num_buckets", a.positions.buckets},
          {"relative_attention_max_distance", a.positions.max_distance},
          {"dropout_rate", a.dropout},
          {"tie_word_embeddings", a.tied},
          {"scale_decoder_outputs", a.scale_logits},
          {"initializer_factor", a.init.std},
          {"is_encoder_decoder", true},
          {"decoder_start_token_id", token_value(a.bos)},
          {"eos_token_id", token_value(a.eos)},
          {"pad_token_id", token_value(a.pad)}};
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "shared.weight"},
    {"encoder.block.{}.attn.before.gain", "encoder.block.{}.layer.0.layer_norm.weight"},
    {"encoder.block.{}.attn.qkv.weight", "encoder.block.{}.layer.0.SelfAttention.q.weight", Rows::kQuery},
    {"encoder.block.{}.attn.qkv.weight", "encoder.block.{}.layer.0.SelfAttention.k.weight", Rows::kKey},
    {"encoder.block.{}.attn.qkv.weight", "encoder.block.{}.layer.0.SelfAttention.v.weight", Rows::kValue},
    {"encoder.block.{}.attn.proj.weight", "encoder.block.{}.layer.0.SelfAttention.o.weight"},
    {"encoder.relative", "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"},
    {"encoder.block.{}.ffn.before.gain", "encoder.block.{}.layer.1.layer_norm.weight"},
    {"encoder.block.{}.ffn.up.weight", "encoder.block.{}.layer.1.DenseReluDense.wi_0.weight", Rows::kGate},
    {"encoder.block.{}.ffn.up.weight", "encoder.block.{}.layer.1.DenseReluDense.wi_1.weight", Rows::kUp},
    {"encoder.block.{}.ffn.up.weight", "encoder.block.{}.layer.1.DenseReluDense.wi.weight", Rows::kUngated},
    {"encoder.block.{}.ffn.down.weight", "encoder.block.{}.layer.1.DenseReluDense.wo.weight"},
    {"encoder.final.gain", "encoder.final_layer_norm.weight"},
    {"block.{}.attn.before.gain", "decoder.block.{}.layer.0.layer_norm.weight"},
    {"block.{}.attn.qkv.weight", "decoder.block.{}.layer.0.SelfAttention.q.weight", Rows::kQuery},
    {"block.{}.attn.qkv.weight", "decoder.block.{}.layer.0.SelfAttention.k.weight", Rows::kKey},
    {"block.{}.attn.qkv.weight", "decoder.block.{}.layer.0.SelfAttention.v.weight", Rows::kValue},
    {"block.{}.attn.proj.weight", "decoder.block.{}.layer.0.SelfAttention.o.weight"},
    {"relative", "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"},
    {"block.{}.cross.before.gain", "decoder.block.{}.layer.1.layer_norm.weight"},
    {"block.{}.cross.q.weight", "decoder.block.{}.layer.1.EncDecAttention.q.weight"},
    {"block.{}.cross.kv.weight", "decoder.block.{}.layer.1.EncDecAttention.k.weight", Rows::kMemoryKey},
    {"block.{}.cross.kv.weight", "decoder.block.{}.layer.1.EncDecAttention.v.weight", Rows::kMemoryValue},
    {"block.{}.cross.proj.weight", "decoder.block.{}.layer.1.EncDecAttention.o.weight"},
    {"block.{}.ffn.before.gain", "decoder.block.{}.layer.2.layer_norm.weight"},
    {"block.{}.ffn.up.weight", "decoder.block.{}.layer.2.DenseReluDense.wi_0.weight", Rows::kGate},
    {"block.{}.ffn.up.weight", "decoder.block.{}.layer.2.DenseReluDense.wi_1.weight", Rows::kUp},
    {"block.{}.ffn.up.weight", "decoder.block.{}.layer.2.DenseReluDense.wi.weight", Rows::kUngated},
    {"block.{}.ffn.down.weight", "decoder.block.{}.layer.2.DenseReluDense.wo.weight"},
    {"final.gain", "decoder.final_layer_norm.weight"},
    {"head.weight", "lm_head.weight"},
};

constexpr std::string_view kTableNames[] = {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"};

void sizes(Architecture& a, int64_t layers, int64_t width, int64_t heads, int64_t head_width, int64_t ffn_width) {
  set_sizes(a, layers, width, heads);
  a.encoder_layers = layers;
  a.head_width = head_width;
  a.ffn_width = ffn_width;
}

void version_1_1(Architecture& a) {
  a.activation = "geglu-tanh";
  a.tied = false;
  a.scale_logits = false;
}

constexpr Preset kPresets[] = {
    {"t5-small", "arXiv:1910.10683 section 3.7", [](Architecture& a) { sizes(a, 6, 512, 8, 64, 2048); }},
    {"t5-base", "arXiv:1910.10683 section 3.7", [](Architecture& a) { sizes(a, 12, 768, 12, 64, 3072); }},
    {"t5-large", "arXiv:1910.10683 section 3.7", [](Architecture& a) { sizes(a, 24, 1024, 16, 64, 4096); }},
    {"t5-3b", "arXiv:1910.10683 section 3.7", [](Architecture& a) { sizes(a, 24, 1024, 32, 128, 16384); }},
    {"t5-11b", "arXiv:1910.10683 section 3.7", [](Architecture& a) { sizes(a, 24, 1024, 128, 128, 65536); }},
    {"t5-v1.1-small", "T5 v1.1 release", [](Architecture& a) { sizes(a, 8, 512, 6, 64, 1024), version_1_1(a); }},
    {"t5-v1.1-base", "T5 v1.1 release", [](Architecture& a) { sizes(a, 12, 768, 12, 64, 2048), version_1_1(a); }},
    {"t5-v1.1-large", "T5 v1.1 release", [](Architecture& a) { sizes(a, 24, 1024, 16, 64, 2816), version_1_1(a); }},
    {"t5-v1.1-xl", "T5 v1.1 release", [](Architecture& a) { sizes(a, 24, 2048, 32, 64, 5120), version_1_1(a); }},
    {"t5-v1.1-xxl", "T5 v1.1 release", [](Architecture& a) { sizes(a, 24, 4096, 64, 64, 10240), version_1_1(a); }},
};

}  // namespace

extern const Family kT5 = {"t5", "t5", "arXiv:1910.10683", defaults, from_config, to_config, kNames, kPresets, kTableNames};

}  // namespace gimbal
