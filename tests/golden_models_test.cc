// Tiny models of every family against PyTorch and transformers: hidden states, logits, loss, every gradient; and weights through the disk and back.
#include <set>

#include "core/threads.h"
#include "golden.h"
#include "models/weights.h"

namespace gimbal::testing {
namespace {

constexpr const char* kFolders[] = {
    "gpt1_lm", "gpt2_lm", "gpt2_scaled_inverse_layer", "llama_gqa_llama3rope", "llama_mha_tied_bias", "llama_linear_rope", "llama_headdim24_mqa",
    "bloom"};

// The inputs of a folder without their padding.
struct Golden {
  explicit Golden(const std::string& name)
      : folder(golden(name)), io(SafetensorsFile::open(folder / "io.safetensors")), expected(golden_json(name + "/expected.json")) {
    const Tensor in = io.read("in.input_ids"), mask = io.read("in.attention_mask"), labels = io.read("in.labels");
    padded = in.size(1);
    for (int64_t b = 0; b < in.size(0); ++b) {
      auto& sequence = ids.emplace_back();
      auto& wanted = targets.emplace_back();
      for (int64_t t = 0; t < padded && mask.at(b * padded + t) != 0; ++t) {
        sequence.push_back(static_cast<int32_t>(in.at(b * padded + t)));
        real.push_back(b * padded + t);
        // transformers shifts labels inside: row t is asked for the label at t + 1.
        wanted.push_back(t + 1 < padded ? static_cast<int32_t>(labels.at(b * padded + t + 1)) : -100);
        counted += wanted.back() >= 0;
      }
    }
  }

  // The real rows of a tensor [sequences, padded length, width].
  std::vector<double> rows(const std::string& name) const {
    const Tensor t = io.read(name);
    std::vector<double> values;
    for (const int64_t row : real)
      for (int64_t c = 0; c < t.cols(); ++c) values.push_back(t.at(row * t.cols() + c));
    return values;
  }

  // Error allowed for an output: 1e-5, or 20 times PyTorch's own f32 error where that is more.
  double allowed(const std::string& name) const {
    const double noise = expected["noise"].value(name, 0.0);
    return std::max(1e-5, 20 * noise / largest(io.read(name).to_doubles()));
  }

  std::string block(int64_t layer) const {
    for (const char* stack : {"hook.transformer.h.", "hook.model.layers."})
      if (io.contains(cat(stack, layer))) return cat(stack, layer);
    return cat("no output of block ", layer);
  }

