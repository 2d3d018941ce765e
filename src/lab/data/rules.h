// Two label rules that a norm can or cannot see: one lies between the samples at a position, one between the positions of a sample.
//
//   between   x_sp = label_s + noise                     every position of a sample is raised alike: only other samples tell that it is high
//   within    x_sp = label_s pattern_p + noise, and all samples of a batch have one label: only other positions tell, for at each position all
//             samples are the same
//
// labels stand for -1 and +1; pattern_p is +1 on the first half of the positions and -1 on the second, so that its sum is 0.
#pragma once

#include "lab/data/labelled.h"

namespace gimbal::lab {

enum class Rule : uint8_t { kBetween, kWithin };
/// Whether a batch's samples may differ in their label. The within rule hides from batch statistics only when they do not.
enum class LabelsOfBatch : uint8_t { kMixed, kAlike };

struct RuleSettings {
  Rule rule = Rule::kBetween;
  LabelsOfBatch batch_labels = LabelsOfBatch::kMixed;
  int64_t positions = 16;
  double noise = 0.5;
};
/// One batch of n samples, [n, positions]; batch number `index` of the stream.
Labelled make_rule_batch(int64_t n, const RuleSettings& settings, uint64_t seed, uint64_t index);

}  // namespace gimbal::lab
