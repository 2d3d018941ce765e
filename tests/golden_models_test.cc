// Tiny models of every family against PyTorch and transformers: hidden states, logits, loss, every gradient; and weights through the disk and back.
#include <set>

#include "core/threads.h"
#include "golden.h"
#include "models/weights.h"
#include "train/trainer.h"

namespace gimbal::testing {
namespace {

// Decoders are asked for more below: that a row's bits are its own, and bf16.
constexpr const char* kDecoders[] = {"gpt1_lm",
                                     "gpt2_lm",
                                     "gpt2_scaled_inverse_layer",
                                     "llama_gqa_llama3rope",
                                     "llama_mha_tied_bias",
                                     "llama_linear_rope",
                                     "llama_headdim24_mqa",
                                     "bloom",
                                     "glm",
                                     "glm4"};
constexpr const char* kFolders[] = {"gpt1_lm",
                                    "gpt2_lm",
                                    "gpt2_scaled_inverse_layer",
                                    "llama_gqa_llama3rope",
                                    "llama_mha_tied_bias",
                                    "llama_linear_rope",
                                    "llama_headdim24_mqa",
                                    "bloom",
                                    "glm",
                                    "glm4",
                                    "glm2022_block",
                                    "bert_pretraining",
                                    "bert_mlm_gelu_new",
                                    "bert_cls3",
                                    "bert_regression",
                                    "bert_qa",
                                    "bert_token",
                                    "gpt1_double_heads",
                                    "gpt2_double_heads",
                                    "t5_v10_relu",
                                    "t5_v11_gated_gelu"};

// The inputs of a folder without their padding, and where its rows stand among the padded ones.
class Golden {
 public:
  explicit Golden(const std::string& name)
      : folder(golden(name)), io(SafetensorsFile::open(folder / "io.safetensors")), expected(golden_json(name + "/expected.json")) {
    if (io.contains("in.sep")) {
      read_blanks();
    } else if (name.starts_with("t5")) {
      read_pairs();
    } else {
      read_sequences(name.starts_with("bert"));
    }
    for (size_t s = 0; s + 1 < batch.offsets.size(); ++s)
      ids.emplace_back(batch.ids.begin() + batch.offsets[s], batch.ids.begin() + batch.offsets[s + 1]);
    if (io.contains("in.next_sentence_label")) batch.labels = ints("in.next_sentence_label");
    if (io.contains("in.start_positions")) batch.span_begins = ints("in.start_positions"), batch.span_ends = ints("in.end_positions");
  }

  // The real rows of a tensor [sequences, padded length, width].
  std::vector<double> rows(const std::string& name) const {
    const Tensor t = io.read(name);
    const auto& real = name.find("encoder") != std::string::npos && batch.encoder ? encoder_real : row_places;
    const bool of_rows = t.shape().rank() > 2 || name == "out.start_logits" || name == "out.end_logits";
    if (!of_rows) return t.to_doubles();
    const int64_t columns = t.elements() / padded_rows(name);
    const std::vector<double> all = t.to_doubles();
    std::vector<double> values;
    for (const int64_t row : real)
      for (int64_t c = 0; c < columns; ++c) values.push_back(all[static_cast<size_t>(row * columns + c)]);
    return values;
  }

  // Error allowed for an output: 1e-5, or 20 times PyTorch's own f32 error where that is more.
  double allowed(const std::string& name) const {
    const double noise = expected.contains("noise") ? expected["noise"].value(name, 0.0) : 0.0;
    return std::max(1e-5, 20 * noise / largest(io.read(name).to_doubles()));
  }

  std::string block(const std::string& stack, int64_t layer) const {
    for (const char* pattern : {"hook.transformer.h.", "hook.model.layers.", "hook.bert.encoder.layer.", "hook.transformer.layers."})
      if (stack.empty() && io.contains(cat(pattern, layer))) return cat(pattern, layer);
    return cat("hook.", stack.empty() ? "decoder" : stack, ".block.", layer);
  }

  TokenRows token_rows(const Model& model) const { return rows_of(batch, model.device()); }

  fs::path folder;
  SafetensorsFile io;
  Json expected;
  TokenBatch batch;
  std::vector<std::vector<int32_t>> ids;
  std::vector<int64_t> row_places, encoder_real;

