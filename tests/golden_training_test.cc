// Twenty steps of training, optimizers and schedules against PyTorch and transformers: rate, loss, gradient norm of every step, final weights.
#include "golden.h"
#include "models/batch_rows.h"
#include "models/weights.h"
#include "student.h"
#include "train/schedules.h"

namespace gimbal::testing {
namespace {

// The rows of a recorded batch; padding, where it has any, is left out.
TokenRows batch_rows(const SafetensorsFile& batches, int64_t step, const Model& model) {
  const Architecture& a = model.architecture();
  const std::string at = cat("step", step < 10 ? "0" : "", step, ".");
  const auto read = [&](const char* name) { return batches.contains(at + name) ? batches.read(at + name) : Tensor(); };
  const Tensor in = read("input_ids"), labels = read("labels"), mask = read("attention_mask"), types = read("token_type_ids");
  const bool shifted = a.mask == "causal" && a.encoder_layers == 0;  // transformers shifts a decoder's labels inside
  TokenBatch batch;
  for (int64_t b = 0; b < in.size(0); ++b) {
    Sequence read_one, written;
    for (int64_t t = 0, i = b * in.size(1); t < in.size(1) && (!mask || mask.at(i) != 0); ++t, ++i) {
      read_one.ids.push_back(static_cast<int32_t>(in.at(i)));
      if (types) read_one.types.push_back(static_cast<int32_t>(types.at(i)));
      if (a.encoder_layers > 0) continue;
      const bool last = t + 1 == in.size(1);
      read_one.targets.push_back(shifted && last ? kIgnoredTarget : static_cast<int32_t>(labels.at(i + (shifted ? 1 : 0))));
    }
    if (a.encoder_layers == 0) {
      batch.add(read_one);
      continue;
    }
    int32_t before = static_cast<int32_t>(*a.bos);
    for (int64_t t = 0, i = b * labels.size(1); t < labels.size(1) && labels.at(i) >= 0; ++t, ++i) {
      written.ids.push_back(before);
      written.targets.push_back(before = static_cast<int32_t>(labels.at(i)));
    }
    batch.add(read_one, written);
  }
  if (const Tensor next = read("next_sentence_label"))
    for (int64_t b = 0; b < next.elements(); ++b) batch.labels.push_back(static_cast<int32_t>(next.at(b)));
  return rows_of(batch, model.device());
}

class GoldenTraining : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenTraining, EveryStepAndTheFinalWeights) {
  const fs::path folder = golden(GetParam());
  const Json expected = golden_json(cat(GetParam(), "/expected.json")), &allowed = expected["tolerance"];
  OptimizerConfig config;
  config.beta1 = expected["betas"][0].get<double>();
  config.beta2 = expected["betas"][1].get<double>();
  config.eps = expected["eps"].get<double>();
  config.weight_decay = expected["weight_decay"].get<double>();
  ScheduleConfig schedule;
  schedule.warmup_steps = expected["warmup_steps"].get<int64_t>();
  schedule.warmup_start = "zero";

