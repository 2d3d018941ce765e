// Reports: reading logs as runs leave them, the plain-words rules, thinning, and the finished page.
#include "train/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "core/error.h"
#include "core/json.h"
#include "core/rng.h"
#include "train/report_charts.h"
#include "train/report_log.h"
#include "train/report_readings.h"

namespace gimbal {
namespace {

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / cat("gimbal-report-", testing::UnitTest::GetInstance()->current_test_info()->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  RunLog log_of(const std::string& lines) const {
    write("log.jsonl", lines);
    return read_run_log(folder_ / "log.jsonl");
  }
  // The data inside the finished page.
  Json page_data() const {
    write_report(folder_);
    const std::string page = read_file(folder_ / "report.html"), opening = "type=\"application/json\">";
    const size_t begin = page.find(opening) + opening.size();
    return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  }

  fs::path folder_;
};

// Lines of a run with two layers, one line a step: loss and one health quantity by the step.
template <class Loss, class Health>
std::string run_lines(int steps, const std::string& quantity, Loss&& loss, Health&& health) {
  std::string lines;
  for (int step = 1; step <= steps; ++step) {
    Json line = {{"step", step}, {"loss", loss(step)}};
    line["health"]["layers"][quantity] = health(step);
    lines += line.dump() + "\n";
  }
  return lines;
}

std::string all_readings(const RunLog& log) {
  std::string text;
  for (const Reading& reading : read_run(log)) text += reading.text + "\n";
  return text;
}
#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << "it says: " << (sentence)

const auto falling = [](int step) { return 2 + 8.0 / step; };
using Pair = std::vector<double>;

TEST_F(ReportTest, ALogIsReadWithItsGaps) {
  const RunLog log = log_of(
      "{\"run\":{\"name\":\"first\",\"layer_names\":[\"encoder 0\"]}}\n"
      "{\"step\":1,\"loss\":3.5,\"lr\":0.1,\"health\":{\"layers\":{\"grad_norm\":[1,\"\"]},\"embed\":{\"grad_norm\":5}}}\n"
      "\n"
      "{\"event\":\"spike\",\"step\":2,\"what\":\"up\"}\n"
      "{\"step\":2,\"loss\":null,\"val_loss\":4,\"health\":{\"layers\":{\"grad_norm\":[null,3]},\"head\":{\"grad_norm\":6}}}\n"
      "{\"step\":3,\"lo");
  EXPECT_EQ(log.run["name"], "first");
  EXPECT_EQ(log.scalar("loss").values[0], 3.5);
  EXPECT_TRUE(std::isnan(log.scalar("loss").values[1]));
  EXPECT_EQ(log.scalar("val_loss").steps, (std::vector<int64_t>{2}));
  EXPECT_TRUE(log.scalar("absent").empty());
  EXPECT_EQ(log.events.size(), 1u);
  EXPECT_EQ(log.unreadable_lines, 1);
  ASSERT_EQ(log.health.size(), 1u);
  const HealthMap& map = log.health[0];
  EXPECT_EQ(map.rows, (std::vector<std::string>{"embedding", "encoder 0", "layer 1", "head"}));
  EXPECT_EQ(map.at(0, 0), 5.0f);
  EXPECT_EQ(map.at(0, 2), HealthMap::kMissing);
  EXPECT_TRUE(std::isnan(map.at(1, 1)));
  EXPECT_EQ(map.at(1, 0), HealthMap::kMissing);
  EXPECT_EQ(map.at(1, 3), 6.0f);
}

TEST_F(ReportTest, AResumedRunReplacesTheStepsThatItRepeats) {
  const RunLog log = log_of(run_lines(6, "stream_rms", falling, [](int step) { return Pair{step + 0.0}; }) + run_lines(0, "", falling, falling) +
                            "{\"step\":4,\"loss\":9}\n{\"step\":5,\"loss\":8}\n");
  EXPECT_EQ(log.scalar("loss").steps, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(log.scalar("loss").values.back(), 8);
  EXPECT_EQ(log.health[0].steps, (std::vector<int64_t>{1, 2, 3}));
}

TEST_F(ReportTest, LongHealthIsThinnedToItsExtremes) {
  const auto lines = [](const char* quantity, double odd) {
    return run_lines(3000, quantity, falling, [odd](int step) { return Pair{step == 1777 ? odd : 1.0}; });
  };
  for (const auto& [quantity, odd] : {std::pair("grad_norm", 50.0), std::pair("attn_entropy", 0.01)}) {
    const HealthMap map = log_of(lines(quantity, odd)).health.at(0);
    EXPECT_LE(map.steps.size(), 240u);
    EXPECT_GE(map.steps.size(), 100u);
    for (size_t i = 2; i < map.steps.size(); ++i) ASSERT_EQ(map.steps[i] - map.steps[i - 1], map.steps[1] - map.steps[0]) << i;
    EXPECT_EQ(std::count(map.values.begin(), map.values.end(), static_cast<float>(odd)), 1) << quantity;
    const auto column = static_cast<size_t>(std::find(map.values.begin(), map.values.end(), static_cast<float>(odd)) - map.values.begin());
    EXPECT_LE(map.steps[column], 1777);
    EXPECT_GT(map.steps[column + 1], 1777);
  }
}

TEST(Thinned, KeepsEndsAndExtremes) {
  Series series;
  Rng rng(1, "series");
  for (int i = 0; i < 20000; ++i) {
    series.steps.push_back(i);
    series.values.push_back(i == 12345 ? 9.0 : i == 777 ? -9.0 : i == 5 ? NAN : rng.uniform());
  }
  const std::vector<size_t> kept = thinned(series, 2000);
  EXPECT_LE(kept.size(), 2002u);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(kept.front(), 0u);
  EXPECT_EQ(kept.back(), 19999u);
  for (const size_t extreme : {size_t{12345}, size_t{777}}) EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), extreme));
  EXPECT_EQ(thinned(series, 30000).size(), 20000u);
}