  fs::path folder;
  SafetensorsFile io;
  Json expected;
  std::vector<std::vector<int32_t>> ids, targets;
  std::vector<int64_t> real;  // place of each row among the padded ones
  int64_t padded = 0, counted = 0;
};

TokenRows rows_of(const Golden& g, const Model& model) { return make_rows(g.ids, g.targets, model.architecture().context, model.device()); }

Tensor logits_of(Model& model, const TokenRows& rows, Flow flow = {}) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.logits(tape, model.hidden(tape, rows, std::move(flow))).value;
}

struct Form {
  const char* name;
  const char* config;
  Device device;
  double allowed;  // times the tolerance of outputs and gradients
};

// In double the engine is exact beside the golden values, which are f32: they show the f32 error of PyTorch and nothing more.
constexpr Form kForms[] = {
    {"cpu", "config.json", Device::kCpu, 1},
    {"cpu_legacy", "config_legacy.json", Device::kCpu, 1},
    {"reference", "config.json", Device::kReference, 0.2},
};

class GoldenModel : public ::testing::TestWithParam<std::tuple<const char*, Form>> {
 protected:
  // The folder's model, read through the form's configuration file.
  std::unique_ptr<Model> load(const Golden& g, const Form& form) {
    const fs::path at = folder_.path() / "model";
    fs::create_directories(at);
    fs::copy_file(g.folder / form.config, at / "config.json", fs::copy_options::overwrite_existing);
    fs::copy_file(g.folder / "model.safetensors", at / "model.safetensors", fs::copy_options::overwrite_existing);
    return load_model(at, form.device);
  }
  TemporaryFolder folder_;
};

TEST_P(GoldenModel, HiddenStatesLogitsLossAndEveryGradient) {
  const auto [name, form] = GetParam();
  const Golden g(name);
  const auto model = load(g, form);
  const TokenRows rows = rows_of(g, *model);

  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  std::vector<Tensor> hidden;
  Flow flow;
  flow.hidden = &hidden;
  const Var last = model->hidden(tape, rows, flow);
  ops::LossSums sums;
  const Var loss = model->loss(tape, last, rows, {}, 1.0 / static_cast<double>(g.counted), sums);
  tape.backward(loss);

  Comparison outputs("output");
  const auto compare = [&](const std::string& tensor, const Tensor& got) {
    outputs.expect(tensor, got.to_doubles(), g.rows(tensor), form.allowed * g.allowed(tensor));
  };
  ASSERT_EQ(static_cast<int64_t>(hidden.size()), model->architecture().layers + 1);
  compare("hf.hidden_states.0", hidden[0]);
  for (int64_t layer = 0; layer < model->architecture().layers; ++layer) compare(g.block(layer), hidden[static_cast<size_t>(layer) + 1]);
  for (const char* tensor : {"hook.transformer.ln_f", "hook.model.norm"})
    if (g.io.contains(tensor)) compare(tensor, last.value);
  compare("out.logits", logits_of(*model, rows));
  EXPECT_EQ(sums.weight, static_cast<double>(g.counted));
  const double mean = sums.loss / sums.weight, value = loss.value.at(0), wanted = g.expected["loss_f64"].get<double>();
  outputs.expect("loss", {&mean, 1}, {&wanted, 1}, 1e-5);
  outputs.expect("loss on the tape", {&value, 1}, {&wanted, 1}, 1e-5);

  Comparison gradients("gradient");
  for (const DiskTensor& entry : disk_layout(*model)) {
    ASSERT_TRUE(entry.parameter->grad_written) << entry.name;
    const Tensor want = g.io.read("grad." + entry.name);
    const Tensor got = to_disk(entry, entry.parameter->grad);
    EXPECT_EQ(got.shape(), want.shape()) << entry.name;
    gradients.expect("grad." + entry.name, got.to_doubles(), want.to_doubles(), form.allowed * 1e-4);
  }
  int known = 0;
  for (const std::string& tensor : g.io.names()) known += tensor.starts_with("grad.");
  EXPECT_EQ(gradients.count(), known);
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenModel, ::testing::Combine(::testing::ValuesIn(kFolders), ::testing::ValuesIn(kForms)),
                         [](const auto& info) { return cat(std::get<0>(info.param), "_", std::get<1>(info.param).name); });

class GoldenFolder : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenFolder, SavedAndReadBackIsTheSameModel) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  const TemporaryFolder folder;
  save_model(*model, folder.path());

  const auto original = SafetensorsFile::open(g.folder / "model.safetensors"), saved = SafetensorsFile::open(folder.path() / "model.safetensors");
  EXPECT_EQ(saved.names(), original.names());
  for (const std::string& tensor : original.names()) {
    EXPECT_EQ(saved.at(tensor).sizes, original.at(tensor).sizes) << tensor;
    EXPECT_EQ(saved.read(tensor).to_doubles(), original.read(tensor).to_doubles()) << tensor;
  }
  const Json config = parse_json(read_text_file(folder.path() / "config.json"), "config.json"), theirs = golden_json(cat(GetParam(), "/config.json"));
  EXPECT_FALSE(config.contains("gimbal"));  // a design of the family needs no block of ours
  for (const auto& [key, value] : config.items()) {
    if (!theirs.contains(key)) continue;
    EXPECT_EQ(nlohmann::json(value), nlohmann::json(theirs[key])) << key;  // whatever the order of keys
  }
  const auto again = load_model(folder.path());
  const TokenRows rows = rows_of(g, *model);
  EXPECT_EQ(logits_of(*again, rows).to_doubles(), logits_of(*model, rows).to_doubles());
}

