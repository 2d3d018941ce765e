// Numbers as people read them in tables and charts.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace gimbal::lab {

/// Four significant digits, without trailing zeros; powers of ten far from 1: "3e-05".
inline std::string number_text(double value) {
  if (std::isnan(value)) return "broke";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace gimbal::lab