TEST_F(ReportTest, NamesTheLayerThatGrew) {
  const auto growing = [](int step) { return Pair{2.0, step <= 50 ? 2.0 : 2.0 * (1 + (step - 50) * 0.5)}; };
  const std::string said = all_readings(log_of(run_lines(100, "attn_max_logit", falling, growing)));
  EXPECT_SAYS(said, "In layer 1, the largest attention logit grew 26x between step");
  EXPECT_SAYS(said, "and step 100 (from 2 to 52)");
  EXPECT_EQ(said.find("layer 0"), std::string::npos);
  EXPECT_EQ(said.find("No layer stands out"), std::string::npos);
}

TEST_F(ReportTest, ASingleOddMeasurementIsNoGrowth) {
  const auto odd = [](int step) { return Pair{step == 60 ? 500.0 : 2.0}; };
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "attn_max_logit", falling, odd))), "No layer stands out");
}

TEST_F(ReportTest, NamesCollapsedIdleAndUnevenLayers) {
  const auto collapsing = [](int step) { return Pair{2.5, step < 60 ? 2.5 : 0.02}; };
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "attn_entropy", falling, collapsing))), "Attention collapsed onto single tokens in layer 1");
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "ffn_ratio", falling,
                                            [](int) {
                                              return Pair{1e-4, 0.3};
                                            }))),
              "In layer 0, the feed-forward part adds less than 1 %");
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "grad_norm", falling,
                                            [](int) {
                                              return Pair{500, 0.5};
                                            }))),
              "layer 0 gets 1,000x the gradient of layer 1");
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "update_ratio", falling, [](int) { return Pair{0.4, 1e-9}; }))), "at the end in layer 0");
  EXPECT_SAYS(all_readings(log_of(run_lines(100, "update_ratio", falling, [](int) { return Pair{1e-3, 1e-9}; }))), "hardly move in layer 1");
}

TEST_F(ReportTest, NamesTheFirstNonFiniteValue) {
  const auto breaking = [](int step) { return step < 30 ? Json{1.0, 1.0} : Json{1.0, nullptr}; };
  const std::string said = all_readings(log_of(run_lines(
      40, "stream_max", [](int step) { return step < 33 ? Json(3.0) : Json(nullptr); }, breaking)));
  EXPECT_SAYS(said, "The loss was not finite at step 33.");
  EXPECT_SAYS(said, "stream_max of layer 1, at step 30");
}

TEST_F(ReportTest, SaysWhenValidationRises) {
  std::string lines;
  for (int step = 1; step <= 100; ++step) {
    Json line = {{"step", step}, {"loss", falling(step)}, {"tokens_per_s", step < 60 ? 1000 : 500}};
    if (step % 10 == 0) line["val_loss"] = 3 + std::abs(step - 40) * 0.01;
    lines += line.dump() + "\n";
  }
  const std::string said = all_readings(log_of(lines));
  EXPECT_SAYS(said, "Validation loss was lowest at step 40 (3) and has risen to 3.6");
  EXPECT_SAYS(said, "slowed down from 1,000 to 500");
  EXPECT_SAYS(said, "The training loss went from 10 to 2.08 in 100 steps");
}

TEST(ShortNumber, ReadsWell) {
  EXPECT_EQ(short_number(1234567), "1,234,567");
  EXPECT_EQ(short_number(-4560), "-4,560");
  EXPECT_EQ(short_number(123.4), "123");
  EXPECT_EQ(short_number(2.345678), "2.35");
  EXPECT_EQ(short_number(0.000012), "1.2e-05");
  EXPECT_EQ(short_number(NAN), "not a number");
}

