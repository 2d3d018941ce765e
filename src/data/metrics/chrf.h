// chrF2 (Popovic 2015, W15-3049) with sacreBLEU's defaults: F of character n-grams, n = 1..6, recall weighted beta = 2, white space left out.
//
//   chrF = 100 (1 + beta^2) P R / (beta^2 P + R),  P and R the means over the orders that both sides have
//
// Corpus level: counts are summed over texts, of several references the one with the best score of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace gimbal::metrics {

/// 0 to 100; 0 of no texts. Each guess has at least one reference.
double chrf(std::span<const std::string> guess, std::span<const std::vector<std::string>> references);

}  // namespace gimbal::metrics
