// The doctor: what a run, a model or a configuration suffers from, or will.
#pragma once

#include "lab/doctor/causes.h"

namespace gimbal::lab {

struct Diagnosis {
  std::string what;                 // "run runs/stories, 700 steps"
  std::vector<Complaint> findings;  // what to believe first stands first
  std::vector<Sign> signs;          // of a run, in time order
  std::string known;                // what the lab's atlas says of the design and its rate (atlas.h); empty where it does not know it

  bool healthy() const { return findings.empty() || findings.front().gravity != Gravity::kAlarm; }
};

/// A run's directory: log.jsonl, config.yaml, and the weights of its last checkpoint where there is one. Error when there is no log.
Diagnosis diagnose_run(const fs::path& run);
/// A log (every step) and what it was made with.
Diagnosis diagnose_log(const RunLog& log, std::optional<TrainingPlan> plan);
/// A model directory or an adapter's.
Diagnosis diagnose_model(const fs::path& directory);
/// A run file before it runs.
Diagnosis diagnose_config(const RunConfig& config);

Json to_json(const Diagnosis& diagnosis);
std::string to_text(const Diagnosis& diagnosis);

}  // namespace gimbal::lab
