// Every differentiable operation: shape checks, kernel call, what it saves, its backward. No operation without a backward.
//
// Legend of suffixes: n token rows, d model width, m outputs, f feed-forward width, v vocabulary, c columns of a fused projection.
// A parameter given by pointer may be null (absent). Results have the type of x unless an `out` type is named.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "autograd/tape.h"
#include "kernels/activation.h"
#include "kernels/attention.h"
#include "kernels/cross_entropy.h"
#include "kernels/join.h"
#include "kernels/rotary.h"
#include "kernels/row_norm.h"
#include "kernels/squash.h"

namespace gimbal::ops {

using kernels::Act;
using kernels::ActivationSpec;
using kernels::AttentionHealth;
using kernels::AttentionSpec;
using kernels::CrossEntropySpec;
using kernels::JoinSpec;
using kernels::Mask;
using kernels::RotaryPairs;
using kernels::RotarySpec;
using kernels::RowNormSpec;
using kernels::RowStat;
using kernels::Segment;
using kernels::Squash;

/// y_nm = x_nk W_mk^T + bias_m, and what the weight's paths of low rank add. With bf16 x the products use the weights' bf16 shadows. A frozen weight
/// costs no product for its gradient, and x is not kept for it; paths beside it keep x only where Var::again cannot make it.
Var linear(Tape& tape, const Var& x_nk, Parameter& weight_mk, Parameter* bias_m);
/// The same with a result type of its own (f32 logits from bf16 rows).
Var linear(Tape& tape, const Var& x_nk, Parameter& weight_mk, Parameter* bias_m, DType out);

/// One table of an embedding sum and the row that each token takes from it.
struct Lookup {
  Parameter* table_vd;
  Tensor ids_n;
  double scale = 1;
};
/// y_nd = sum over look-ups of scale * table[ids].
Var embedding(Tape& tape, std::span<const Lookup> lookups, DType out);

/// One learned number a column: y[:, column + i] = factor * gain[gain + i] * x[:, column + i] for i < count; columns without a range stay.
struct ColumnGain {
  struct Range {
    int64_t column, gain, count;
    double factor = 1;
  };
  Parameter* gain = nullptr;
  std::vector<Range> ranges;
};
/// `gain` must outlive the tape.
Var gain_columns(Tape& tape, const Var& x_nc, const ColumnGain& gain);
/// y = gain / sigma(W) x + bias for x = rows W^T, part by part (Parameter::spectral); linear() calls it. One power step in a training pass.
Var scale_by_spectrum(Tape& tape, const Var& x_nm, Parameter& weight_mk, Parameter* bias_m);

Var row_norm(Tape& tape, const RowNormSpec& spec, const Var& x_nd, Parameter* gain, Parameter* bias, DType out);
/// Per-head norm of the q and k parts of a fused q|k|v projection; see kernels/row_norm.h.
Var head_norm(Tape& tape, const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Var& x_nc, Parameter* gain_q, Parameter* gain_k);
Var squash(Tape& tape, Squash kind, const Var& x_nd, Parameter& alpha, Parameter* shift, Parameter* gain, Parameter* bias, DType out);

/// running <- (1 - rate) running + rate * batch; the running variance takes the unbiased estimate (PyTorch's convention).
struct RunningStatistics {
  Parameter *mean_d, *var_d;
  double rate = 0.1;
};
/// Training phase: batch statistics (updating the running ones once); evaluation: running statistics. Error for one row in training.
Var batch_norm(Tape& tape, double eps, const Var& x_nd, Parameter* gain, Parameter* bias, const RunningStatistics& running, DType out);

/// State of PowerNorm: psi2, the running quadratic mean of each channel, and nu, what the backward takes along x.
struct RunningSquares {
  Parameter *square_d, *along_d;
  double rate = 0.1;
};
/// y = xhat * gain + bias, xhat = x / sqrt(psi2 + eps), with psi2 as the passes before left it (PowerNorm, arXiv:2003.07845). In the training phase
///   forward:   psi2 <- (1 - rate) psi2 + rate * mean(x^2), once
///   backward:  dx = (g - nu * xhat) / sqrt(psi2 + eps), g = dy * gain;  nu <- nu * (1 - rate * mean(xhat^2)) + rate * mean(g * xhat)
/// which is the paper's algorithm 2: nu stands for how psi2 depended on x in the steps before. (The released code divides by the batch's quadratic
/// mean there.) Outside of training nothing runs and nu is left out. `read` keeps the psi2 that a training pass read, for its replay.
Var power_norm(Tape& tape, double eps, const Var& x_nd, Parameter* gain, Parameter* bias, const RunningSquares& running, Tensor& read, DType out);

Var activation(Tape& tape, const ActivationSpec& spec, const Var& x);

/// Turns heads in place: x must be the sole use of its producer's result, and that producer must not need it for its own backward.
struct RotaryTables {
  Tensor cos_pr, sin_pr;
};
Var rotary(Tape& tape, const RotarySpec& spec, const Var& x_nc, int64_t column_begin, int64_t heads, const Tensor& positions_n,
           const RotaryTables& tables);

/// Columns of a variable, as kernels::Columns.
struct Part {
  Var var;
  int64_t begin = 0;
};
/// o [n, heads * head_width]. q, k and v may be parts of one variable; every column of it must belong to one of the three. `bias` is a
/// kernels::DistanceBias, or a Var without a value.
Var attention(Tape& tape, const AttentionSpec& spec, std::shared_ptr<const std::vector<Segment>> segments, const Part& q, const Part& k,
              const Part& v, const Var& bias, AttentionHealth* health);

/// T5's relative positions (arXiv:1910.10683): distances fall into buckets, exact ones near by, then logarithmically wider up to max_distance.
enum class Directions : uint8_t { kBoth, kBackward };
struct DistanceBuckets {
  int64_t buckets = 32, max_distance = 128;
  Directions directions = Directions::kBoth;
};
/// The bias of attention(), [heads, 2 max_distance + 1] f32, from a trained table [buckets, heads].
Var distance_bias(Tape& tape, Parameter& table_bh, const DistanceBuckets& buckets);

/// y = skip_scale * skip_gain * skip + branch_scale * branch_gain * branch; f32 stream.
Var join(Tape& tape, const JoinSpec& spec, const Var& skip_nd, Parameter* skip_gain, const Var& branch_nd, Parameter* branch_gain);

/// x + y, of the type of x.
Var add(Tape& tape, const Var& x, const Var& y);
Var scale(Tape& tape, const Var& x, double factor);
Var convert(Tape& tape, const Var& x, DType out);
/// The identity whose backward multiplies by `factor`.
Var scale_gradient(Tape& tape, const Var& x, double factor);
/// The same elements under another shape.
Var reshape(Tape& tape, const Var& x, Shape shape);
/// Identity outside the training phase or when p is 0. `site` names the stream.
Var dropout(Tape& tape, const Var& x, double p, std::string_view site);
/// Rows of x in the order of `rows`.
Var take_rows(Tape& tape, const Var& x_nd, std::vector<int64_t> rows);

/// y_bd = the mean of each segment's own rows; f32 (f64 on the reference device).
Var mean_rows(Tape& tape, const Var& x_nd, std::shared_ptr<const std::vector<Segment>> segments);
/// y_p1 = factor * the dot product of rows a and b, for each pair; f32 (f64 on the reference device).
struct RowPair {
  int64_t a = 0, b = 0;
};
Var row_dots(Tape& tape, const Var& x_bd, std::vector<RowPair> pairs, double factor);
/// One term of a mixture of residual streams: a token's `sources` streams are neighbouring rows, coefficients [n, sources, targets] in any shape.
struct Mixture {
  Var coefficients, streams;
  int64_t sources = 1;
};
/// y[t, i] = sum over terms and their sources j of c[t, j, i] x[t, j]: rows [n targets, d]. No bf16.
Var mix_streams(Tape& tape, std::span<const Mixture> terms);
/// Doubly stochastic s x s matrices of x_nss, s = `streams`: exp, then rows and columns made to sum to 1 in turn; see kernels/streams.h.
Var sinkhorn(Tape& tape, int64_t iterations, int64_t streams, const Var& x_nss);

/// What a language-model head reports besides its loss.
struct LossSums {
  double loss = 0;         // sum over counted rows of weight * loss
  double weight = 0;       // sum of weights of counted rows
  double nll = 0;          // sum of weight * plain negative log-likelihood, without smoothing and z-loss
  double lse_squares = 0;  // sum of lse^2 over counted rows
  double lse_max = 0;
};
/// Rows and the linear map that makes logits of them: gain_v (x_nd weight_vd^T + bias_v). gain may be null, and outlives the tape.
struct LinearLogits {
  Var x_nd;
  Parameter* weight_vd = nullptr;
  Parameter* bias_v = nullptr;
  const ColumnGain* gain_v = nullptr;
};
/// A teacher's logits for the same rows, and what they weigh: loss = (1 - share) * (loss against the target) + share * T^2 KL(teacher || student), as
/// kernels/cross_entropy.h defines the latter. They are computed where they are compared, and no gradient flows to them.
struct Teacher {
  LinearLogits logits;
  double temperature = 1, share = 0;
};
/// Loss of a linear head, without ever holding all logits: rows go through in pieces, and when recording, each piece leaves its gradients at once.
/// `scale` multiplies the gradient (1 / tokens of the whole accumulation window); the returned [1] loss is scale * sums.loss and must be the root, or
/// a term of a plain sum that is: its cotangent is 1 by contract. weights_n may be undefined. targets_n < 0 are ignored, by a teacher (may be null)
/// too. No weight has paths of low rank.
Var linear_cross_entropy(Tape& tape, const LinearLogits& logits, const CrossEntropySpec& spec, const Tensor& targets_n, const Tensor& weights_n,
                         double scale, LossSums& sums, const Teacher* teacher = nullptr);

/// A softmax over the rows [begin, end) of one column: which of several sequences is right, or where a span begins. target counts from `begin`; one
/// outside of the group is not counted.
struct Group {
  int64_t begin = 0, end = 0, target = -1;
};
/// Losses below are roots or terms of plain sums, as above: scale * sum over what is counted.
Var group_cross_entropy(Tape& tape, const Var& x_nc, int64_t column, std::span<const Group> groups, double scale, LossSums& sums,
                        const Teacher* teacher = nullptr);
/// (x - target)^2, one target an element of x; with a teacher, whose logits are such numbers too, (1 - share) of it and share * (x - teacher)^2.
Var squared_error(Tape& tape, const Var& x, std::span<const double> targets, double scale, LossSums& sums, const Teacher* teacher = nullptr);
/// log(1 + e^x) - target x: the cross-entropy of sigmoid(x) against a probability, one target an element of x. A teacher's logits are compared as
/// T^2 KL(sigmoid(teacher / T) || sigmoid(x / T)).
Var binary_cross_entropy(Tape& tape, const Var& x, std::span<const double> targets, double scale, LossSums& sums, const Teacher* teacher = nullptr);
/// scale * sum of (x - target)^2 over all elements; `sum` gets what is added, without the scale.
Var squared_distance(Tape& tape, const Var& x, const Tensor& target, double scale, double& sum);
/// Columns [begin, begin + width) of a variable, in `heads` heads of equal width: rows a_i that are compared with each other.
struct RelatedRows {
  Var var;
  int64_t begin = 0, width = 0;
};
struct RelationSpec {
  int64_t heads = 1;  // divide both sides' widths, which may differ
  Mask mask = Mask::kFull;
};
/// scale * sum over heads and rows of KL(softmax_j(t_i . t_j / sqrt w') || softmax_j(a_i . a_j / sqrt w)), j among what the mask shows i of its own
/// sequence (self-attention relations, arXiv:2012.15828); w and w' are the widths of a head. `sum` gets what is added, without the scale. No gradient
/// flows to `theirs`.
Var relation_distance(Tape& tape, const RelationSpec& spec, std::shared_ptr<const std::vector<Segment>> segments, const RelatedRows& ours,
                      const RelatedRows& theirs, double scale, double& sum);
/// a + b of two [1] losses.
Var sum_of_losses(Tape& tape, const Var& a, const Var& b);

/// Copies columns [begin, begin + width) of x's rows into rows `at` of dst [*, width]: how keys and values enter a cache. Not differentiable, so
/// inference only.
void store_columns(const Tensor& x_nc, int64_t begin, std::span<const int64_t> at, const Tensor& dst);

/// Adds to the gradient of a parameter, which may be null or frozen: the end of the backward of an operation that its own file records
/// (docs/designs.md).
void add_gradient(Parameter* p, const Tensor& gradient);

/// Sums over a tensor for health; see kernels/elementwise.h.
struct TensorMoments {
  double rms = 0, max_abs = 0;
  int64_t non_finite = 0;
};
TensorMoments moments(const Tensor& x);
/// The least standard deviation within a row of x_nd; see kernels/elementwise.h.
double least_row_deviation(const Tensor& x_nd);

}  // namespace gimbal::ops
