// Charts and heat maps of a run as JSON for the report's page.
#pragma once

#include "core/json.h"
#include "train/report_log.h"

namespace gimbal {

/// [{id, title, about, log, from_zero, labels, x, y: [[one value an x or null], ...]}, ...]; the loss comes first.
Json charts_of(const RunLog& log);

/// [{id, title, about, log, shows_smallest, low, high, rows, steps, cells}, ...]: `cells` is base64 of one little-endian u16 a cell, column by
/// column: 0..65000 from low to high (in logarithms where log), 65534 not finite, 65535 no value.
Json heat_maps_of(const RunLog& log);

/// Rounded to six significant digits, null when not finite: keeps the page small.
Json compact(double value);

}  // namespace gimbal
