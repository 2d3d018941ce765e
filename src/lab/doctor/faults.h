// Twelve faults that a run can have, and twelve designs that have none: the benchmark that the doctor is judged by.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/doctor/diagnosis.h"
#include "lab/doctor/patients.h"

namespace gimbal::lab {

struct Fault {
  std::string_view name, cause;  // cause: the class that the doctor should name (lab/doctor/complaint.h)
  std::string_view what;
  /// The sound run that is made sick, or null: usual_patient() as it is.
  void (*sound)(Patient& patient);
  /// From the start, or null.
  void (*design)(Patient& patient);
  /// At a step, or null: what strikes, chosen by the seed.
  void (*strike)(Strike& strike, const Patient& patient, uint64_t seed);
};
std::span<const Fault> faults();

struct HealthyRun {
  std::string_view name;
  void (*design)(Patient& patient);
};
std::span<const HealthyRun> healthy_runs();

/// What became of one fault under one seed.
struct FaultOutcome {
  std::string fault, true_cause, named_cause;  // named: of the first alarm; empty without one
  std::string by_log_alone;                    // the cause named without the configuration
  uint64_t seed = 0;
  int64_t fault_step = 1;    // first step that it touches
  int64_t alarm_step = -1;   // of the first alarm; 0: before the first step; -1: none
  int64_t damage_step = -1;  // first step whose loss (median of 3) lies 0.3 nats above the sound twin's, or is not finite; -1: none
  bool named_rightly() const { return named_cause == true_cause; }
};
FaultOutcome run_fault(const Fault& fault, uint64_t seed);

/// The alarm of a healthy run; empty as it should be.
std::string run_healthy(const HealthyRun& run, uint64_t seed);

struct HealthyOutcome {
  std::string name;
  uint64_t seed = 0;
  std::string alarm;  // which should be none
};

struct FaultTable {
  std::vector<FaultOutcome> outcomes;   // fault by fault, seed by seed
  std::vector<HealthyOutcome> healthy;  // likewise
  int64_t rightly() const;              // faults named rightly under every seed
  int64_t false_alarms() const;
};
/// Every fault and every healthy design under every seed. About half a second a run.
FaultTable run_fault_benchmark(std::span<const uint64_t> seeds);
Json to_json(const FaultTable& table);
std::string to_text(const FaultTable& table);

}  // namespace gimbal::lab
