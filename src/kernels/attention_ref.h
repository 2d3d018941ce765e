// The definition of attention: one head of one segment, with the whole matrix of probabilities, forward and backward.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/attention.h"
#include "kernels/attention_dropout.h"

namespace gimbal::kernels::ref {

/// What attention needs to know about one head of one segment: `queries` rows of q beside `keys` rows of k and v.
struct AttentionHead {
  int64_t queries, keys, width;
  double scale, slope;
  Mask mask;
  int64_t window, prefix;
  double dropout;
  uint64_t dropout_key;
  int64_t first_row, head;  // for dropout: the segment's first row in q, and the head's index
  int64_t reach = 0;        // of the bias by distance, 2 reach + 1 elements a head

  /// The place of query i among the keys.
  int64_t place(int64_t i) const { return i + keys - queries; }

  /// The element of the bias that belongs to query i and key j.
  int64_t distance(int64_t i, int64_t j) const { return reach + std::clamp(j - place(i), -reach, reach); }

  bool visible(int64_t i, int64_t j) const {
    if (window > 0 && j <= place(i) - window) return false;
    switch (mask) {
      case Mask::kCausal:
        return j <= place(i);
      case Mask::kPrefix:
        return j <= std::max(place(i), prefix - 1);
      case Mask::kFull:
        return true;
    }
    return false;
  }

  /// What the softmax's result is multiplied with: 0 where dropped, else 1 / (1 - dropout).
  double kept(int64_t i, int64_t j) const {
    if (dropout <= 0) return 1;
    const DropoutRow row = dropout_row(dropout_key, first_row + i, head);
    return dropout_bits(row, static_cast<uint32_t>(j)) < dropout_threshold(dropout) ? 0 : 1 / (1 - dropout);
  }
};

/// p_ij = softmax_j(scale * q_i . k_j + slope * (j - i') + bias[j - i']) over the visible j, before dropout; top_i = max_j s_ij,
/// log_sum_i = log sum_j e^(s_ij - top_i). A query that sees nothing has p_i = 0, top_i and log_sum_i minus infinity. An empty bias is none.
template <class T>
void attention_probabilities(const AttentionHead& h, std::span<const T> q, std::span<const T> k, std::span<const T> bias, std::span<T> p,
                             std::span<T> tops, std::span<T> log_sums) {
  constexpr T kLowest = -std::numeric_limits<T>::infinity();
  for (int64_t i = 0; i < h.queries; ++i) {
    T top = kLowest;
    for (int64_t j = 0; j < h.keys; ++j) {
      T dot = 0;
      for (int64_t d = 0; d < h.width; ++d) dot += q[i * h.width + d] * k[j * h.width + d];
      const T offset = T(h.slope) * T(j - h.place(i)) + (bias.empty() ? T(0) : bias[h.distance(i, j)]);
      const T s = h.visible(i, j) ? T(h.scale) * dot + offset : kLowest;
      p[i * h.keys + j] = s;
      top = std::max(top, s);
    }
    T sum = 0;
    for (int64_t j = 0; j < h.keys; ++j) {
      T& element = p[i * h.keys + j];
      element = h.visible(i, j) ? std::exp(element - top) : T(0);
      sum += element;
    }
    for (int64_t j = 0; j < h.keys; ++j) {
      if (h.visible(i, j)) p[i * h.keys + j] /= sum;
    }
    tops[i] = top;
    log_sums[i] = sum == T(0) ? kLowest : std::log(sum);
  }
}

/// o_i = sum_j kept_ij p_ij v_j
template <class T>
void attention_output(const AttentionHead& h, std::span<const T> p, std::span<const T> v, std::span<T> o) {
  for (int64_t i = 0; i < h.queries; ++i) {
    for (int64_t d = 0; d < h.width; ++d) {
      T sum = 0;
      for (int64_t j = 0; j < h.keys; ++j) {
        if (h.visible(i, j)) sum += T(h.kept(i, j)) * p[i * h.keys + j] * v[j * h.width + d];
      }
      o[i * h.width + d] = sum;
    }
  }
}

/// dv_j = sum_i kept_ij p_ij do_i;  dp_ij = kept_ij do_i . v_j;  ds_ij = p_ij (dp_ij - sum_m p_im dp_im);
/// dq_i = scale sum_j ds_ij k_j;  dk_j = scale sum_i ds_ij q_i;  dbias_d = sum of ds_ij at distance d.  dk, dv and dbias are added to: heads may
/// share a key/value head.
template <class T>
void attention_vjp(const AttentionHead& h, std::span<const T> q, std::span<const T> k, std::span<const T> v, std::span<const T> p,
                   std::span<const T> d_o, std::span<T> dq, std::span<T> dk, std::span<T> dv, std::span<T> dbias) {
  const auto dp = [&](int64_t i, int64_t j) {
    T dot = 0;
    for (int64_t d = 0; d < h.width; ++d) dot += d_o[i * h.width + d] * v[j * h.width + d];
    return T(h.kept(i, j)) * dot;
  };
  for (int64_t i = 0; i < h.queries; ++i) {
    for (int64_t d = 0; d < h.width; ++d) dq[i * h.width + d] = 0;
    T mean = 0;
    for (int64_t j = 0; j < h.keys; ++j) {
      if (h.visible(i, j)) mean += p[i * h.keys + j] * dp(i, j);
    }
    for (int64_t j = 0; j < h.keys; ++j) {
      if (!h.visible(i, j)) continue;
      const T p_ij = p[i * h.keys + j];
      const T ds = p_ij * (dp(i, j) - mean);
      if (!dbias.empty()) dbias[h.distance(i, j)] += ds;
      for (int64_t d = 0; d < h.width; ++d) {
        dq[i * h.width + d] += T(h.scale) * ds * k[j * h.width + d];
        dk[j * h.width + d] += T(h.scale) * ds * q[i * h.width + d];
        dv[j * h.width + d] += T(h.kept(i, j)) * p_ij * d_o[i * h.width + d];
      }
    }
  }
}

}  // namespace gimbal::kernels::ref
