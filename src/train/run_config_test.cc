// What a run file may not say is refused before anything is computed or written.
#include "train/run_config.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "layers/design.h"

namespace gimbal {
namespace {

std::string refusal_of(const char* yaml) {
  try {
    check(choose_architecture(read_run_config(parse_yaml(yaml, "the test")), 300));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(RunConfigRefusals, NumbersThatMakeNoSense) {
  EXPECT_EQ(refusal_of("{}"), "");
  for (const char* yaml : {"optimizer: {lr: -1}",
                           "optimizer: {lr: nan}",
                           "optimizer: {kind: foo}",
                           "schedule: {kind: foo}",
                           "schedule: {warmup_steps: -5}",
                           "schedule: {min_lr: -1}",
                           "optimizer: {lr: 1e-3}\nschedule: {min_lr: 2e-3}",
                           "train: {clip: nan}",
                           "train: {seconds: inf}",
                           "train: {seconds: -1}",
                           "train: {z_loss: -1}",
                           "train: {seed: -1}",
                           "task: {epochs: 1e300}",
                           "task: {stride: -1}",
                           "evaluate: {every: -1}",
                           "save: {keep: -2}",
                           "samples: {temperature: -1}",
                           "distill: {weight: nan}",
                           "batch: {sequences: 9e15}",
                           "batch: {context: -4}",
                           "model: {head_width: 0}",
                           "model: {head_width: -3}",
                           "model: {dropout: nan}",
                           "model: {layers: 9e15}",
                           "model: {width: 1G}",
                           "model: {init: {std: -1}}",
                           "model: {post_share: nan}",
                           "model: {positions: {theta: 0}}"})
    EXPECT_NE(refusal_of(yaml), "") << yaml;
}

TEST(RunConfigRefusals, ValuesOfAnotherType) {
  for (const char* yaml : {"model:", "model: 5", "model: [a, b]", "model: {preset: [a]}", "model: {preset: null}", "model: {layers: many}",
                           "model: {layrs: 3}", "norm: 5", "distill: {texts: abc}"})
    EXPECT_NE(refusal_of(yaml), "") << yaml;
  EXPECT_NE(refusal_of("modle: gpt2").find("did you mean 'model'"), std::string::npos) << refusal_of("modle: gpt2");
}

TEST(RunConfigRefusals, NestingThatNeverEnds) {
  EXPECT_NE(refusal_of("a: &a [*a]").find("512 levels"), std::string::npos);
  const std::string deep(100000, '[');
  EXPECT_THROW(parse_json(deep + std::string(100000, ']'), "the test"), Error);
  EXPECT_TRUE(parse_json_or_discard(deep).is_discarded());
  EXPECT_EQ(parse_json(R"({"a": "[[\"[["})", "the test").at("a"), "[[\"[[");
}

TEST(NewDirectories, NothingThatIsThereIsLost) {
  const fs::path folder =
      fs::temp_directory_path() / cat("gimbal-run-config-test-", ::testing::UnitTest::GetInstance()->random_seed(), "-", ::getpid());
  fs::create_directories(folder / "full" / "photos");
  fs::create_directories(folder / "empty");
  write_file(folder / "file", "x");
  EXPECT_NO_THROW(check_new_directory(folder / "none"));
  EXPECT_NO_THROW(check_new_directory(folder / "empty"));
  EXPECT_THROW(check_new_directory(folder / "full"), Error);
  EXPECT_THROW(check_new_directory(folder / "file"), Error);
  write_directory(folder / "slash" / "", [](const fs::path& directory) { write_file(directory / "a", "1"); });
  EXPECT_EQ(read_file(folder / "slash" / "a"), "1");
  EXPECT_THROW(write_directory(folder / "file" / "in", [](const fs::path&) {}), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 4);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gimbal
