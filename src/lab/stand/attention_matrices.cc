// Queries and keys computed again from the stream, in double.
#include "lab/stand/attention_matrices.h"

#include <cmath>

#include "lab/stand/streams.h"

namespace gimbal::lab {
namespace {

// LayerNorm of the first `rows` rows with the parameters "<prefix>.gain" and "<prefix>.bias".
Matrix layer_normed(const Tensor& stream, size_t rows, double eps, Parameters& parameters, const std::string& prefix) {
  Matrix x(stream.slice_rows(0, static_cast<int64_t>(rows)));
  const Parameter *gain = parameters.find(prefix + ".gain"), *bias = parameters.find(prefix + ".bias");
  const auto d = static_cast<double>(x.cols);
  for (size_t r = 0; r < x.rows; ++r) {
    double mean = 0, square = 0;
    for (size_t c = 0; c < x.cols; ++c) mean += x.at(r, c) / d;
    for (size_t c = 0; c < x.cols; ++c) square += (x.at(r, c) - mean) * (x.at(r, c) - mean) / d;
    for (size_t c = 0; c < x.cols; ++c) {
      const auto i = static_cast<int64_t>(c);
      x.at(r, c) = (x.at(r, c) - mean) / std::sqrt(square + eps) * gain->value.at(i) + (bias ? bias->value.at(i) : 0);
    }
  }
  return x;
}

// Rows [begin, begin + count) of the weight applied to each row of x.
Matrix projected(const Matrix& x, const Matrix& weight, size_t begin, size_t count) {
  Matrix y(x.rows, count);
  for (size_t r = 0; r < x.rows; ++r)
    for (size_t o = 0; o < count; ++o)
      for (size_t c = 0; c < x.cols; ++c) y.at(r, o) += x.at(r, c) * weight.at(begin + o, c);
  return y;
}

Matrix softmax_of(const Matrix& q, const Matrix& k, bool causal) {
  Matrix p(q.rows, k.rows);
  const double scale = 1 / std::sqrt(static_cast<double>(q.cols));
  for (size_t i = 0; i < q.rows; ++i) {
    const size_t end = causal ? i + 1 : k.rows;
    double most = -1e300, sum = 0;
    for (size_t j = 0; j < end; ++j) {
      for (size_t c = 0; c < q.cols; ++c) p.at(i, j) += scale * q.at(i, c) * k.at(j, c);
      most = std::max(most, p.at(i, j));
    }
    for (size_t j = 0; j < end; ++j) sum += p.at(i, j) = std::exp(p.at(i, j) - most);
    for (size_t j = 0; j < end; ++j) p.at(i, j) /= sum;
  }
  return p;
}

}  // namespace

std::vector<std::vector<Matrix>> attention_matrices(Model& model, const TokenBatch& batch) {
  const Architecture& a = model.architecture();
  GIMBAL_ASSERT(a.placement == "pre" && a.norm.kind == "layer" && !a.slot_norms.qk && !a.qkv_bias.value_or(a.bias) && a.mask != "prefix" &&
                (a.positions.kind == "learned" || a.positions.kind == "none") && a.kv_head_count() == a.heads);
  const std::vector<Tensor> states = streams(model, batch);
  const auto rows = static_cast<size_t>(batch.offsets[1]), width = static_cast<size_t>(a.width_of_head()), heads = static_cast<size_t>(a.heads);
  std::vector<std::vector<Matrix>> layers;
  for (int64_t layer = 0; layer < a.layers; ++layer) {
    const std::string attention = cat("block.", layer, ".attn");
    const Matrix x = layer_normed(states[static_cast<size_t>(layer)], rows, a.norm.eps, model.parameters(), attention + ".before");
    const Matrix weight(model.parameters().find(attention + ".qkv.weight")->value);
    auto& of_layer = layers.emplace_back();
    for (size_t head = 0; head < heads; ++head)
      of_layer.push_back(
          softmax_of(projected(x, weight, head * width, width), projected(x, weight, (heads + head) * width, width), a.mask == "causal"));
  }
  return layers;
}

}  // namespace gimbal::lab