  Student student(load_model(folder), config);
  const auto batches = SafetensorsFile::open(folder / "batches.safetensors");
  const auto steps = static_cast<int64_t>(expected["steps"].size());
  ASSERT_EQ(steps, 20);
  Comparison rates("lr"), losses("loss"), norms("gradient_norm"), weights("weight");
  const auto one = [](Comparison& c, const std::string& what, double got, const Json& want, double tolerance) {
    const double wanted = want.get<double>();
    c.expect(what, {&got, 1}, {&wanted, 1}, tolerance);
  };
  for (int64_t step = 0; step < steps; ++step) {
    const Json& want = expected["steps"][static_cast<size_t>(step)];
    const double lr = lr_at(schedule, expected["peak_lr"].get<double>(), step, steps);
    const Lesson got = student.step(batch_rows(batches, step, student.model()), lr);
    one(rates, cat("rate of step ", step), lr, want["lr"], 1e-12);
    one(losses, cat("loss of step ", step), got.loss, want["loss"], allowed["loss_relative"]);
    one(norms, cat("gradient norm of step ", step), got.grad_norm, want["grad_norm"], allowed["grad_norm_relative"]);
  }
  const auto final = SafetensorsFile::open(folder / "final.safetensors"), first = SafetensorsFile::open(folder / "model.safetensors");
  for (const DiskTensor& entry : disk_layout(student.model())) {
    const std::vector<double> got = to_disk(entry, entry.parameter->value).to_doubles(), want = final.read(entry.name).to_doubles();
    const double absolute = allowed["final_absolute"].get<double>();
    weights.expect(entry.name, got, want, absolute, absolute);
    EXPECT_GT(error_of(first.read(entry.name).to_doubles(), want), 0.005) << entry.name << " hardly moved: it shows nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenTraining, ::testing::Values("train_gpt2", "train_llama", "train_bert", "train_t5"),
                         [](const auto& info) { return std::string(info.param); });

// ---- optimizers ----

struct KnownOptimizer {
  const char* golden;
  OptimizerConfig config;
  double allowed = 1e-5;
  bool vectors = true;
};

std::vector<KnownOptimizer> known_optimizers() {
  OptimizerConfig plain;
  plain.weight_decay = 0;
  std::vector<KnownOptimizer> known(7, {"", plain});
  known[0].golden = "adamw";
  known[0].config.weight_decay = 0.1;
  known[1].golden = "adam";
  known[1].config.beta2 = 0.999;
  for (const size_t i : {2, 3, 4}) known[i].config.kind = "sgd";
  known[2].golden = "sgd";
  known[2].config.momentum = 0;
  known[3].golden = "sgd_momentum";
  known[4].golden = "sgd_nesterov_wd";
  known[4].config.nesterov = true;
  known[4].config.weight_decay = 0.01;
  known[5].golden = "torch_adafactor";
  known[5].config.kind = "adafactor";
  known[6].golden = "torch_muon_2d_only";
  known[6].config.kind = "muon";
  known[6].config.momentum = 0.95;
  known[6].config.weight_decay = 0.1;
  known[6].allowed = 5e-3;  // PyTorch's Newton-Schulz steps are bf16, in its "double" too
  known[6].vectors = false;
  return known;
}

TEST(GoldenOptimizers, TwelveSteps) {
  const auto book = SafetensorsFile::open(golden("optim") / "optim.safetensors");
  for (const KnownOptimizer& known : known_optimizers()) {
    Comparison comparison(known.config.kind);
    for (int i = 0; i < 3; ++i) {
      const Tensor start = book.read(cat("init.", i));
      if (start.shape().rank() < 2 && !known.vectors) continue;
      Parameters parameters;
      // Golden decay is on everything, a rule of the caller there and of the parameter here.
      const int64_t rows = start.shape().rank() < 2 ? 1 : start.size(0);
      Parameter& p = parameters.make("block.0.w", start.shape(), {{rows, InitPart::Kind::kConstant, 0}}, Decay::kYes);
      parameters.allocate(Device::kCpu, DType::kF32);
      p.value = start.clone();
      OptimizerConfig config = known.config;
      double lr = 1e-2;
      if (config.kind == "muon") {
        // Ours multiplies by 0.2 sqrt(max(rows, columns)), PyTorch's default by sqrt(max(1, rows / columns)); decay goes with the rate in both.
        const auto r = static_cast<double>(start.size(0)), c = static_cast<double>(start.size(1));
        const double ratio = std::sqrt(std::max(1.0, r / c)) / (0.2 * std::sqrt(std::max(r, c)));
        lr *= ratio;
        config.weight_decay /= ratio;
      }
      const auto optimizer = make_optimizer(config, parameters);
      for (int step = 0; step < 12; ++step) {
        const Tape::Destination grad = Tape::destination(p);
        const Tensor g = book.read(cat("grad.step", step < 10 ? "0" : "", step, ".", i));
        std::copy_n(g.data<float>(), g.elements(), grad.tensor.data<float>());
        optimizer->step(lr, 1, [](const Parameter&, const kernels::UpdateSums&) {});
        const std::string after = cat(known.golden, ".after", step < 9 ? "0" : "", step + 1, ".", i, ".f64");
        if (book.contains(after)) comparison.expect(after, p.value.to_doubles(), book.read(after).to_doubles(), known.allowed);
      }
    }
    EXPECT_EQ(comparison.count(), known.vectors ? 9 : 6) << known.golden;
  }
}

// ---- schedules ----

TEST(GoldenSchedules, EveryShapeThatTransformersHasToo) {
  const Json known = golden_json("optim/schedules.json")["schedules"];
  ScheduleConfig s;
  s.warmup_steps = 10;
  s.warmup_start = "zero";
  Comparison rates("lr");
  const auto expect = [&](const char* name, const char* kind, int64_t total) {
    s.kind = kind;
    std::vector<double> got, want = known[name].get<std::vector<double>>();
    for (int64_t step = 0; step <= total; ++step) got.push_back(lr_at(s, 1.0, step, total));
    want.resize(got.size());  // behind the end, some of theirs rise again
    rates.expect(name, got, want, 1e-12);
  };
  expect("linear_w10_t50", "linear", 50);
  expect("constant_w10", "constant", 50);
  expect("inverse_sqrt_w10", "inverse-sqrt", 50);
  s.decay_share = 15.0 / 35;
  expect("wsd_linear", "wsd", 45);
  s.min_lr = 0.1;
  expect("cosine_min_lr0.1_w10_t50", "cosine", 50);
}

}  // namespace
}  // namespace gimbal::testing