 private:
  std::vector<int32_t> ints(const std::string& name) const {
    const Tensor t = io.read(name);
    std::vector<int32_t> values;
    for (int64_t i = 0; i < t.elements(); ++i) values.push_back(static_cast<int32_t>(t.at(i)));
    return values;
  }

  int64_t padded_rows(const std::string& name) const {
    const bool encoder = name.find("encoder") != std::string::npos && batch.encoder && name.find("decoder") == std::string::npos;
    return encoder ? io.read("in.input_ids").elements() : batch.encoder ? io.read("in.labels").elements() : io.read("in.input_ids").elements();
  }

  // Decoders and encoders: [sequences, length], or [groups, choices, length].
  void read_sequences(bool encoder) {
    const Tensor in = io.read("in.input_ids"), mask = io.contains("in.attention_mask") ? io.read("in.attention_mask") : Tensor();
    const int64_t padded = in.size(in.shape().rank() - 1);
    const std::vector<int32_t> labels = io.contains("in.labels") ? ints("in.labels") : std::vector<int32_t>();
    const std::vector<int32_t> types = io.contains("in.token_type_ids") ? ints("in.token_type_ids") : std::vector<int32_t>();
    const bool per_token = static_cast<int64_t>(labels.size()) == in.elements();
    for (int64_t row = 0; row < in.elements(); row += padded) {
      Sequence s;
      for (int64_t t = 0; t < padded && (!mask || mask.at(row + t) != 0); ++t) {
        const auto i = static_cast<size_t>(row + t);
        s.ids.push_back(static_cast<int32_t>(in.at(row + t)));
        if (!types.empty()) s.types.push_back(types[i]);
        row_places.push_back(row + t);
        if (!per_token) continue;
        // transformers shifts a decoder's labels inside: row t is asked for the label at t + 1.
        s.targets.push_back(encoder ? labels[i] : t + 1 < padded ? labels[i + 1] : kIgnoredTarget);
      }
      batch.add(s);
    }
    if (in.shape().rank() == 3) batch.choices = in.size(1);
    if (per_token || labels.empty()) return;
    if (io.at("in.labels").stored_type == "F32") {  // a regression's
      batch.values = io.read("in.labels").to_doubles();
    } else {
      batch.labels = labels;
    }
  }

  // GLM's blanks: two rows of positions, a prefix that all see.
  void read_blanks() {
    const Tensor in = io.read("in.input_ids"), places = io.read("in.position_ids"), targets = io.read("in.targets"), mask = io.read("in.loss_mask");
    const std::vector<int32_t> prefixes = ints("in.sep");
    const int64_t padded = in.size(1);
    for (int64_t b = 0; b < in.size(0); ++b) {
      Sequence s;
      for (int64_t t = 0; t < padded; ++t) {
        const int64_t i = b * padded + t;
        s.ids.push_back(static_cast<int32_t>(in.at(i)));
        s.positions.push_back(static_cast<int32_t>(places.at(2 * b * padded + t)));
        s.block_positions.push_back(static_cast<int32_t>(places.at((2 * b + 1) * padded + t)));
        s.targets.push_back(mask.at(i) != 0 ? static_cast<int32_t>(targets.at(i)) : kIgnoredTarget);
        row_places.push_back(i);
      }
      s.prefix = prefixes[static_cast<size_t>(b)];
      batch.add(s);
    }
  }

