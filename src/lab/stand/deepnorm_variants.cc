// The table of constants.
#include "lab/stand/deepnorm_variants.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lab/stand/scheme.h"

namespace gimbal::lab {
namespace {

constexpr std::array kVariants = {
    DeepNormVariant{"half exponents", "alpha (2N)^1/2, weights (2N)^-1/2 (GLM-130B)", [](double n) { return std::pow(2 * n, 0.5); },
                    [](double n) { return std::pow(2 * n, -0.5); }},
    DeepNormVariant{"wrong sign", "alpha (2N)^1/4, weights (8N)^+1/4", [](double n) { return std::pow(2 * n, 0.25); },
                    [](double n) { return std::pow(8 * n, 0.25); }},
    DeepNormVariant{"wrong sign, fixed alpha", "alpha (2·32)^1/4 at every depth, weights (8N)^+1/4 (Mix-LN's and LNS's baseline)",
                    [](double) { return std::pow(64.0, 0.25); }, [](double n) { return std::pow(8 * n, 0.25); }},
    DeepNormVariant{"alpha alone", "alpha (2N)^1/4, weights as they are", [](double n) { return std::pow(2 * n, 0.25); }, [](double) { return 1.0; }},
    DeepNormVariant{"beta alone", "alpha 1, weights (8N)^-1/4", [](double) { return 1.0; }, [](double n) { return std::pow(8 * n, -0.25); }},
};

}  // namespace

std::span<const DeepNormVariant> deepnorm_variants() { return kVariants; }

Json transformer_with(const std::string& name, int64_t layers, int64_t width, int64_t heads, int64_t vocab) {
  const auto found = std::find_if(kVariants.begin(), kVariants.end(), [&](const DeepNormVariant& v) { return v.name == name; });
  if (found == kVariants.end()) return small_transformer(name, layers, width, heads, vocab);
  Json model = small_transformer("deepnorm", layers, width, heads, vocab);
  const auto n = static_cast<double>(layers);
  model["residual"] = {{"kind", "deepnorm"}, {"alpha", found->alpha(n)}, {"beta", found->beta(n)}};
  return model;
}

}  // namespace gimbal::lab
