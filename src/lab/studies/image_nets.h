// The nets that studies on glyphs train, from the names in their settings.
#pragma once

#include <memory>

#include "lab/nets/cnn.h"
#include "lab/studies/choice.h"

namespace gimbal::lab {

inline nets::NormPlace place_named(const std::string& name) {
  return chosen_by_name<nets::NormPlace>(name, "place of the norm",
                                         {{"before", nets::NormPlace::kBeforeActivation}, {"after", nets::NormPlace::kAfterActivation}});
}
inline nets::Shortcut shortcut_named(const std::string& name) {
  return chosen_by_name<nets::Shortcut>(name, "shortcut", {{"plain", nets::Shortcut::kNone}, {"residual", nets::Shortcut::kResidual}});
}

/// "mlp": three layers of 64. "cnn": three convolutions of 8, 16, 16 maps; layer, rms and group norms over whole images there.
inline std::unique_ptr<nets::Net> make_image_net(const std::string& net, const NormConfig& norm, const std::string& place) {
  const auto kind = chosen_by_name<int>(net, "net", {{"mlp", 0}, {"cnn", 1}});
  if (kind == 0) {
    nets::MlpSettings s{.norm = norm, .place = place_named(place)};
    return std::make_unique<nets::Mlp>(s);
  }
  nets::CnnSettings s{.maps = {8, 16, 16}, .norm = norm, .place = place_named(place)};
  const bool has_image_form = norm.kind == "layer" || norm.kind == "rms" || norm.kind == "group";
  if (!has_image_form) s.statistics = nets::PixelStatistics::kPixel;
  return std::make_unique<nets::Cnn>(s);
}

}  // namespace gimbal::lab
