// From signs to causes: each rule says what pattern of signs, with what configuration, speaks for it. A new cause is one entry of the list.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lab/doctor/checks.h"
#include "lab/doctor/signs.h"

namespace gimbal::lab {

/// What the rules look at. Without a plan (an old log alone) they judge by the log.
struct CaseHistory {
  const RunLog& log;
  std::optional<TrainingPlan> plan;
  std::vector<Sign> signs;
  std::vector<Complaint> foretold;  // by the plan's checks

  const Architecture* architecture() const { return plan ? &plan->architecture : nullptr; }
};

/// Blocks are counted through both stacks of a pair in the log: "block 7" -> "encoder block 7", or "block 1" of the decoder.
std::string spoken_place(const Architecture* a, const std::string& place);

/// Whether the design with these settings ("model.norm.kind=rms") would not be refused: a fix must be one that can be tried.
bool is_possible(const Architecture& a, const std::vector<std::string>& settings);
/// Leaves findings whose settings the design refuses without them.
void drop_refused_settings(const Architecture& a, std::vector<Complaint>& findings);

struct CauseRule {
  std::string_view cause, looks_at;
  std::optional<Complaint> (*find)(const CaseHistory& history);
};
/// More telling patterns first: of two causes that show in the same step the earlier in the list is named.
std::span<const CauseRule> cause_rules();

/// Findings in the order in which they are to be believed: alarms by their first step, then risks.
std::vector<Complaint> find_causes(const CaseHistory& history);

}  // namespace gimbal::lab
