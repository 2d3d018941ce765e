// The choices that make one transformer: sizes, design, positions, attention pattern, feed-forward kind, heads. A family is a set of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"

namespace gimbal {

/// What there is, as a configuration's help says it; read off the lists (layers/norm/kinds.cc, layers/residual/kinds.cc).
const char* norm_names();
const char* head_norm_names();
const char* residual_names();

/// One norm: its kind (layers/norm/kinds.cc) and what that kind needs.
struct NormConfig {
  std::string kind = "layer";
  double eps = 1e-5;
  bool bias = true;
  bool one_plus_gain = false;
  int64_t groups = 32;
  double alpha = 0.5;
  double momentum = 0.1;
  double share = 0.0625;

  template <class V>
  void fields(V&& v) {
    v("kind", kind, norm_names());
    v("eps", eps, "added inside the root (layer, rms, batch, group, power), to the deviation (layer-std), or the least norm (scale, l2)");
    v("bias", bias, "learn a bias where the kind has one (rms and scale have none)");
    v("one_plus_gain", one_plus_gain, "the gain is 1 + weight, and weight starts at 0 (rms, layer)");
    v("groups", groups, "groups of channels (group; power: of each token first)");
    v("alpha", alpha, "starting slope (dyt, derf)");
    v("momentum", momentum, "share of the batch in the running statistics (batch, power)");
    v("share", share, "of the channels, the first ones, that the statistic reads (prms)");
  }
  bool operator==(const NormConfig&) const = default;
};

/// Norms that differ from the stack's norm at one slot.
struct SlotNorms {
  std::optional<NormConfig> embed, before, inside, out, after, final, qk;

  template <class V>
  void fields(V&& v) {
    v("embed", embed, "norm of the embeddings, when it differs");
    v("before", before, "norm of what a branch (or all branches of a block) reads, when it differs");
    v("inside", inside, "norm before a branch's last projection, when it differs");
    v("out", out, "norm of a branch's result, when it differs");
    v("after", after, "norm of the joined stream, when it differs");
    v("final", final, "norm before the head, when it differs");
    v("qk", qk, head_norm_names());
  }
};

struct ResidualConfig {
  std::string kind = "add";
  std::optional<double> alpha, beta, init;
  std::string form = "log";
  int64_t streams = 4, iterations = 20;

  template <class V>
  void fields(V&& v) {
    v("kind", kind, residual_names());
    v("alpha", alpha, "deepnorm: weight of the shortcut; by depth and role when absent. value: share of the first layer's values; 0.5 when absent");
    v("beta", beta,
      "deepnorm: gain of the branch's initial weights; by depth and role when absent. value: share of a layer's own values; 0.5 when absent");
    v("init", init, "layerscale: starting scale of the branch, by depth when absent; lerp: starting step, 0.05 when absent");
    v("form", form, "admin: growth of the output change with depth, log or constant");
    v("streams", streams, "hyper-connections, mhc: streams side by side");
    v("iterations", iterations, "mhc: Sinkhorn iterations");
  }
};

struct PositionConfig {
  std::string kind = "learned";
  double theta = 10000;
  std::string pairs = "half-split";
  double fraction = 1;
  std::string scaling = "none";
  double factor = 1, low_freq_factor = 1, high_freq_factor = 4;
  int64_t original_context = 0;
  int64_t buckets = 32, max_distance = 128;

  template <class V>
  void fields(V&& v) {
    v("kind", kind, "none, learned, sinusoid, rotary, alibi, relative (T5) or blocks (GLM: learned, in two dimensions)");
    v("theta", theta, "rotary: base of the wavelengths");
    v("pairs", pairs, "rotary: half-split (Llama) or interleaved (GLM, GPT-J)");
    v("fraction", fraction, "rotary: share of each head's channels that turn");
    v("scaling", scaling, "rotary: none, linear or llama3");
    v("factor", factor, "rotary scaling: how much longer the context is made");
    v("low_freq_factor", low_freq_factor, "llama3 scaling");
    v("high_freq_factor", high_freq_factor, "llama3 scaling");
    v("original_context", original_context, "llama3 scaling: context before scaling");
    v("buckets", buckets, "relative: learned distances a head");
    v("max_distance", max_distance, "relative: distance from which all share a bucket");
  }
};

struct InitConfig {
  std::string kind = "auto";
  double std = 0.02;
  std::string projections = "auto";

  double std_at(int64_t width) const { return std > 0 ? std : 1 / std::sqrt(static_cast<double>(width)); }

  template <class V>
  void fields(V&& v) {
    v("kind", kind, "normal, xavier, fan-in (1 / sqrt(inputs), as T5), or auto: xavier under deepnorm, admin, fixup and t-fixup, else normal");
    v("std", std, "standard deviation of normal (and of the embeddings); 0 is 1 / sqrt(width)");
    v("projections", projections,
      "scaled: branch outputs start at std / sqrt(2 layers), plain, or auto: scaled where the plain sum is normed before");
  }
};

/// Everything that decides a transformer's shape and arithmetic. Names follow the configuration file's model section.
struct Architecture {
  std::string family = "llama";
  int64_t vocab = 0;
  int64_t context = 1024;
  int64_t layers = 12, encoder_layers = 0, width = 768, heads = 12;
  std::string mask = "causal";
  int64_t token_types = 0;
  std::string head = "language";
  std::vector<std::string> labels;
  std::string pooling = "auto";
  double similarity_scale = 20;
  std::optional<int64_t> kv_heads, head_width, ffn_width;
  std::string activation = "gelu-tanh";
  double activation_beta = 1;
  NormConfig norm;
  SlotNorms slot_norms;
  std::string placement = "pre";
  double post_share = 0.25;
  ResidualConfig residual;
  std::string weights = "plain";
  PositionConfig positions;
  std::string attention = "dense";
  int64_t attention_window = 0;
  std::optional<double> attention_scale;
  bool bias = true;
  std::optional<bool> qkv_bias, projection_bias, ffn_bias;
  bool tied = true;
  bool scale_embeddings = false, scale_logits = false;
  double embedding_gradient = 1;
  bool scale_attention_by_layer = false;
  double dropout = 0;
  std::optional<double> attention_dropout, embedding_dropout;
  InitConfig init;
  std::optional<int64_t> bos, eos, pad, source_end;

