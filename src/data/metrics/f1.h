// F1 of classes: the harmonic mean of precision and recall, F1 = 2 tp / (2 tp + fp + fn) (van Rijsbergen 1979), 0 where nothing is counted.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::metrics {

struct HitCounts {
  int64_t hits = 0, guessed = 0, present = 0;
  double precision() const { return guessed == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(guessed); }
  double recall() const { return present == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(present); }
  double f1() const { return guessed + present == 0 ? 0 : 2 * static_cast<double>(hits) / static_cast<double>(guessed + present); }
};

/// F1 of the class `positive`, as GLUE scores MRPC and QQP with class 1.
double f1_of_class(std::span<const int64_t> guess, std::span<const int64_t> gold, int64_t positive = 1);

/// The mean of every class's F1, over the classes that occur among guesses or right answers (scikit-learn's average="macro"). 0 of no examples.
double f1_macro(std::span<const int64_t> guess, std::span<const int64_t> gold);

/// 2 precision recall / (precision + recall); 0 when both are.
double harmonic_mean(double precision, double recall);

}  // namespace gimbal::metrics
