// Correlation of two lists of numbers, STS-B's scores: Pearson's, and Spearman's of ranks.
//
//   Pearson   r = sum (x - mean x)(y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2)      (Pearson 1895)
//   Spearman  Pearson's r of the ranks, equal values sharing the mean of their ranks               (Spearman 1904)
//
// Both are NaN for fewer than two pairs and where a side is constant: there is no correlation to state then, and scipy says the same.
#pragma once

#include <span>
#include <vector>

namespace gimbal::metrics {

double pearson(std::span<const double> guess, std::span<const double> gold);
double spearman(std::span<const double> guess, std::span<const double> gold);

/// Ranks from 1; equal values get the mean of the ranks that they take up together.
std::vector<double> average_ranks(std::span<const double> values);

}  // namespace gimbal::metrics