  template <class V>
  void fields(V&& v) {
    v("family", family,
      "how weights and settings are named on disk, and the defaults: bert, t5, transformer, glm, glm4, chatglm, gpt1, gpt2, gpt3, llama or bloom");
    v("vocab", vocab, "entries of the vocabulary; 0 takes the tokenizer's");
    v("context", context, "longest sequence");
    v("layers", layers, "blocks; in an encoder-decoder those of the decoder");
    v("encoder_layers", encoder_layers, "blocks of the encoder that the decoder attends to; 0: there is none");
    v("width", width, "channels of the stream");
    v("heads", heads, "query heads");
    v("mask", mask, "what a token sees of its own sequence: causal, full (an encoder), or prefix (full within the prefix, causal behind it)");
    v("token_types", token_types, "entries of the segment table (BERT: 2); 0: there is none");
    v("head", head, "what the model is asked: language, masked, pretraining, classify, regress, tokens, span, choice, double, embed, rerank or none");
    v("labels", labels, "names of the classes (classify, tokens)");
    v("pooling", pooling, "embed: what of a sequence's rows is its vector: mean, cls (the first), last, or auto: last in a decoder, else mean");
    v("similarity_scale", similarity_scale, "embed: factor of the cosines that a contrastive loss compares");
    v("kv_heads", kv_heads, "key and value heads (fewer than heads: grouped queries); heads when absent");
    v("head_width", head_width, "channels of a head; width / heads when absent");
    v("ffn_width", ffn_width, "channels inside the feed-forward branch; 4 width when absent");
    v("activation", activation, "step, sigmoid, tanh, relu, gelu, gelu-tanh, silu, linear; gated: glu, reglu, geglu, geglu-tanh, swiglu, bilinear");
    v("activation_beta", activation_beta, "beta of silu and swiglu: x sigmoid(beta x)");
    v("norm", norm, "the norm at every slot of the placement");
    v("slot_norms", slot_norms, "norms that differ at one slot");
    v("placement", placement,
      "post, embed-post, pre, embed-pre, sandwich, branch, sub, sphere, pre-normed-skip, mix-ln, parallel, parallel-own, b2t or resi-dual");
    v("post_share", post_share, "mix-ln: share of the layers, from the first on and rounded up, that are normed as post; the others as pre");
    v("residual", residual, "how a branch joins the stream");
    v("weights", weights, "what holds of the matrices: plain, sigma (divided by their largest singular value) or ngpt (unit rows, learned scales)");
    v("positions", positions, "how tokens know their place");
    v("attention", attention, "dense, or alternating: every second layer sees only the last attention_window tokens (GPT-3)");
    v("attention_window", attention_window, "keys a banded layer sees; 0 sees all");
    v("attention_scale", attention_scale, "factor of the logits; when absent 1 / sqrt(head_width), and sqrt(head_width) under QK-norm l2");
    v("bias", bias, "biases of the linear maps");
    v("qkv_bias", qkv_bias, "bias of the query, key and value maps, when it differs");
    v("projection_bias", projection_bias, "bias of the attention's output map, when it differs");
    v("ffn_bias", ffn_bias, "biases of the feed-forward maps, when they differ");
    v("tied", tied, "the head shares the token table");
    v("scale_embeddings", scale_embeddings, "multiply the token embeddings by sqrt(width) (Transformer)");
    v("embedding_gradient", embedding_gradient, "factor of the embeddings' gradient (GLM-130B: 0.1); the values stay");
    v("scale_logits", scale_logits, "divide what the language head reads by sqrt(width) (T5 with a tied head)");
    v("scale_attention_by_layer", scale_attention_by_layer, "divide the logits of layer i by i + 1 (an option of GPT-2 checkpoints)");
    v("dropout", dropout, "probability of dropping a branch's output");
    v("attention_dropout", attention_dropout, "of dropping an attention probability, when it differs");
    v("embedding_dropout", embedding_dropout, "of dropping an embedding channel, when it differs");
    v("init", init, "starting weights");
    v("bos", bos, "id of the token that begins a text");
    v("eos", eos, "id of the token that ends a text");
    v("pad", pad, "id that other tools pad with");
    v("source_end", source_end, "id between what is read and what is to be said, in one stack that was taught by pairs of texts; training notes it");
  }

  /// Embeddings of an encoder-decoder are its encoder's: there is no decoder then.
  bool encoder_only() const { return encoder_layers > 0 && head == "embed"; }
  /// Blocks that there are.
  int64_t blocks() const { return encoder_layers + (encoder_only() ? 0 : layers); }
  int64_t kv_head_count() const { return kv_heads.value_or(heads); }
  int64_t width_of_head() const { return head_width.value_or(width / heads); }
  int64_t width_of_ffn() const { return ffn_width.value_or(4 * width); }
};

}  // namespace gimbal
