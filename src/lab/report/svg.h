// Charts and heat maps as SVG that stands alone: for the report and for papers.
#pragma once

#include <string>

#include "lab/experiment.h"

namespace gimbal::lab {

std::string svg_of(const Chart& chart);
/// Each field's note is its <title>, which browsers show under the pointer.
std::string svg_of(const HeatMap& map);

/// &, <, > and quotes as entities.
std::string escaped(std::string_view text);

}  // namespace gimbal::lab
