// Presets have the published sizes; configurations survive the way to disk and back.
#include <gtest/gtest.h>

#include <cmath>

#include "layers/design.h"
#include "models/cost.h"
#include "models/family.h"

namespace gimbal {
namespace {

TEST(Zoo, PublishedParameterCountsToTheLast) {
  const std::pair<const char*, int64_t> kCounts[] = {
      {"gpt1-117m", 116534784},    {"gpt2-124m", 124439808},      {"gpt2-355m", 354823168},        {"gpt2-774m", 774030080},
      {"gpt2-1.5b", 1557611200},   {"llama-7b", 6738415616},      {"llama2-13b", 13015864320},     {"llama2-70b", 68976648192},
      {"llama3.1-8b", 8030261248}, {"llama3.1-70b", 70553706496}, {"llama3.1-405b", 405853388800}, {"llama3.2-1b", 1235814400},
      {"llama3.2-3b", 3212749824}, {"bloom-560m", 559214592},     {"bloom-1.1b", 1065314304},      {"bloom-1.7b", 1722408960},
      {"bert-tiny", 4433468},      {"bert-base", 110106428},      {"bert-large", 336226108},       {"t5-small", 60506624},
      {"t5-base", 222903552},      {"t5-large", 737668096},       {"t5-3b", 2851598336},           {"t5-11b", 11307321344},
      {"t5-v1.1-small", 76961152}, {"t5-v1.1-base", 247577856},   {"t5-v1.1-large", 783150080},    {"t5-v1.1-xl", 2849757184},
      {"bloom-3b", 3002557440},    {"bloom-7.1b", 7069016064},    {"bloom-176b", 176247271424},
  };
  for (const auto& [name, count] : kCounts) {
    const Architecture a = architecture_named(name);
    EXPECT_EQ(cost_of(a, a.context).parameters, count) << name;
  }
}

TEST(Zoo, Gpt3SizesRoundToTheTable) {
  const std::pair<const char*, double> kBillions[] = {{"gpt3-125m", 0.125}, {"gpt3-350m", 0.350}, {"gpt3-760m", 0.760}, {"gpt3-1.3b", 1.3},
                                                      {"gpt3-2.7b", 2.7},   {"gpt3-6.7b", 6.7},   {"gpt3-13b", 13.0},   {"gpt3-175b", 175.0}};
  for (const auto& [name, billions] : kBillions) {
    const Architecture a = architecture_named(name);
    EXPECT_NEAR(static_cast<double>(cost_of(a, a.context).parameters) / 1e9 / billions, 1.0, 0.025) << name;
  }
}

// The matrices of table 4 of arXiv:2410.01131, and beside them the learned scales and steps.
TEST(Zoo, NormalizedTransformersAddTheirScales) {
  const auto expect_count = [](const char* name, int64_t layers, int64_t width) {
    const int64_t matrices = layers * (4 * width * width + 3 * width * 4 * width) + 2 * 32000 * width,
                  scales = layers * (3 * width + 8 * width) + 32000;
    const Architecture a = architecture_named(name);
    EXPECT_EQ(cost_of(a, a.context).parameters, matrices + scales) << name;
  };
  expect_count("ngpt-0.5b", 24, 1024);
  expect_count("ngpt-1b", 36, 1280);
}

TEST(Zoo, ConfigurationsSurviveTheWayToDiskAndBack) {
  for (const Family* family : families()) {
    Architecture a = family->defaults();
    EXPECT_FALSE(write_config(a).contains("gimbal")) << family->name << " in its standard design needs no block of its own";
    a.placement = "sandwich";
    a.norm.kind = "dyt";
    a.residual.kind = "layerscale";
    a.weights = "sigma";
    const Json config = write_config(a);
    ASSERT_TRUE(config.contains("gimbal")) << family->name;
    EXPECT_EQ(write_fields(read_config(config)), write_fields(a)) << family->name;
  }
}

TEST(Zoo, BothFormsOfRotaryScalingAreRead) {
  const Json older =
      parse_json(R"({"model_type":"llama","vocab_size":8,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":8,
    "rope_theta":500000.0,"rope_scaling":{"type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}})",
                 "test");
  const Json newer =
      parse_json(R"({"model_type":"llama","vocab_size":8,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":8,
    "rope_parameters":{"rope_theta":500000.0,"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}})",
                 "test");
  EXPECT_EQ(write_fields(read_config(older)), write_fields(read_config(newer)));
  EXPECT_EQ(read_config(older).positions.scaling, "llama3");
}

std::string sentence(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Zoo, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_NE(sentence([] { architecture_named("gpt2-124n"); }).find("gpt2-124m"), std::string::npos);
  EXPECT_NE(sentence([] { read_config({{"model_type", "lama"}}); }).find("llama"), std::string::npos);
  Architecture a = architecture_named("gpt2");
  a.norm.kind = "layr";
  EXPECT_NE(sentence([&] { check(a); }).find("did you mean 'layer'"), std::string::npos);
  EXPECT_NE(sentence([&] { read_fields(Json{{"placment", "pre"}}, a, "model"); }).find("placement"), std::string::npos);
}

TEST(Zoo, ANewerFormatIsRefused) {
  EXPECT_NE(sentence([] { read_config({{"gimbal", {{"version", 9}, {"family", "gpt2"}}}}); }).find("newer"), std::string::npos);
}

}  // namespace
}  // namespace gimbal
