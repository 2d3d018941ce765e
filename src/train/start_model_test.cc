// Runs with LoRA and with frozen layers: what changes, what checkpoints hold, and that stopping and resuming changes no bit.
#include "train/start_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/rng.h"
#include "models/adapter.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

class StartModel : public ::testing::Test {
 protected:
  StartModel() : folder_(fs::temp_directory_path() / cat("gimbal-start-model-test-", getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::string text;
    Rng random(1, "text");
    for (int i = 0; i < 400; ++i) text += random.uniform() < 0.5 ? "the cat sat. " : "a dog ran home. ";
    write_file(folder_ / "text.txt", text);
  }
  ~StartModel() override { fs::remove_all(folder_); }

  RunConfig config(const std::string& model) const {
    RunConfig c;
    c.model = {{"preset", model}};
    if (!fs::is_directory(model)) c.model.update(Json{{"layers", 2}, {"width", 16}, {"heads", 2}, {"context", 16}, {"dropout", 0.1}});
    c.data.paths = {(folder_ / "text.txt").string()};
    c.tokenizer.kind = "byte";
    c.batch.sequences = 4;
    c.batch.context = 16;
    c.train.steps = 6;
    c.save.every = 3;
    c.save.keep = 0;
    c.evaluate.every = 0;
    c.optimizer.lr = 0.01;
    return c;
  }
  RunOutcome run(const RunConfig& c, const char* name, std::optional<fs::path> resume = std::nullopt) const {
    RunRequest request;
    request.out = folder_ / name;
    request.resume = std::move(resume);
    return pretrain(c, request);
  }
  std::string tensors(const char* name, const char* file) const { return read_file(folder_ / name / "last" / file); }
  static std::map<std::string, std::vector<double>> values_in(const fs::path& directory) {
    const auto model = load_model(directory);
    std::map<std::string, std::vector<double>> values;
    for (const Parameter& p : model->parameters().all()) values[p.name] = p.value.to_doubles();
    return values;
  }

  fs::path folder_;
};

TEST_F(StartModel, ALoraRunKeepsItsAdapterAndResumesBitForBit) {
  RunConfig c = config("gpt2");
  c.lora = {.rank = 2, .alpha = 4, .dropout = 0.1, .targets = {"all"}};
  run(c, "whole");
  const fs::path step = folder_ / "whole" / "step-00000006";
  EXPECT_TRUE(is_adapter(step));
  EXPECT_FALSE(fs::exists(step / "model.safetensors"));
  EXPECT_EQ(fs::canonical(base_of_adapter(step)), fs::canonical(folder_ / "whole" / "base"));
  EXPECT_TRUE(fs::exists(step / "tokenizer.json"));

  run(c, "resumed");
  run(c, "resumed", folder_ / "resumed" / "step-00000003");
  EXPECT_EQ(tensors("resumed", "adapter_model.safetensors"), tensors("whole", "adapter_model.safetensors"));
  EXPECT_NE(read_file(folder_ / "whole" / "step-00000003" / "adapter_model.safetensors"), tensors("whole", "adapter_model.safetensors"));

  // The base has not moved, and the adapter says something.
  const auto base = values_in(folder_ / "whole" / "base"), merged = values_in(step);
  EXPECT_EQ(base.at("embed.tokens"), merged.at("embed.tokens"));
  EXPECT_EQ(base.at("block.0.attn.before.gain"), merged.at("block.0.attn.before.gain"));
  EXPECT_NE(base.at("block.0.attn.qkv.weight"), merged.at("block.0.attn.qkv.weight"));

  // And a run may go on from the adapter as from any model.
  RunConfig next = config((folder_ / "whole" / "last").string());
  next.train.steps = 1;
  next.optimizer.lr = 0;
  run(next, "next");
  EXPECT_EQ(values_in(folder_ / "next" / "last"), merged);
}

TEST_F(StartModel, FrozenPartsStay) {
  RunConfig c = config("gpt2");
  c.train.steps = 1;
  run(c, "start");
  RunConfig frozen = config((folder_ / "start" / "last").string());
  frozen.train.frozen_layers = 1;
  frozen.train.freeze_embeddings = true;
  run(frozen, "frozen");
  const auto before = values_in(folder_ / "start" / "last"), after = values_in(folder_ / "frozen" / "last");
  for (const auto& [name, values] : before) {
    const bool stays = name.starts_with("embed.") || name.starts_with("block.0.");
    EXPECT_EQ(after.at(name) == values, stays) << name;
  }
}

TEST_F(StartModel, RefusesToLearnNothing) {
  RunConfig c = config("gpt2");
  c.train.frozen_layers = 3;
  EXPECT_THROW(run(c, "more"), Error);
  Architecture a;
  a.vocab = 5;
  Model model(a);
  for (Parameter& p : model.parameters().all()) p.trainable = false;
  EXPECT_THROW(choose_trained(model, RunConfig()), Error);
}

}  // namespace
}  // namespace gimbal
