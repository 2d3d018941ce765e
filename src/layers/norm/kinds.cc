// The list of norms. A new norm is one file beside this one and one line here; everything else (tests, tables, help) reads the list.
#include <array>

#include "layers/norm/norm.h"

namespace gimbal {

using Make = std::unique_ptr<Norm>(const NormConfig&, int64_t, Parameters&, const std::string&);
Make make_layer_norm, make_rms_norm, make_batch_norm, make_group_norm, make_scale_norm, make_dyt, make_derf, make_layer_std_norm, make_no_norm;
Make make_power_norm, make_prms_norm, make_crms_norm, make_l2_norm, make_rms_centered_norm;
Make make_layer_head_norm, make_rms_head_norm, make_scale_head_norm, make_layer_std_head_norm, make_prms_head_norm, make_l2_head_norm;

namespace {

constexpr std::array kNormKinds = {
    NormKind{"layer", make_layer_norm, make_layer_head_norm, "(x - mean) / sqrt(var + eps) * gain + bias", Ignores::kRowScaleAndShift},
    NormKind{"rms", make_rms_norm, make_rms_head_norm, "x / sqrt(mean(x^2) + eps) * gain", Ignores::kRowScale},
    NormKind{"batch", make_batch_norm, nullptr, "(x - mean_c) / sqrt(var_c + eps) * gain + bias, per channel over tokens",
             Ignores::kChannelScaleAndShift},
    NormKind{"group", make_group_norm, nullptr, "layer over groups of channels", Ignores::kRowScaleAndShift},
    NormKind{"scale", make_scale_norm, make_scale_head_norm, "g * x / max(||x||, eps)", Ignores::kRowScale},
    NormKind{"dyt", make_dyt, nullptr, "tanh(alpha x) * gain + bias"},
    NormKind{"derf", make_derf, nullptr, "erf(alpha x + shift) * gain + bias"},
    NormKind{"layer-std", make_layer_std_norm, make_layer_std_head_norm, "(x - mean) / (std + eps) * gain + bias, unbiased std",
             Ignores::kRowScaleAndShift},
    NormKind{"power", make_power_norm, nullptr, "rms of a token's groups, then x / sqrt(running mean_c(x^2) + eps) * gain + bias",
             Ignores::kRowScale},
    NormKind{"prms", make_prms_norm, make_prms_head_norm, "x / sqrt(mean of the first channels' x^2 + eps) * gain", Ignores::kRowScale},
    NormKind{"crms", make_crms_norm, nullptr, "rms of d + 1 channels that sum to 0, of which d are kept", Ignores::kRowScale},
    NormKind{"l2", make_l2_norm, make_l2_head_norm, "x / max(||x||, eps)", Ignores::kRowScale},
    NormKind{"rms-centered", make_rms_centered_norm, nullptr, "(x - mean) / sqrt(mean((x - mean)^2)): printed as RMSNorm, is a bare LayerNorm",
             Ignores::kRowScaleAndShift},
    NormKind{"none", make_no_norm, nullptr, "x"},
};

}  // namespace

std::span<const NormKind> norm_kinds() { return kNormKinds; }

const NormKind& norm_kind_named(const std::string& name) {
  std::vector<std::string> names;
  for (const NormKind& kind : kNormKinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown norm '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

namespace {

std::string kinds_that(bool (*wanted)(const NormKind&)) {
  std::vector<std::string> names;
  for (const NormKind& kind : kNormKinds)
    if (wanted(kind)) names.emplace_back(kind.name);
  return joined(names);
}

}  // namespace

const char* norm_names() {
  static const std::string names = kinds_that([](const NormKind&) { return true; });
  return names.c_str();
}

const char* head_norm_names() {
  static const std::string names =
      "per-head norm of queries and keys (QK-norm), absent by default: " + kinds_that([](const NormKind& kind) { return kind.per_head(); });
  return names.c_str();
}

std::unique_ptr<Norm> make_norm(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix) {
  return norm_kind_named(config.kind).make(config, width, parameters, prefix);
}

Var Norm::apply_heads(Tape&, int64_t, int64_t, const Var&) const {
  GIMBAL_ASSERT(false, "this norm has no per-head form; check() refuses it");
  return {};
}

}  // namespace gimbal
