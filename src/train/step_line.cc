// Writing a step down.
#include "train/step_line.h"

#include <algorithm>
#include <cmath>

namespace gimbal {

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json step_line(const StepResult& r) {
  return {{"step", r.step},
          {"loss", finite(r.loss)},
          {"lr", r.lr},
          {"grad_norm", finite(r.grad_norm)},
          {"lse_rms", finite(r.lse_rms)},
          {"token_entropy", finite(r.token_entropy)}};
}

Json health_line(const StepResult& r) {
  Json layers = Json::object();
  const auto column = [&](const char* name, auto&& value_of) {
    Json values = Json::array();
    for (size_t i = 0; i < r.layers.size(); ++i) values.push_back(finite(value_of(i)));
    layers[name] = std::move(values);
  };
  const auto& h = r.health.layers;
  if (h.size() == r.layers.size()) {
    column("stream_rms", [&](size_t i) { return h[i].stream_rms; });
    column("stream_max", [&](size_t i) { return h[i].stream_max; });
    column("attn_ratio", [&](size_t i) { return h[i].attention_ratio; });
    if (std::any_of(h.begin(), h.end(), [](const LayerHealth& layer) { return layer.cross_ratio != 0; }))
      column("cross_ratio", [&](size_t i) { return h[i].cross_ratio; });
    column("ffn_ratio", [&](size_t i) { return h[i].ffn_ratio; });
    column("attn_entropy", [&](size_t i) { return h[i].entropy; });
    column("attn_max_logit", [&](size_t i) { return h[i].max_logit; });
  }
  column("grad_norm", [&](size_t i) { return r.layers[i].grad_norm; });
  column("update_ratio", [&](size_t i) { return r.layers[i].update_ratio; });
  return {{"layers", layers},
          {"embed",
           {{"stream_rms", finite(r.health.embed_rms)},
            {"stream_max", finite(r.health.embed_max)},
            {"least_deviation", finite(r.health.embed_least_deviation)},
            {"grad_norm", finite(r.embed.grad_norm)},
            {"update_ratio", finite(r.embed.update_ratio)}}},
          {"head", {{"grad_norm", finite(r.head.grad_norm)}, {"update_ratio", finite(r.head.update_ratio)}}}};
}

Json trouble_line(const StepResult& r) {
  return {{"event", r.updated ? "spike" : r.fatal ? "nonfinite" : "skip"}, {"step", r.step}, {"what", r.trouble}};
}

}  // namespace gimbal