  // T5: the decoder reads the labels moved one place to the right, behind its start token 0; ignored labels read as 0.
  void read_pairs() {
    const Tensor in = io.read("in.input_ids"), mask = io.read("in.attention_mask"), labels = io.read("in.labels");
    for (int64_t b = 0; b < in.size(0); ++b) {
      Sequence source, target;
      for (int64_t t = 0; t < in.size(1) && mask.at(b * in.size(1) + t) != 0; ++t) {
        source.ids.push_back(static_cast<int32_t>(in.at(b * in.size(1) + t)));
        encoder_real.push_back(b * in.size(1) + t);
      }
      for (int64_t t = 0; t < labels.size(1); ++t) {
        const int64_t i = b * labels.size(1) + t;
        target.ids.push_back(t == 0 ? 0 : std::max(0, static_cast<int32_t>(labels.at(i - 1))));
        target.targets.push_back(static_cast<int32_t>(labels.at(i)));
        row_places.push_back(i);
      }
      batch.add(source, target);
    }
  }
};

Tensor logits_of(Model& model, const TokenRows& rows, Flow flow = {}) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.logits(tape, model.hidden(tape, rows, std::move(flow))).value;
}

std::map<std::string, std::vector<double>> answers_of(Model& model, const TokenRows& rows) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  std::map<std::string, std::vector<double>> answers;
  for (const auto& [name, value] : model.head().answers(tape, model.hidden(tape, rows, {}), rows)) answers[name] = value.value.to_doubles();
  return answers;
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

// transformers' span logits are two tensors [sequences, length]; ours are two columns of one.
std::vector<double> column_of(const Tensor& t, int64_t column) {
  std::vector<double> values;
  for (int64_t r = 0; r < t.rows(); ++r) values.push_back(t.at(r * t.cols() + column));
  return values;
}

TEST_P(GoldenModel, HiddenStatesAnswersLossAndEveryGradient) {
  const auto [name, form] = GetParam();
  const Golden g(name);
  const auto model = load(g, form);
  const Architecture& a = model->architecture();
  TokenRows rows = g.token_rows(*model);
  if (g.io.contains("in.mc_token_ids"))
    for (const double place : g.io.read("in.mc_token_ids").to_doubles()) rows.summary_places.push_back(static_cast<int32_t>(place));

  Tape tape(Tape::Mode::kRecord, Tape::Phase::kEval);
  std::vector<Var> hidden, encoder_hidden;
  Flow flow;
  flow.hidden = &hidden;
  flow.encoder_hidden = &encoder_hidden;
  const Var last = model->hidden(tape, rows, flow);
  Losses losses;
  const Var loss = model->loss(tape, last, rows, {}, count_losses(rows).scale(), losses);
  tape.backward(loss);

  Comparison outputs("output");
  const auto compare = [&](const std::string& tensor, const std::vector<double>& got) {
    outputs.expect(tensor, got, g.rows(tensor), form.allowed * g.allowed(tensor));
  };
  const auto compare_if_there = [&](const std::string& tensor, const std::vector<double>& got) {
    if (g.io.contains(tensor)) compare(tensor, got);
  };
  ASSERT_EQ(static_cast<int64_t>(hidden.size()), a.layers + 1);
  for (const char* embeddings : {"hf.hidden_states.0", "hook.bert.embeddings", "hf.decoder_hidden_states.0"})
    compare_if_there(embeddings, hidden[0].value.to_doubles());
  for (int64_t layer = 0; layer < a.layers; ++layer) compare(g.block("", layer), hidden[static_cast<size_t>(layer) + 1].value.to_doubles());
  for (int64_t layer = 0; layer < a.encoder_layers; ++layer)
    compare(g.block("encoder", layer), encoder_hidden[static_cast<size_t>(layer) + 1].value.to_doubles());
  for (const char* tensor : {"hook.transformer.ln_f", "hook.model.norm", "hook.decoder.final_layer_norm", "hook.transformer.final_layernorm"})
    compare_if_there(tensor, last.value.to_doubles());
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
  const auto answers = model->head().answers(unrecorded, Tape::constant(last.value), rows);
  EXPECT_FALSE(answers.empty());
  for (const auto& [answer, value] : answers) {
    if (answer == "span_logits") {
      compare("out.start_logits", column_of(value.value, 0));
      compare("out.end_logits", column_of(value.value, 1));
    } else {
      compare("out." + answer, value.value.to_doubles());
    }
  }
  const double mean = losses.mean(), value = loss.value.at(0), wanted = g.expected.value("loss_f64", g.expected["loss"].get<double>());
  if (a.head == "span") return;  // there transformers' softmax runs over the padding too
  outputs.expect("loss", {&mean, 1}, {&wanted, 1}, 1e-5);
  outputs.expect("loss on the tape", {&value, 1}, {&wanted, 1}, 1e-5);

  Comparison gradients("gradient");
  const double noise = g.expected.contains("noise") ? g.expected["noise"].value("grad (max over parameters)", 0.0) : 0.0;
  int known = 0;
  for (const std::string& tensor : g.io.names()) known += tensor.starts_with("grad.");
  if (known == 0) return;
  for (const DiskTensor& entry : disk_layout(*model)) {
    std::string tensor = "grad." + entry.name;
    if (!g.io.contains(tensor) && entry.parameter->name == "embed.tokens") tensor = "grad.lm_head.weight";
    if (!entry.parameter->grad_written) {  // a head that this loss does not ask
      EXPECT_FALSE(g.io.contains(tensor)) << entry.name;
      continue;
    }
    const Tensor want = g.io.read(tensor);
    const Tensor got = to_disk(entry, entry.parameter->grad);
    EXPECT_EQ(got.shape(), want.shape()) << entry.name;
    // A key's bias has no gradient in exact arithmetic: what is recorded there is PyTorch's rounding.
    gradients.expect(tensor, got.to_doubles(), want.to_doubles(), form.allowed * 1e-4, 20 * noise);
  }
  EXPECT_EQ(gradients.count(), known);
}

// Some families have one form of configuration only.
std::vector<std::tuple<const char*, Form>> folders_in_their_forms() {
  std::vector<std::tuple<const char*, Form>> pairs;
  for (const char* folder : kFolders)
    for (const Form& form : kForms)
      if (fs::exists(golden(folder) / form.config)) pairs.emplace_back(folder, form);
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenModel, ::testing::ValuesIn(folders_in_their_forms()),
                         [](const auto& info) { return cat(std::get<0>(info.param), "_", std::get<1>(info.param).name); });

class GoldenFolder : public ::testing::TestWithParam<const char*> {};
class GoldenDecoder : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenFolder, SavedAndReadBackIsTheSameModel) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  const TemporaryFolder folder;
  save_model(*model, folder.path());

  const auto original = SafetensorsFile::open(g.folder / "model.safetensors"), saved = SafetensorsFile::open(folder.path() / "model.safetensors");
  const auto renamed = [](const std::string& name) { return name == "lm_head.weight" ? std::string("transformer.tokens_embed.weight") : name; };
  std::set<std::string> names;
  for (const std::string& tensor : original.names()) names.insert(GetParam() == std::string("gpt1_double_heads") ? renamed(tensor) : tensor);
  const std::vector<std::string> saved_names = saved.names();
  EXPECT_EQ(std::set<std::string>(saved_names.begin(), saved_names.end()), names);
  for (const std::string& tensor : original.names()) {
    if (!names.contains(tensor)) continue;  // a tied table under its other name
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
  const TokenRows rows = g.token_rows(*model);
  EXPECT_EQ(answers_of(*again, rows), answers_of(*model, rows));
}

