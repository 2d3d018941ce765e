// The list of weight schemes. A new scheme is one file beside this one and one line here.
#include <array>

#include "layers/weights/weights.h"

namespace gimbal {

using Attach = void(const Architecture&, Parameters&);
Attach attach_sigma, attach_ngpt;

namespace {

constexpr std::array kWeightSchemes = {
    WeightScheme{"plain", [](const Architecture&, Parameters&) {}, "W"},
    WeightScheme{"sigma", attach_sigma, "gain / sigma(W) W, sigma the largest singular value"},
    WeightScheme{"ngpt", attach_ngpt, "rows (of last maps: columns) of length 1 after every step, learned scales behind the maps"},
};

}  // namespace

std::span<const WeightScheme> weight_schemes() { return kWeightSchemes; }

const WeightScheme& weight_scheme_named(const std::string& name) {
  std::vector<std::string> names;
  for (const WeightScheme& scheme : kWeightSchemes) {
    if (scheme.name == name) return scheme;
    names.emplace_back(scheme.name);
  }
  fail("unknown model.weights '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

bool is_map_of_block(const Parameter& p) { return p.is_matrix() && p.name.find("block.") != std::string::npos && p.name.ends_with(".weight"); }

}  // namespace gimbal
