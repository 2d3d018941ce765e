// Schemes and the small transformer that carries them.
#include "lab/stand/scheme.h"

#include <array>
#include <vector>

#include "core/error.h"
#include "core/fields.h"

namespace gimbal::lab {
namespace {

// "n/N" stand for the layer and their number.
constexpr std::array kSchemes = {
    Scheme{"post", R"({"placement": "post"})", "LN(x + f(x))"},
    Scheme{"pre", R"({"placement": "pre"})", "x + f(LN(x))"},
    Scheme{"sandwich", R"({"placement": "sandwich"})", "x + LN(f(LN(x)))"},
    Scheme{"branch", R"({"placement": "branch"})", "x + LN(f(x))"},
    Scheme{"branch+qk", R"({"placement": "branch", "slot_norms": {"qk": {"kind": "rms"}}})", "x + LN(f(x)), queries and keys normed"},
    Scheme{"pre+qk", R"({"placement": "pre", "slot_norms": {"qk": {"kind": "rms"}}})", "x + f(LN(x)), queries and keys normed"},
    Scheme{"sandwich+qk", R"({"placement": "sandwich", "slot_norms": {"qk": {"kind": "rms"}}})", "x + LN(f(LN(x))), queries and keys normed"},
    Scheme{"sub", R"({"placement": "sub"})", "x + W LN(g(LN(x)))"},
    Scheme{"deepnorm", R"({"placement": "post", "residual": {"kind": "deepnorm"}})", "LN((2N)^1/4 x + f(x)), weights x (8N)^-1/4"},
    Scheme{"deepnorm-glm", R"({"placement": "post", "residual": {"kind": "deepnorm-glm"}})", "LN((2N)^1/2 x + f(x)), weights x (2N)^-1/2"},
    Scheme{"deepnorm-wrong-sign", R"({"placement": "post", "residual": {"kind": "deepnorm-wrong-sign"}})",
           "LN((2N)^1/4 x + f(x)), weights x (8N)^+1/4"},
    // (2 * 32)^1/4
    Scheme{"deepnorm-fixed-alpha", R"({"placement": "post", "residual": {"kind": "deepnorm-wrong-sign", "alpha": 2.8284271247461903}})",
           "LN((2*32)^1/4 x + f(x)) at every depth, weights x (8N)^+1/4 (Mix-LN's and LNS's baseline)"},
    Scheme{"deepnorm-alpha-alone", R"({"placement": "post", "residual": {"kind": "deepnorm", "beta": 1}})", "LN((2N)^1/4 x + f(x))"},
    Scheme{"deepnorm-beta-alone", R"({"placement": "post", "residual": {"kind": "deepnorm", "alpha": 1}})", "LN(x + f(x)), weights x (8N)^-1/4"},
    Scheme{"deepnorm-no-branch", R"({"placement": "post", "residual": {"kind": "deepnorm-no-branch"}})", "LN((2N)^1/4 x) (8N)^-1/4"},
    Scheme{"admin", R"({"placement": "post", "residual": {"kind": "admin"}})", "LN(w x + f(x)), w^2 = (2N + 1) / ln(2N + 1) - 1"},
    Scheme{"admin-constant", R"({"placement": "post", "residual": {"kind": "admin", "form": "constant"}})", "LN(w x + f(x)), w^2 = 2N"},
    Scheme{"lns", R"({"placement": "pre", "residual": {"kind": "layernorm-scaling"}})", "x + f(LN(x) / sqrt(n))"},
    Scheme{"mix-ln", R"({"placement": "mix-ln"})", "a quarter of the layers post, the others pre"},
    Scheme{"resi-dual", R"({"placement": "resi-dual"})", "LN(x + f(x)), and the sum of all f(x) beside it"},
    Scheme{"b2t", R"({"placement": "b2t"})", "a = LN(x + Attn x); LN(x + a + FFN a)"},
    Scheme{"parallel", R"({"placement": "parallel"})", "x + Attn(LN(x)) + FFN(LN(x))"},
    Scheme{"value", R"({"placement": "pre", "residual": {"kind": "value"}})", "x + f(LN(x)), half of the first layer's values"},
    Scheme{"hyper-connections", R"({"placement": "pre", "residual": {"kind": "hyper-connections"}})", "4 streams, learned mixtures"},
    Scheme{"mhc", R"({"placement": "pre", "residual": {"kind": "mhc"}})", "4 streams, doubly stochastic mixtures"},
    Scheme{"rezero", R"({"placement": "pre", "norm": {"kind": "none"}, "residual": {"kind": "rezero"}})", "x + a f(x), a = 0"},
    Scheme{"layerscale", R"({"placement": "pre", "residual": {"kind": "layerscale"}})", "x + diag(l) f(LN(x))"},
    Scheme{"t-fixup", R"({"placement": "pre", "norm": {"kind": "none"}, "residual": {"kind": "t-fixup"}})", "x + f(x), weights x 0.67 N^-1/4"},
    Scheme{"none", R"({"placement": "pre", "norm": {"kind": "none"}})", "x + f(x)"},
};

}  // namespace

std::span<const Scheme> schemes() { return kSchemes; }

const Scheme& scheme_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Scheme& s : kSchemes) {
    if (s.name == name) return s;
    names.emplace_back(s.name);
  }
  fail("the lab knows no scheme '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

Json small_transformer(const std::string& scheme, int64_t layers, int64_t width, int64_t heads, int64_t vocab) {
  Json model = {{"preset", "gpt2"},
                {"vocab", vocab},
                {"layers", layers},
                {"width", width},
                {"heads", heads},
                {"context", 128},
                {"activation", "relu"},
                {"positions", {{"kind", "none"}}},
                {"norm", {{"kind", "layer"}, {"eps", 1e-5}}},
                {"bias", false},
                {"tied", false},
                {"dropout", 0},
                {"init", {{"kind", "xavier"}, {"std", 1}, {"projections", "plain"}}}};
  merge_over(model, parse_json(scheme_named(scheme).settings, "the lab's schemes"));
  return model;
}

}  // namespace gimbal::lab
