// What the doctor says: one trouble, where and when it showed first, its cause, and what would fix it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"

namespace gimbal::lab {

/// kRisk: it may go well. kAlarm: it did not, or cannot.
enum class Gravity : uint8_t { kRisk, kAlarm };

/// Classes of causes, as they stand in --json and in the tables of the fault benchmark.
namespace cause {
inline constexpr const char* kLearningRate = "learning-rate";
inline constexpr const char* kNoWarmUp = "no-warm-up";
inline constexpr const char* kNoNorm = "no-norm";
inline constexpr const char* kWeights = "weights";
inline constexpr const char* kNoQkNorm = "no-qk-norm";
inline constexpr const char* kLogits = "attention-logits";
inline constexpr const char* kNoFinalNorm = "no-final-norm";
inline constexpr const char* kDeepNorm = "deepnorm-constants";
inline constexpr const char* kEps = "eps";
inline constexpr const char* kOverflow = "overflow";
inline constexpr const char* kBatch = "bad-batch";
inline constexpr const char* kFewTokens = "batch-norm-few-tokens";
inline constexpr const char* kLeak = "batch-norm-leak";
inline constexpr const char* kTiedScale = "tied-scale";
inline constexpr const char* kDeadUnits = "dead-units";
inline constexpr const char* kZeroVariance = "zero-variance-token";
inline constexpr const char* kEmbeddingGradient = "embedding-gradient";
inline constexpr const char* kVanishing = "vanishing";
inline constexpr const char* kGrowth = "stream-growth";
inline constexpr const char* kNonFinite = "non-finite";
inline constexpr const char* kSpike = "spike";
inline constexpr const char* kNothingLearned = "nothing-learned";
inline constexpr const char* kDropout = "dropout";
inline constexpr const char* kSizes = "weight-sizes";
}  // namespace cause

struct Complaint {
  std::string cause;
  Gravity gravity = Gravity::kAlarm;
  int64_t step = 0;                        // of the first sign; 0: before any step
  std::string place;                       // "block 3", "embedding", "head"; empty: the whole model
  std::string tensor;                      // what left its band: "feed-forward branch / stream", "block.3.ffn.up.bias"
  double value = 0, usual = 0;             // of it, and what it was or should be; NaN where there is no number
  std::string what;                        // one sentence
  std::string fix;                         // one sentence
  std::vector<std::string> settings = {};  // the fix for --set: the lab can run it
};

Json to_json(const Complaint& finding);
/// A few lines for a terminal.
std::string to_text(const Complaint& finding);

}  // namespace gimbal::lab