// What a row computes depends on its own sequence up to itself: the bits are the same without its neighbours in the batch, without the rows behind
// it, and with any number of threads.
TEST_P(GoldenDecoder, TheBitsOfARowAreItsOwn) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  const std::vector<double> together = logits_of(*model, g.token_rows(*model)).to_doubles();
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
    EXPECT_EQ(logits_of(*model, g.token_rows(*model)).to_doubles(), together) << n << " threads";
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
TEST_P(GoldenDecoder, ComputesInBf16) {
  const Golden g(GetParam());
  const auto model = load_model(g.folder);
  model->parameters().refresh_shadows();
  Flow flow;
  flow.compute = DType::kBF16;
  const TokenRows rows = g.token_rows(*model);
  const double logits = relative_distance(logits_of(*model, rows, flow).to_doubles(), g.rows("out.logits"));
  EXPECT_LT(logits, 0.02);

  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  Losses losses;
  const Var hidden = model->hidden(tape, rows, flow);
  tape.backward(model->loss(tape, hidden, rows, {}, count_losses(rows).scale(), losses));
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

INSTANTIATE_TEST_SUITE_P(Folders, GoldenDecoder, ::testing::ValuesIn(kDecoders), [](const auto& info) { return std::string(info.param); });
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
  unshifted.batch.targets = unshifted.batch.ids;
  const auto model = load_model(g.folder);
  const TokenRows rows = unshifted.token_rows(*model);
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  Losses losses;
  model->loss(tape, model->hidden(tape, rows, {}), rows, {}, {}, losses);
  EXPECT_GT(std::abs(losses.mean() - g.expected["loss"].get<double>()), 1e-3);
}

}  // namespace
}  // namespace gimbal::testing