// What a row computes depends on its own sequence up to itself: the bits are the same without its neighbours in the batch, without the rows behind
// it, and with any number of threads.
TEST_P(GoldenFolder, TheBitsOfARowAreItsOwn) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  const std::vector<double> together = logits_of(*model, rows_of(g, *model)).to_doubles();
  const auto alone = [&](std::vector<int32_t> sequence) {
    return logits_of(*model, make_rows({&sequence, 1}, {}, model->architecture().context, Device::kCpu)).to_doubles();
  };
  auto begin = together.begin();
  for (const auto& sequence : g.ids) {
    for (const size_t length : {sequence.size(), sequence.size() / 2, size_t{2}, size_t{1}}) {
      const std::vector<double> got = alone({sequence.begin(), sequence.begin() + static_cast<ptrdiff_t>(length)});
      EXPECT_TRUE(std::equal(got.begin(), got.end(), begin)) << length << " of " << sequence.size() << " rows";
    }
    begin += static_cast<ptrdiff_t>(sequence.size()) * model->architecture().vocab;
  }
  EXPECT_EQ(begin, together.end());

  const int threads = num_threads();
  for (const int n : {1, 3}) {
    set_num_threads(n);
    EXPECT_EQ(logits_of(*model, rows_of(g, *model)).to_doubles(), together) << n << " threads";
  }
  set_num_threads(threads);
}

// ||got - want|| / ||want||
double relative_distance(const std::vector<double>& got, const std::vector<double>& want) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    difference += (got[i] - want[i]) * (got[i] - want[i]);
    size += want[i] * want[i];
  }
  return std::sqrt(difference / size);
}

// bf16 keeps eight bits, so sums are off by some 2^-9 of their terms, and near a kink of ReLU a gradient takes the other side. Measured: 0.008 and
// 0.06.
TEST_P(GoldenFolder, ComputesInBf16) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  model->parameters().refresh_shadows();
  Flow flow;
  flow.compute = DType::kBF16;
  const TokenRows rows = rows_of(g, *model);
  const double logits = relative_distance(logits_of(*model, rows, flow).to_doubles(), g.rows("out.logits"));
  EXPECT_LT(logits, 0.02);

  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  ops::LossSums sums;
  const Var hidden = model->hidden(tape, rows, flow);
  tape.backward(model->loss(tape, hidden, rows, {}, 1.0 / static_cast<double>(g.counted), sums));
  double worst = 0;
  for (const DiskTensor& entry : disk_layout(*model)) {
    const Tensor want = g.io.read("grad." + entry.name);
    if (largest(want.to_doubles()) < 1e-6) continue;  // a key bias: exactly 0 in exact arithmetic
    const double gradient = relative_distance(to_disk(entry, entry.parameter->grad).to_doubles(), want.to_doubles());
    EXPECT_LT(gradient, 0.1) << entry.name;
    worst = std::max(worst, gradient);
  }
  RecordProperty("worst_bf16", cat("logits ", logits, ", gradients ", worst));
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenFolder, ::testing::ValuesIn(kFolders), [](const auto& info) { return std::string(info.param); });

// Every folder that holds a model is in the list above.
TEST(GoldenFolders, AllAreTested) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(GIMBAL_GOLDEN))
    if (fs::exists(entry.path() / "io.safetensors")) found.insert(entry.path().filename().string());
  EXPECT_EQ(found, std::set<std::string>(std::begin(kFolders), std::end(kFolders)));
}

// The measure can fail: a gradient that is off by one part in a thousand, or a loss whose labels are not shifted, is beyond the tolerance.
TEST(GoldenFolders, AWrongResultIsSeen) {
  const Golden g("gpt2_lm");
  std::vector<double> want = g.io.read("grad.transformer.h.0.ln_1.weight").to_doubles(), got = want;
  for (double& v : got) v *= 1.001;
  EXPECT_GT(error_of(got, want), 1e-4);
  got = want;
  got[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_GT(error_of(got, want), 1e-4);
  EXPECT_GT(error_of(std::span(want).first(3), want), 1e-4);

  Golden unshifted("gpt2_lm");
  for (size_t s = 0; s < unshifted.ids.size(); ++s) unshifted.targets[s] = unshifted.ids[s];
  const auto model = load_model(g.folder);
  const TokenRows rows = rows_of(unshifted, *model);
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  ops::LossSums sums;
  model->loss(tape, model->hidden(tape, rows, {}), rows, {}, 1, sums);
  EXPECT_GT(std::abs(sums.loss / sums.weight - g.expected["loss"].get<double>()), 1e-3);
}

}  // namespace
}  // namespace gimbal::testing
