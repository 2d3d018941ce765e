// BERT (arXiv:1810.04805): an encoder with learned positions and segments, embedding norm, Post-LN, erf GELU. Sizes below base: arXiv:1908.08962.
#include "models/config_keys.h"
#include "models/family.h"

namespace gimbal {
namespace {

constexpr HeadClass kClasses[] = {
    {"BertForPreTraining", "pretraining"},
    {"BertForMaskedLM", "masked"},
    {"BertForSequenceClassification", "classify"},
    {"BertForTokenClassification", "tokens"},
    {"BertForQuestionAnswering", "span"},
    {"BertForMultipleChoice", "choice"},
    {"BertModel", "none"},
};

Architecture defaults() {
  Architecture a;
  a.family = "bert";
  a.vocab = 30522;
  a.context = 512;
  a.mask = "full";
  a.head = "pretraining";
  a.token_types = 2;
  a.placement = "embed-post";
  a.activation = "gelu";
  a.norm.eps = 1e-12;
  a.dropout = 0.1;
  a.pad = 0;
  return a;
}

Architecture from_config(const Json& c) {
  Architecture a = defaults();
  a.vocab = needed_size(c, {"vocab_size"});
  a.context = key_or<int64_t>(c, {"max_position_embeddings"}, 512);
  a.layers = needed_size(c, {"num_hidden_layers"});
  a.width = needed_size(c, {"hidden_size"});
  a.heads = needed_size(c, {"num_attention_heads"});
  a.ffn_width = needed_size(c, {"intermediate_size"});
  a.token_types = key_or<int64_t>(c, {"type_vocab_size"}, 2);
  a.activation = activation_from(
      key_or<std::string>(c, {"hidden_act"}, "gelu"),
      {{"gelu", "gelu"}, {"gelu_new", "gelu-tanh"}, {"gelu_pytorch_tanh", "gelu-tanh"}, {"relu", "relu"}, {"silu", "silu"}, {"tanh", "tanh"}});
  if (const auto kind = key_or<std::string>(c, {"position_embedding_type"}, "absolute"); kind != "absolute")
    fail("config.json asks for position_embedding_type '", kind, "'; BERT here has absolute positions");
  if (key_or(c, {"is_decoder"}, false)) fail("config.json asks for BERT as a decoder, which this family is not");
  a.norm.eps = key_or(c, {"layer_norm_eps"}, 1e-12);
  a.dropout = key_or(c, {"hidden_dropout_prob"}, 0.1);
  a.attention_dropout = key_or(c, {"attention_probs_dropout_prob"}, 0.1);
  read_shared_keys(c, a);
  read_head(c, a, kClasses);
  return a;
}

Json to_config(const Architecture& a) {
  Json c = {{"architectures", {"BertForPreTraining"}},
            {"model_type", "bert"},
            {"vocab_size", a.vocab},
            {"max_position_embeddings", a.context},
            {"num_hidden_layers", a.layers},
            {"hidden_size", a.width},
            {"num_attention_heads", a.heads},
            {"intermediate_size", a.width_of_ffn()},
            {"type_vocab_size", a.token_types},
            {"hidden_act",
             activation_to(a.activation, {{"gelu", "gelu"}, {"gelu_new", "gelu-tanh"}, {"relu", "relu"}, {"silu", "silu"}, {"tanh", "tanh"}})},
            {"layer_norm_eps", a.norm.eps},
            {"hidden_dropout_prob", a.dropout},
            {"attention_probs_dropout_prob", a.attention_dropout.value_or(a.dropout)}};
  write_shared_keys(a, c);
  write_head(a, kClasses, c);
  return c;
}

constexpr WeightName kNames[] = {
    {"embed.tokens", "bert.embeddings.word_embeddings.weight"},
    {"embed.positions", "bert.embeddings.position_embeddings.weight"},
    {"embed.types", "bert.embeddings.token_type_embeddings.weight"},
    {"embed.norm.gain", "bert.embeddings.LayerNorm.weight"},
    {"embed.norm.bias", "bert.embeddings.LayerNorm.bias"},
    {"block.{}.attn.qkv.weight", "bert.encoder.layer.{}.attention.self.query.weight", Rows::kQuery},
    {"block.{}.attn.qkv.weight", "bert.encoder.layer.{}.attention.self.key.weight", Rows::kKey},
    {"block.{}.attn.qkv.weight", "bert.encoder.layer.{}.attention.self.value.weight", Rows::kValue},
    {"block.{}.attn.qkv.bias", "bert.encoder.layer.{}.attention.self.query.bias", Rows::kQuery},
    {"block.{}.attn.qkv.bias", "bert.encoder.layer.{}.attention.self.key.bias", Rows::kKey},
    {"block.{}.attn.qkv.bias", "bert.encoder.layer.{}.attention.self.value.bias", Rows::kValue},
    {"block.{}.attn.proj.weight", "bert.encoder.layer.{}.attention.output.dense.weight"},
    {"block.{}.attn.proj.bias", "bert.encoder.layer.{}.attention.output.dense.bias"},
    {"block.{}.attn.after.gain", "bert.encoder.layer.{}.attention.output.LayerNorm.weight"},
    {"block.{}.attn.after.bias", "bert.encoder.layer.{}.attention.output.LayerNorm.bias"},
    {"block.{}.ffn.up.weight", "bert.encoder.layer.{}.intermediate.dense.weight"},
    {"block.{}.ffn.up.bias", "bert.encoder.layer.{}.intermediate.dense.bias"},
    {"block.{}.ffn.down.weight", "bert.encoder.layer.{}.output.dense.weight"},
    {"block.{}.ffn.down.bias", "bert.encoder.layer.{}.output.dense.bias"},
    {"block.{}.ffn.after.gain", "bert.encoder.layer.{}.output.LayerNorm.weight"},
    {"block.{}.ffn.after.bias", "bert.encoder.layer.{}.output.LayerNorm.bias"},
    {"pooler.weight", "bert.pooler.dense.weight"},
    {"pooler.bias", "bert.pooler.dense.bias"},
    {"head.transform.weight", "cls.predictions.transform.dense.weight"},
    {"head.transform.bias", "cls.predictions.transform.dense.bias"},
    {"head.norm.gain", "cls.predictions.transform.LayerNorm.weight"},
    {"head.norm.bias", "cls.predictions.transform.LayerNorm.bias"},
    {"head.weight", "cls.predictions.decoder.weight"},
    {"head.bias", "cls.predictions.bias"},
    {"pair.weight", "cls.seq_relationship.weight"},
    {"pair.bias", "cls.seq_relationship.bias"},
    {"classifier.weight", "classifier.weight"},
    {"classifier.bias", "classifier.bias"},
    {"choice.weight", "classifier.weight"},
    {"choice.bias", "classifier.bias"},
    {"span.weight", "qa_outputs.weight"},
    {"span.bias", "qa_outputs.bias"},
};

constexpr Preset kPresets[] = {
    {"bert-tiny", "arXiv:1908.08962", [](Architecture& a) { set_sizes(a, 2, 128, 2); }},
    {"bert-mini", "arXiv:1908.08962", [](Architecture& a) { set_sizes(a, 4, 256, 4); }},
    {"bert-small", "arXiv:1908.08962", [](Architecture& a) { set_sizes(a, 4, 512, 8); }},
    {"bert-medium", "arXiv:1908.08962", [](Architecture& a) { set_sizes(a, 8, 512, 8); }},
    {"bert-base", "arXiv:1810.04805", [](Architecture& a) { set_sizes(a, 12, 768, 12); }},
    {"bert-large", "arXiv:1810.04805", [](Architecture& a) { set_sizes(a, 24, 1024, 16); }},
};

}  // namespace

extern const Family kBert = {"bert", "bert", "arXiv:1810.04805", defaults, from_config, to_config, kNames, kPresets};

}  // namespace gimbal
