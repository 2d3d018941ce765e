// A study as an experiment measures it: the cell's settings are laid over the study's, and its result's numbers are the cell's.
#pragma once

#include "core/fields.h"
#include "lab/cell.h"

namespace gimbal::lab {

/// The setting "part" tells the parts of an experiment apart and is none of the study's. A field of words, such as why a net was refused, counts as 1
/// when it says anything.
template <class Settings, class Found>
Measured measured_by(Found (*run)(const Settings&, uint64_t), const Cell& cell) {
  Json chosen = cell.settings;
  chosen.erase("part");
  Settings settings;
  read_fields(chosen, settings);
  Measured m;
  const Json found = write_fields(run(settings, static_cast<uint64_t>(cell.seed)));
  for (const auto& item : found.items())
    m.numbers[item.key()] =
        item.value().is_string() ? (item.value().template get<std::string>().empty() ? 0.0 : 1.0) : item.value().template get<double>();
  return m;
}

}  // namespace gimbal::lab