std::vector<int> decoded(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<int> bytes, codes;
  for (size_t i = 0; i < base64.size(); i += 4) {
    uint32_t three = 0;
    for (size_t k = 0; k < 4; ++k) three = three << 6 | (base64[i + k] == '=' ? 0u : static_cast<uint32_t>(digits.find(base64[i + k])));
    for (int k = 2; k >= 0; --k) bytes.push_back(static_cast<int>(three >> (8 * k) & 255));
  }
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) codes.push_back(bytes[i] | bytes[i + 1] << 8);
  return codes;
}

TEST(HeatMaps, CellsComeBackFromTheirCodes) {
  RunLog log;
  log.health.push_back({"grad_norm", {"layer 0", "layer 1"}, {1, 2, 3}, {0.01f, 0.1f, 1.0f, 100.0f, NAN, HealthMap::kMissing}});
  const Json map = heat_maps_of(log).at(0);
  EXPECT_TRUE(map["log"].get<bool>());
  const std::vector<int> codes = decoded(map["cells"]);
  ASSERT_GE(codes.size(), 6u);
  const double low = std::log(map["low"].get<double>()), high = std::log(map["high"].get<double>());
  for (size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(std::exp(low + (high - low) * codes[i] / 65000), log.health[0].values[i], 2e-4 * log.health[0].values[i]);
  EXPECT_EQ(codes[4], 65534);
  EXPECT_EQ(codes[5], 65535);
}

TEST_F(ReportTest, ThePageIsOneFileThatShowsTheRun) {
  write("log.jsonl", "{\"run\":{\"parameters\":124439808,\"model\":\"gpt2\"}}\n" + run_lines(40, "stream_rms", falling, [](int) {
                       return Pair{1, 2};
                     }) + "{\"event\":\"save\",\"step\":40,\"what\":\"step-00000040\"}\n");
  write("samples.jsonl", "{\"step\":20,\"prompt\":\"Once\",\"text\":\" </script><b>upon\"}\nnot json\n{\"step\":40,\"text\":\"a \\u00e9\"}\n");
  write("config.yaml", "model: {preset: gpt2}\nbad: \xFF\n");
  const Json data = page_data();
  EXPECT_EQ(data["title"], folder_.filename().string());
  EXPECT_EQ(data["headline"][1]["value"], "124 M");
  EXPECT_EQ(data["charts"][0]["id"], "loss");
  EXPECT_EQ(data["charts"][0]["x"].size(), 40u);
  EXPECT_EQ(data["health"][0]["rows"], (Json{"layer 0", "layer 1"}));
  EXPECT_EQ(data["samples"].size(), 2u);
  EXPECT_EQ(data["samples"][0]["text"], " </script><b>upon");
  EXPECT_EQ(data["events"][0]["what"], "step-00000040");
  EXPECT_SAYS(data["config"].get<std::string>(), "preset: gpt2");

  const std::string page = read_file(folder_ / "report.html");
  for (const char* place : {"{{title}}", "{{style}}", "{{script}}", "{{data}}", "{{chart_style}}", "{{chart_library}}"})
    EXPECT_EQ(page.find(place), std::string::npos) << place;
  for (const char* outside : {" src=", "href=\"http", "url(http", "@import", "sourceMappingURL"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  EXPECT_SAYS(page, "Dygraph");
  EXPECT_SAYS(page, "class HeatMap");
}

TEST_F(ReportTest, LongAndDeepRunsStaySmall) {
  std::string lines, layers = "1.5";
  for (int i = 1; i < 1000; ++i) layers += cat(",", 1.5 + i % 7);
  for (int step = 1; step <= 20000; ++step)
    lines += cat("{\"step\":", step, ",\"loss\":", falling(step), ",\"lr\":0.000123456789,\"grad_norm\":1.23456789}\n");
  for (int step = 20001; step <= 20060; ++step) {
    lines += cat("{\"step\":", step, ",\"loss\":2,\"health\":{\"layers\":{");
    for (int q = 0; q < 8; ++q) lines += cat(q ? "," : "", "\"q", q, "\":[", layers, "]");
    lines += "}}}\n";
  }
  write("log.jsonl", lines);
  const Json data = page_data();
  for (const Json& chart : data["charts"]) EXPECT_LE(chart["x"].size(), 2004u) << chart["id"];
  EXPECT_EQ(data["health"].size(), 8u);
  EXPECT_LT(fs::file_size(folder_ / "report.html"), 3'000'000u);
}

TEST_F(ReportTest, RefusesWhatIsNoRun) {
  EXPECT_THROW(write_report(folder_), Error);
  write("log.jsonl", "{\"run\":{}}\n");
  EXPECT_THROW(write_report(folder_), Error);
  write("log.jsonl", "{\"step\":1,\"loss\":2.5}\n");
  write_report(folder_);
  EXPECT_TRUE(fs::exists(folder_ / "report.html"));
}

}  // namespace
}  // namespace gimbal
