// A finding as text and as JSON.
#include "lab/doctor/complaint.h"

#include "train/report_readings.h"
#include "train/step_line.h"

namespace gimbal::lab {

Json to_json(const Complaint& f) {
  Json place = f.place.empty() ? Json(nullptr) : Json(f.place);
  return {{"cause", f.cause},         {"gravity", f.gravity == Gravity::kAlarm ? "alarm" : "risk"},
          {"step", f.step},           {"place", place},
          {"tensor", f.tensor},       {"value", finite(f.value)},
          {"usual", finite(f.usual)}, {"ratio", finite(f.value / f.usual)},
          {"what", f.what},           {"fix", f.fix},
          {"settings", f.settings}};
}

std::string to_text(const Complaint& f) {
  const std::string when = f.step > 0 ? cat("step ", f.step) : "before the first step";
  std::string text = cat(f.gravity == Gravity::kAlarm ? "ALARM" : "risk ", "  ", f.cause, ", ", when, f.place.empty() ? "" : ", " + f.place, "\n");
  text += cat("       ", f.what, "\n");
  text += cat("  fix: ", f.fix, "\n");
  for (const std::string& setting : f.settings) text += cat("       --set ", setting, "\n");
  return text;
}

}  // namespace gimbal::lab
