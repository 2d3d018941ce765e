// The constants that papers and released code put into DeepNorm's update, LN(alpha x + f(x)) with starting weights times beta, under one roof.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/json.h"

namespace gimbal::lab {

struct DeepNormVariant {
  std::string_view name, shown;
  double (*alpha)(double layers);
  double (*beta)(double layers);
};
std::span<const DeepNormVariant> deepnorm_variants();

/// Lays the constants of a variant upon a Post-LN model of so many layers; a name that is none of a variant is one of the lab's schemes.
Json transformer_with(const std::string& variant_or_scheme, int64_t layers, int64_t width, int64_t heads, int64_t vocab);

}  // namespace gimbal::lab
