// The list of experiments, in the order of the report. A new one is one file beside this and one declaration and one line here.
#include <vector>

#include "core/error.h"
#include "lab/experiment.h"

namespace gimbal::lab {

Experiment atlas();
Experiment gradients_at_init();
Experiment warm_up();

std::span<const Experiment> experiments() {
  static const std::vector<Experiment> kExperiments = {atlas(), gradients_at_init(), warm_up()};
  return kExperiments;
}

const Experiment& experiment_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Experiment& e : experiments()) {
    if (e.name == name || e.code == name) return e;
    names.emplace_back(e.name);
  }
  fail("the lab has no experiment '", name, "'", did_you_mean(name, names), "; `gimbal lab list` names them");
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kNotReproduced:
      return "not reproduced at this scale";
    case Verdict::kMeasured:
      break;
  }
  return "measured";
}

}  // namespace gimbal::lab
