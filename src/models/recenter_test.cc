// A recentred model computes what it computed before; where that cannot be, it is refused.
#include "models/recenter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

double largest_difference(Model& a, Model& b, const Architecture& of) {
  const auto hidden_and_logits = [&](Model& model) {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const TokenRows rows = tiny_rows_for_all(of, model.device());
    const Var hidden = model.hidden(tape, rows, {});
    std::vector<double> values = hidden.value.to_doubles();
    const std::vector<double> logits = model.logits(tape, hidden).value.to_doubles();
    values.insert(values.end(), logits.begin(), logits.end());
    return values;
  };
  const std::vector<double> left = hidden_and_logits(a), right = hidden_and_logits(b);
  double largest = left.size() == right.size() ? 0 : 1e9;
  for (size_t i = 0; i < left.size(); ++i) largest = std::max(largest, std::abs(left[i] - right[i]));
  return largest;
}

double mean_of_outputs(const Parameter& map) {
  double sum = 0;
  for (int64_t i = 0; i < map.shape[0]; ++i) sum += map.value.at(i * map.shape[1]);
  return sum;
}

TEST(Recenter, TheFunctionStays) {
  for (const char* family : {"gpt2", "bloom", "bert", "t5"})
    for (const char* placement : {"pre", "sub"})
      for (const bool bias : {true, false})
        for (const bool tied : {true, false}) {
          Architecture a = tiny_of_family(family);
          a.placement = placement;
          a.norm.kind = "layer";
          a.norm.bias = bias;
          a.residual.kind = tied ? "add" : "rezero";
          a.tied = tied;
          const std::string what = cat(family, " ", placement, " bias ", bias, " tied ", tied);
          const auto exact = tiny_model(a, 3), fast = tiny_model(a, 3, Device::kCpu);
          const auto exact_result = recentered(*exact), fast_result = recentered(*fast);
          EXPECT_LT(largest_difference(*exact, *exact_result, a), 1e-11) << what;
          EXPECT_LT(largest_difference(*fast, *fast_result, a), 1e-5) << what;
          EXPECT_EQ(norm_at(exact_result->architecture(), Slot::kBefore).kind, "rms") << what;
          EXPECT_EQ(norm_at(exact_result->architecture(), Slot::kFinal).kind, bias ? "layer" : "rms") << what;
          for (const Parameter& p : exact_result->parameters().all()) {
            if (p.name.ends_with("ffn.down.weight")) {
              EXPECT_NEAR(mean_of_outputs(p), 0, 1e-12) << what;
            }
          }
        }
}

// The measure can fail: RMSNorm alone, without the centring, is another function.
TEST(Recenter, RmsNormAloneIsAnotherFunction) {
  Architecture a = tiny_architecture();
  a.norm.bias = false;
  const auto layer = tiny_model(a, 3);
  a.norm.kind = "rms";
  const auto rms = tiny_model(a, 3);
  EXPECT_GT(largest_difference(*layer, *rms, a), 1e-3);
}

TEST(Recenter, WhatCannotBeIsRefused) {
  const auto refusal = [](const std::function<void(Architecture&)>& change) -> std::string {
    Architecture a = tiny_architecture();
    change(a);
    try {
      recentered(*tiny_model(a, 3));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  const auto has = [](const std::string& sentence, const char* part) { return sentence.find(part) != std::string::npos; };
  EXPECT_EQ(refusal([](Architecture&) {}), "");
  for (const char* placement : {"post", "embed-pre", "sandwich", "branch", "pre-normed-skip"})
    EXPECT_TRUE(has(refusal([&](Architecture& a) { a.placement = placement; }), "it holds for pre and sub")) << placement;
  EXPECT_TRUE(has(refusal([](Architecture& a) { a.norm.kind = "rms"; }), "RMSNorm already"));
  EXPECT_TRUE(has(refusal([](Architecture& a) { a.norm.kind = "dyt"; }), "the norm 'dyt'"));
  EXPECT_TRUE(has(refusal([](Architecture& a) { a.residual.kind = "layerscale"; }), "residual layerscale"));
  EXPECT_TRUE(has(refusal([](Architecture& a) { a.positions.kind = "sinusoid"; }), "sinusoids"));
}

}  // namespace
}  // namespace gimbal::testing
