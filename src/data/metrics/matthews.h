// Matthews' correlation of two labellings (Matthews 1975; several classes: Gorodkin 2004, R_K), CoLA's score.
//
//   MCC = (c s - sum_k p_k t_k) / sqrt((s^2 - sum_k p_k^2) (s^2 - sum_k t_k^2))
//
// c right guesses of s examples, p_k guesses of class k, t_k examples of class k.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::metrics {

/// In [-1, 1]; 0 where a side has only one class, as in scikit-learn.
double matthews(std::span<const int64_t> guess, std::span<const int64_t> gold);

}  // namespace gimbal::metrics
