// Adapters: which maps have a path, PEFT's names and order on disk, merged and apart, and what is refused.
#include "models/lora.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "models/adapter.h"
#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

class AdapterTest : public ::testing::Test {
 protected:
  AdapterTest() : folder_(fs::temp_directory_path() / cat("gimbal-lora-test-", getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(base());
    fs::create_directories(adapter());
  }
  ~AdapterTest() override { fs::remove_all(folder_); }

  fs::path base() const { return folder_ / "base"; }
  fs::path adapter() const { return folder_ / "adapter"; }

  /// A model with paths that say something, saved as base and adapter.
  std::unique_ptr<Model> adapted(const Architecture& a, const LoraConfig& config, Device device = Device::kCpu) const {
    auto model = std::make_unique<Model>(a);
    add_lora(*model, config);
    model->parameters().allocate(device, device == Device::kReference ? DType::kF64 : DType::kF32);
    model->parameters().initialize(5);
    disturb(*model, 5);
    save_model(*model, base());
    save_adapter(*model, config, "../base", adapter());
    return model;
  }
  void set_in_config(const char* key, const Json& value) const {
    Json config = parse_json(read_text_file(adapter() / "adapter_config.json"), "adapter_config.json");
    config[key] = value;
    write_file(adapter() / "adapter_config.json", config.dump());
  }
  std::string refusal() const {
    try {
      load_model(adapter());
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }

  fs::path folder_;
};

std::vector<double> answers(Model& model) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const TokenRows rows = tiny_rows_for_all(model.architecture(), model.device());
  std::vector<double> all;
  for (const auto& [name, answer] : model.head().answers(tape, model.hidden(tape, rows, {}), rows))
    for (const double value : answer.value.to_doubles()) all.push_back(value);
  return all;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

constexpr const char* kFamilies[] = {"bert", "llama", "t5", "gpt1", "gpt2", "bloom", "glm", "glm4", "transformer"};

TEST_F(AdapterTest, MergedAndApartGiveTheSameAnswers) {
  for (const char* family : kFamilies) {
    const Architecture a = tiny_of_family(family);
    const auto apart = adapted(a, {.rank = 2, .alpha = 6});
    const std::vector<double> with = answers(*apart), merged = answers(*load_model(adapter()));
    EXPECT_LT(largest_difference(with, merged), 2e-5) << family;
    EXPECT_GT(largest_difference(with, answers(*load_model(base()))), 1e-2) << family << ": the adapter says nothing";
  }
}

// What PEFT computes, stated in terms of the files alone: W' = W + alpha / r B A, transposed where the base's file is.
TEST_F(AdapterTest, IsTheProductOfItsFilesMatrices) {
  for (const char* family : kFamilies) {
    const Architecture a = tiny_of_family(family);
    const auto apart = adapted(a, {.rank = 2, .alpha = 6});
    const auto weights = SafetensorsFile::open(base() / "model.safetensors"),
               learned = SafetensorsFile::open(adapter() / "adapter_model.safetensors");
    std::map<std::string, Tensor> merged;
    size_t maps = 0;
    for (const std::string& name : weights.names()) {
      merged[name] = weights.read(name);
      const std::string module = "base_model.model." + name.substr(0, name.rfind('.'));
      if (!name.ends_with(".weight") || !learned.contains(module + ".lora_A.weight")) continue;
      const Tensor down = learned.read(module + ".lora_A.weight"), up = learned.read(module + ".lora_B.weight");
      const bool transposed = a.family == "gpt1" || a.family == "gpt2";
      ASSERT_EQ(merged[name].size(transposed ? 1 : 0), up.size(0)) << name;
      ASSERT_EQ(merged[name].size(transposed ? 0 : 1), down.size(1)) << name;
      for (int64_t o = 0; o < up.size(0); ++o)
        for (int64_t i = 0; i < down.size(1); ++i) {
          double product = 0;
          for (int64_t r = 0; r < 2; ++r) product += up.at(o * 2 + r) * down.at(r * down.size(1) + i);
          merged[name].data<float>()[transposed ? i * up.size(0) + o : o * down.size(1) + i] += static_cast<float>(6.0 / 2 * product);
        }
      ++maps;
    }
    EXPECT_GE(maps, 8u) << family;
    write_safetensors(base() / "model.safetensors", merged, {{"format", "pt"}});
    EXPECT_LT(largest_difference(answers(*apart), answers(*load_model(base()))), 2e-5) << family;
  }
}

TEST_F(AdapterTest, NamesAreThoseOfPeft) {
  Architecture a = tiny_of_family("bert");
  a.layers = 1;
  a.head = "classify";
  a.labels = {"no", "yes", "perhaps"};
  adapted(a, {.rank = 4, .targets = {"query", "value"}});
  const auto file = SafetensorsFile::open(adapter() / "adapter_model.safetensors");
  const std::string self = "base_model.model.bert.encoder.layer.0.attention.self.";
  const std::vector<std::string> wanted = {self + "query.lora_A.weight",
                                           self + "query.lora_B.weight",
                                           self + "value.lora_A.weight",
                                           self + "value.lora_B.weight",
                                           "base_model.model.bert.pooler.dense.bias",
                                           "base_model.model.bert.pooler.dense.weight",
                                           "base_model.model.classifier.bias",
                                           "base_model.model.classifier.weight"};
  EXPECT_EQ(file.names(), wanted);
  EXPECT_EQ(file.at(self + "query.lora_A.weight").sizes, (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(file.at(self + "query.lora_B.weight").sizes, (std::vector<int64_t>{8, 4}));
  const Json config = parse_json(read_text_file(adapter() / "adapter_config.json"), "adapter_config.json");
  EXPECT_EQ(config["peft_type"], "LORA");
  EXPECT_EQ(config["task_type"], "SEQ_CLS");
  EXPECT_EQ(config["r"], 4);
  EXPECT_EQ(config["target_modules"], Json({"query", "value"}));
  EXPECT_EQ(config["modules_to_save"], Json({"bert.pooler.dense", "classifier"}));
  EXPECT_EQ(config["fan_in_fan_out"], false);
}

TEST_F(AdapterTest, TargetsThatAnotherMapEndsWithAreWrittenOut) {
  // "dense" would take the pooler and both of a layer's output maps; "output.dense" would take the attention's too.
  adapted(tiny_of_family("bert"), {.rank = 1, .targets = {"ffn"}});
  const Json config = parse_json(read_text_file(adapter() / "adapter_config.json"), "adapter_config.json");
  EXPECT_EQ(config["target_modules"], Json({"bert.encoder.layer.0.intermediate.dense", "bert.encoder.layer.0.output.dense",
                                            "bert.encoder.layer.1.intermediate.dense", "bert.encoder.layer.1.output.dense"}));
  adapted(tiny_of_family("gpt2"), {.rank = 1, .targets = {"c_attn"}});
  const Json fused = parse_json(read_text_file(adapter() / "adapter_config.json"), "adapter_config.json");
  EXPECT_EQ(fused["target_modules"], Json({"c_attn"}));
  EXPECT_EQ(fused["fan_in_fan_out"], true);
  EXPECT_EQ(SafetensorsFile::open(adapter() / "adapter_model.safetensors").at("base_model.model.transformer.h.0.attn.c_attn.lora_B.weight").sizes,
            (std::vector<int64_t>{24, 1}));
}

// As PEFT writes it: no config.json, the task's head in the file, another class around the base ("encoder…" instead of "bert.encoder…").
TEST_F(AdapterTest, WithoutAConfigOfItsOwnTheTaskChoosesTheHead) {
  Architecture a = tiny_of_family("bert");
  a.head = "classify";
  a.labels = {"LABEL_0", "LABEL_1", "LABEL_2"};
  const auto apart = adapted(a, {.rank = 2});
  fs::remove(adapter() / "config.json");
  a.head = "pretraining", a.labels.clear();
  write_file(base() / "config.json", write_config(a).dump());
  const auto file = SafetensorsFile::open(adapter() / "adapter_model.safetensors");
  std::map<std::string, Tensor> renamed;
  for (std::string name : file.names()) {
    const Tensor tensor = file.read(name);
    if (const size_t at = name.find("bert."); at != std::string::npos) name.erase(at, 5);
    renamed[name] = tensor;
  }
  write_safetensors(adapter() / "adapter_model.safetensors", renamed, {});
  const auto loaded = load_model(adapter());
  EXPECT_EQ(loaded->architecture().head, "classify");
  EXPECT_EQ(loaded->architecture().labels.size(), 3u);
  EXPECT_LT(largest_difference(answers(*apart), answers(*loaded)), 2e-5);
}

TEST_F(AdapterTest, ReadBackApartIsTheSameBits) {
  for (const char* family : {"llama", "bloom"}) {
    const LoraConfig config{.rank = 2, .alpha = 6};
    const Architecture a = tiny_of_family(family);
    const auto model = adapted(a, config);
    Model again(a);
    add_lora(again, config);
    again.parameters().allocate(Device::kCpu, DType::kF32);
    load_directory(again, adapter(), NewParameters::kNone, AdapterUse::kApart);
    EXPECT_EQ(answers(again), answers(*model)) << family;
  }
}

TEST_F(AdapterTest, OneAdapterMayStandOnAnother) {
  const Architecture a = tiny_of_family("gpt2");
  const auto model = adapted(a, {.rank = 2, .targets = {"attention"}});
  const fs::path second = folder_ / "second";
  fs::create_directories(second);
  for (const char* file : {"adapter_config.json", "adapter_model.safetensors", "config.json"}) fs::copy_file(adapter() / file, second / file);
  Json config = parse_json(read_text_file(second / "adapter_config.json"), "adapter_config.json");
  config["base_model_name_or_path"] = "../adapter";
  write_file(second / "adapter_config.json", config.dump());
  for (Parameter& p : model->parameters().all())  // the same step twice
    for (LowRank& path : p.low_rank) path.scale *= 2;
  EXPECT_LT(largest_difference(answers(*model), answers(*load_model(second))), 2e-5);
}

TEST_F(AdapterTest, RefusesWhatItCannotDo) {
  const auto asked = [](const char* family, const LoraConfig& config) -> std::string {
    Model model(tiny_of_family(family));
    try {
      add_lora(model, config);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_NE(asked("llama", {.rank = 2, .targets = {"q_prj"}}).find("did you mean 'q_proj'?"), std::string::npos);
  EXPECT_NE(asked("llama", {.rank = 2, .alpha = 0}).find("lora.alpha"), std::string::npos);
  EXPECT_NE(asked("llama", {.rank = 2, .dropout = 1}).find("lora.dropout"), std::string::npos);

  adapted(tiny_of_family("llama"), {.rank = 2});
  set_in_config("use_dora", true);
  EXPECT_NE(refusal().find("use_dora"), std::string::npos);
  set_in_config("use_dora", false);
  set_in_config("base_model_name_or_path", "nowhere");
  EXPECT_NE(refusal().find("'nowhere', which is no directory here"), std::string::npos);

  Architecture a = tiny_of_family("llama");
  a.layers = 1;
  adapted(tiny_of_family("llama"), {.rank = 2});
  write_file(adapter() / "config.json", write_config(a).dump());
  EXPECT_NE(refusal().find("for which this model has no place"), std::string::npos);

  Architecture grown = tiny_of_family("llama");
  grown.vocab += 2;
  adapted(tiny_of_family("llama"), {.rank = 2});
  write_file(adapter() / "config.json", write_config(grown).dump());
  EXPECT_NE(refusal().find("neither of them holds "), std::string::npos);
  EXPECT_NE(refusal().find("model.embed_tokens.weight"), std::string::npos);
}

TEST(Lora, BeginsAsTheModelThatItIsLaidBeside) {
  const Architecture a = tiny_of_family("gpt2");
  Model plain(a), with(a);
  add_lora(with, {.rank = 4});
  for (Model* model : {&plain, &with}) {
    model->parameters().allocate(Device::kCpu, DType::kF32);
    model->parameters().initialize(1);
  }
  EXPECT_EQ(answers(with), answers(plain));
  for (const Parameter& p : with.parameters().all()) {
    if (!p.name.ends_with("lora_A")) continue;
    double largest = 0;
    for (const double value : p.value.to_doubles()) largest = std::max(largest, std::abs(value));
    const double bound = 1 / std::sqrt(static_cast<double>(p.shape[1]));
    EXPECT_LT(largest, bound) << p.name;
    EXPECT_GT(largest, 0.8 * bound) << p.name;
  }
}

TEST(Lora, GroupsNameTheirBranches) {
  const auto paths = [](const std::vector<std::string>& targets) {
    Model model(tiny_of_family("t5"));  // three encoder layers, two decoder layers
    add_lora(model, {.rank = 1, .targets = targets});
    int64_t count = 0;
    for (const Parameter& p : model.parameters().all()) count += static_cast<int64_t>(p.low_rank.size());
    return count;
  };
  EXPECT_EQ(paths({"attention"}), 4 * (3 + 2 + 2));
  EXPECT_EQ(paths({"ffn"}), 2 * (3 + 2));
  EXPECT_EQ(paths({"all"}), paths({"attention"}) + paths({"ffn"}));
  EXPECT_EQ(paths({"q", "v"}), 2 * (3 + 2 + 2));
  EXPECT_EQ(paths({"q", "attention"}), paths({"attention"}));  // none twice
  EXPECT_EQ(paths({"EncDecAttention.q"}), 2);
}

// A frozen map needs its weight for its input's gradient and its input for nothing; a path's small product makes the input again where a norm or an
// activation made it.
TEST(Lora, FrozenMapsDoNotKeepWhatCanBeMadeAgain) {
  Parameters parameters;
  const auto matrix = [&](const char* name, int64_t rows, int64_t columns) {
    return &parameters.make(name, Shape{rows, columns}, {{rows, InitPart::Kind::kNormal, 0.5}}, Decay::kYes);
  };
  Parameter &gain = parameters.make_constant("gain", Shape{8}, 1), &weight = *matrix("w", 6, 8), *down = matrix("down", 2, 8),
            *up = matrix("up", 6, 2);
  const auto allocated = [&] {
    parameters.allocate(Device::kCpu, DType::kF32);
    parameters.initialize(3);
  };
  allocated();
  const Tensor rows = Tensor::from<double>(std::vector<double>{1, -2, 3, 0.5, -0.25, 2, -1, 4, -3, 1, 0, 2, 0.125, -2, 5, 1}, Shape{2, 8})
                          .to(DType::kF32, Device::kCpu);

  struct Kept {
    bool input;  // by the tape, behind the product
    std::vector<double> dx, ddown;
  };
  const auto passed = [&](bool norm, bool can_be_made_again) {
    parameters.clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    const Var x = tape.input(rows.clone());
    Var made = norm ? ops::row_norm(tape, {}, x, &gain, nullptr, DType::kF32) : ops::activation(tape, {ops::Act::kGeluTanh, false}, x);
    if (!can_be_made_again) made.again = nullptr;
    const Var y = ops::linear(tape, made, weight, nullptr);
    Kept kept{!made.value.unique(), {}, {}};
    tape.backward(y, Tensor::from<double>(std::vector<double>{1, 2, -1, 0.5, 3, -2, 0, 1, 4, -1, 2, 1}, Shape{2, 6}).to(DType::kF32, Device::kCpu));
    kept.dx = tape.gradient(x).to_doubles();
    if (!weight.low_rank.empty()) kept.ddown = down->grad.to_doubles();
    return kept;
  };
  for (const bool norm : {false, true}) {
    weight.low_rank.clear();
    weight.trainable = gain.trainable = true;
    EXPECT_TRUE(passed(norm, true).input) << "a gradient of the weight needs it";
    weight.trainable = gain.trainable = false;
    EXPECT_FALSE(passed(norm, true).input);
    EXPECT_FALSE(passed(norm, false).input);
    weight.low_rank = {{down, up, 0, 2.0, 0.0}};
    const Kept remade = passed(norm, true), held = passed(norm, false);
    EXPECT_FALSE(remade.input);
    EXPECT_TRUE(held.input);
    EXPECT_EQ(remade.dx, held.dx);
    EXPECT_EQ(remade.ddown, held.ddown);
  }
}

}  // namespace
}  // namespace gimbal::testing
