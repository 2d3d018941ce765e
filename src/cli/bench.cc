// gimbal bench: each kernel and each main path beside its limit, arithmetic or bandwidth, measured on the spot.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>

#include "cli/command.h"
#include "core/progress.h"
#include "core/rng.h"
#include "core/threads.h"
#include "formats/safetensors.h"
#include "kernels/table.h"
#include "models/cost.h"
#include "models/family.h"
#include "models/model.h"
#include "models/weights.h"
#include "tensor/pool.h"
#include "train/flight_recorder.h"
#include "train/machine.h"
#include "train/step_line.h"

namespace gimbal {
namespace {

using kernels::Table;
using kernels::Write;

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Median seconds of one call over at least `seconds` of calls.
double median_s(const std::function<void()>& call, double seconds = 0.4) {
  call();
  std::vector<double> times;
  for (const double begin = now_s(); now_s() - begin < seconds || times.size() < 5;) {
    const double t = now_s();
    call();
    times.push_back(now_s() - t);
  }
  return median(std::move(times));
}

Tensor random_tensor(Shape shape, DType dtype, double std = 1) {
  Rng rng(1, "bench");
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (float& v : values) v = static_cast<float>(std * (2 * rng.uniform() - 1) * 1.73);
  return Tensor::from_floats(values, shape, dtype);
}

struct Limits {
  double flops_f32, flops_bf16;  // FLOP/s of the fastest product
  double cached, memory;         // bytes/s of copying 1 MiB and 256 MiB
};

Limits measure_limits() {
  const auto copy_rate = [](int64_t bytes) {
    const Tensor from = Tensor::zeros(Shape{bytes / 4}, DType::kF32), to = Tensor::zeros(Shape{bytes / 4}, DType::kF32);
    return 2.0 * static_cast<double>(bytes) / median_s([&] { kernels::on(Device::kCpu).elementwise.copy(from, 1.0, to, Write::kReplace); }, 0.2);
  };
  return {measured_peak_flops(DType::kF32), measured_peak_flops(DType::kBF16), copy_rate(1 << 20), copy_rate(256 << 20)};
}

struct Row {
  std::string name, shape;
  double seconds, work, limit;  // work in FLOP or bytes, limit in the same a second
  const char* unit;
  int64_t peak_bytes = 0;  // resident while training
};

/// What something costs a training step that the step could be done without: medians of steps taken in turn, so that a busy machine is busy for both.
struct Overhead {
  std::string name, shape;
  double step_s, extra_s;  // the step without it, and the median difference
};

class Bench {
 public:
  Bench(std::vector<std::string> names, bool json) : names_(std::move(names)), json_(json), limits_(measure_limits()) {}

  int run() {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      products(dtype);
      norms(dtype);
      attention(dtype);
    }
    rest();
    for (const DType dtype : {DType::kF32, DType::kBF16}) training(dtype);
    overheads();
    print();
    return 0;
  }

 private:
  bool wanted(const std::string& name) const {
    return names_.empty() || std::any_of(names_.begin(), names_.end(), [&](const std::string& n) { return name.find(n) != std::string::npos; });
  }
  double flops(DType dtype) const { return dtype == DType::kBF16 ? limits_.flops_bf16 : limits_.flops_f32; }
  // Traffic is held against the cache when it fits there, against memory otherwise.
  double bandwidth(double bytes) const { return bytes < 16e6 ? limits_.cached : limits_.memory; }

  void arithmetic(const std::string& name, const std::string& shape, DType dtype, double work, const std::function<void()>& call) {
    const std::string full = cat(name, " ", name_of(dtype));
    if (wanted(full)) rows_.push_back({full, shape, median_s(call), work, flops(dtype), "GFLOP/s"});
  }
  void traffic(const std::string& name, const std::string& shape, double bytes, const std::function<void()>& call) {
    if (wanted(name)) rows_.push_back({name, shape, median_s(call), bytes, bandwidth(bytes), "GB/s"});
  }

  void products(DType dtype);
  void norms(DType dtype);
  void attention(DType dtype);
  void rest();
  void training(DType dtype);
  void overheads();
  void recorder();
  void print() const;

  std::vector<std::string> names_;
  bool json_;
  Limits limits_;
  std::vector<Row> rows_;
  std::vector<Overhead> overheads_;
  const Table& k_ = kernels::on(Device::kCpu);
};

void Bench::products(DType dtype) {
  struct Size {
    int64_t n, k, m;
  };
  for (const Size s :
       {Size{256, 768, 3072}, Size{1024, 768, 3072}, Size{1024, 3072, 768}, Size{256, 768, 50257}, Size{768, 128, 512}, Size{1, 768, 3072}}) {
    const Tensor x = random_tensor(Shape{s.n, s.k}, dtype), w = random_tensor(Shape{s.m, s.k}, dtype), dy = random_tensor(Shape{s.n, s.m}, dtype);
    const Tensor y(Shape{s.n, s.m}, dtype), dx(Shape{s.n, s.k}, dtype), dw(Shape{s.m, s.k}, DType::kF32);
    const std::string shape = cat(s.n, " x ", s.k, " -> ", s.m);
    const double work = 2.0 * static_cast<double>(s.n * s.k * s.m);
    if (s.n == 1) {  // a decode step reads each weight once
      traffic(cat("linear, one row ", name_of(dtype)), shape, static_cast<double>(w.bytes()), [&] { k_.matmul.linear(x, w, {}, y); });
      continue;
    }
    arithmetic("linear", shape, dtype, work, [&] { k_.matmul.linear(x, w, {}, y); });
    arithmetic("linear dx", shape, dtype, work, [&] { k_.matmul.linear_dx(dy, w, dx, Write::kReplace); });
    arithmetic("linear dw", shape, dtype, work, [&] { k_.matmul.linear_dw(dy, x, dw, Write::kReplace); });
  }
}

void Bench::norms(DType dtype) {
  const std::string suffix = cat(" ", name_of(dtype));
  for (const auto& [n, d] : {std::pair<int64_t, int64_t>{2048, 768}, {512, 4096}, {8192, 1024}}) {
    const Tensor x = random_tensor(Shape{n, d}, dtype), dy = random_tensor(Shape{n, d}, dtype), gain = random_tensor(Shape{d}, DType::kF32);
    const Tensor bias = random_tensor(Shape{d}, DType::kF32), y(Shape{n, d}, dtype), dx(Shape{n, d}, dtype), stats(Shape{n, 1, 2}, DType::kF32);
    const kernels::AffineGradient affine{Tensor(Shape{d}, DType::kF32), Tensor(Shape{d}, DType::kF32), Write::kReplace};
    const std::string shape = cat(n, " x ", d);
    const auto bytes = static_cast<double>(x.bytes());
    for (const auto& [name, stat] : {std::pair{"layer", kernels::RowStat::kLayer}, {"rms", kernels::RowStat::kRms}}) {
      const kernels::RowNormSpec spec{.stat = stat, .eps = 1e-5};
      const bool layer = stat == kernels::RowStat::kLayer;
      traffic(cat("norm ", name, suffix), shape, 2 * bytes, [&] { k_.row_norm.forward(spec, x, gain, layer ? bias : Tensor(), y, stats); });
      traffic(cat("norm ", name, " backward", suffix), shape, 3 * bytes, [&] {
        k_.row_norm.backward(spec, dy, x, gain, stats, dx, Write::kReplace, {affine.dgain, layer ? affine.dbias : Tensor(), Write::kReplace});
      });
    }
  }
}

void Bench::attention(DType dtype) {
  struct Size {
    int64_t sequences, length, heads, width;
  };
  for (const Size s : {Size{1, 1024, 12, 64}, Size{4, 64, 12, 64}, Size{12, 64, 4, 32}}) {
    const int64_t n = s.sequences * s.length, c = s.heads * s.width;
    const Tensor qkv = random_tensor(Shape{n, 3 * c}, dtype), o(Shape{n, c}, dtype), d_o = random_tensor(Shape{n, c}, dtype),
                 dqkv(Shape{n, 3 * c}, dtype);
    const Tensor softmax(Shape{n, 2 * s.heads}, DType::kF32);
    std::vector<kernels::Segment> segments;
    for (int64_t i = 0; i < s.sequences; ++i) segments.push_back({i * s.length, s.length, i * s.length, s.length, 0});
    kernels::AttentionSpec spec;
    spec.heads = spec.kv_heads = s.heads;
    spec.head_width = s.width;
    spec.scale = 0.125;
    const std::string shape = cat(s.sequences, " x ", s.length, ", ", s.heads, " heads of ", s.width);
    // Half of the square, two products forward, five backward; kept in f32, so held against the f32 limit.
    const double work = 2.0 * static_cast<double>(n * (s.length + 1) / 2 * c);
    const auto entry = [&](const char* name, double products, const std::function<void()>& call) {
      const std::string full = cat(name, " ", name_of(dtype));
      if (wanted(full)) rows_.push_back({full, shape, median_s(call), products * work, limits_.flops_f32, "GFLOP/s"});
    };
    entry("attention", 2, [&] { k_.attention.forward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, softmax, nullptr); });
    k_.attention.forward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, softmax, nullptr);
    entry("attention backward", 5, [&] {
      k_.attention.backward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, softmax, d_o, {dqkv, 0}, {dqkv, c}, {dqkv, 2 * c}, {});
    });
  }
}

void Bench::rest() {
  const int64_t n = 1024, f = 3072, v = 50257;
  const Tensor x = random_tensor(Shape{n, f}, DType::kF32), y(Shape{n, f}, DType::kF32), dy = random_tensor(Shape{n, f}, DType::kF32);
  const kernels::ActivationSpec gelu{.act = kernels::Act::kGeluTanh};
  traffic("gelu", "1024 x 3072 f32", 2.0 * static_cast<double>(x.bytes()), [&] { k_.activation.forward(gelu, x, y); });
  traffic("gelu backward", "1024 x 3072 f32", 3.0 * static_cast<double>(x.bytes()), [&] { k_.activation.backward(gelu, dy, x, y); });
  const Tensor logits = random_tensor(Shape{256, v}, DType::kF32), targets = Tensor::zeros(Shape{256}, DType::kI32);
  const Tensor loss(Shape{256}, DType::kF32), lse(Shape{256}, DType::kF32);
  traffic("cross-entropy with gradient", "256 x 50257 f32", 2.0 * static_cast<double>(logits.bytes()),
          [&] { k_.cross_entropy.rows({}, logits, targets, {}, 1.0, loss, lse, logits); });
  const int64_t weights = 16 << 20;
  const Tensor g = random_tensor(Shape{weights}, DType::kF32, 0.01), m = Tensor::zeros(Shape{weights}, DType::kF32),
               second = Tensor::zeros(Shape{weights}, DType::kF32);
  const Tensor w = random_tensor(Shape{weights}, DType::kF32);
  traffic("AdamW", "16M weights", 28.0 * static_cast<double>(weights), [&] { k_.optimizer.adamw({.lr = 1e-5}, 1.0, g, m, second, w, {}); });
}

struct TrainingCase {
  const char *name, *preset;
  int64_t sequences, length;
  double seconds;
};
constexpr std::array kTrainingCases = {TrainingCase{"GPT-2 124M 4 x 64", "gpt2-124m", 4, 64, 6},
                                       TrainingCase{"GPT-2 124M 1 x 1024", "gpt2-124m", 1, 1024, 8},
                                       TrainingCase{"4 layers, width 128", "gpt2", 12, 64, 2}};

Architecture architecture_of(const TrainingCase& c) {
  Architecture a = architecture_named(c.preset);
  if (std::string(c.preset) == "gpt2") a.layers = 4, a.width = 128, a.heads = 4, a.vocab = 65, a.context = 64, a.bias = false;
  return a;
}

/// A model, a batch and AdamW's moments: everything that a training step needs.
class TrainingStand {
 public:
  TrainingStand(const TrainingCase& c, DType dtype) : dtype_(dtype), model_(architecture_of(c)) {
    model_.parameters().allocate(Device::kCpu, DType::kF32);
    model_.parameters().initialize(1);
    if (dtype == DType::kBF16) model_.parameters().refresh_shadows();
    std::vector<std::vector<int32_t>> sequences(static_cast<size_t>(c.sequences), std::vector<int32_t>(static_cast<size_t>(c.length)));
    Rng rng(1, "bench ids");
    for (auto& s : sequences)
      for (int32_t& id : s) id = static_cast<int32_t>(rng.below(static_cast<uint64_t>(model_.architecture().vocab)));
    rows_ = make_rows(sequences, sequences, model_.architecture().context, Device::kCpu);
    for (const Parameter& p : model_.parameters().all())
      for (int i = 0; i < 2; ++i) moments_.push_back(Tensor::zeros(p.shape, DType::kF32));
  }

  /// One step. `health` of activations is read where it is given.
  void step(Health* health = nullptr) {
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    Flow flow;
    flow.compute = dtype_;
    flow.health = health;
    Losses losses;
    model_.parameters().clear_gradients();
    const Var loss = model_.loss(tape, model_.hidden(tape, rows_, flow), rows_, {}, count_losses(rows_).scale(), losses);
    tape.backward(loss);
    size_t i = 0;
    for (Parameter& p : model_.parameters().all()) {
      kernels::on(Device::kCpu).optimizer.adamw(rule_, 1.0, p.grad, moments_[i], moments_[i + 1], p.value, p.shadow);
      i += 2;
    }
    ++rule_.t;
  }
  double gradient_squares() const {
    double sum = 0;
    for (const Parameter& p : model_.parameters().all()) sum += kernels::on(Device::kCpu).elementwise.moments(p.grad).sum_squares;
    return sum;
  }

  /// What a snapshot of the flight recorder holds.
  void save(const fs::path& directory) {
    save_model(model_, directory);
    std::map<std::string, Tensor> state;
    for (const Tensor& m : moments_) state[cat("moment.", state.size())] = m;
    write_safetensors(directory / "train_state.safetensors", state, {});
  }

  const Architecture& architecture() const { return model_.architecture(); }
  int64_t tokens() const { return rows_.rows(); }
  int64_t parameters() const { return model_.parameters().count(); }

 private:
  DType dtype_;
  Model model_;
  TokenRows rows_;
  std::vector<Tensor> moments_;
  kernels::AdamWStep rule_{.lr = 1e-4};
};

void Bench::training(DType dtype) {
  for (const TrainingCase& c : kTrainingCases) {
    const std::string full = cat("train ", c.name, " ", name_of(dtype));
    if (!wanted(full)) continue;
    release_cached_memory();
    reset_peak_resident_bytes();
    TrainingStand stand(c, dtype);
    const double seconds = median_s([&] { stand.step(); }, c.seconds);
    const auto tokens = static_cast<double>(stand.tokens());
    const std::string shape = cat(c.sequences, " x ", c.length, ", ", count_text(tokens / seconds), " tokens/s");
    rows_.push_back({full, shape, seconds, tokens * cost_of(stand.architecture(), c.length).train_flops_per_token, flops(dtype), "GFLOP/s",
                     peak_resident_bytes()});
  }
}

// Health of activations (what attention's kernel and the blocks read, and its line of the log), which nothing else asks for; and the norm of the
// gradient, which clipping and the guard ask for too. The optimizer's sums cannot be left out: they are of numbers in registers.
void Bench::overheads() {
  for (const TrainingCase& c : kTrainingCases) {
    const std::string health = cat("health, ", c.name), gradient = cat("gradient norm, ", c.name);
    if (!wanted(health) && !wanted(gradient)) continue;
    release_cached_memory();
    TrainingStand stand(c, DType::kF32);
    const auto time_of = [](const auto& call) {
      const double begin = now_s();
      call();
      return now_s() - begin;
    };
    stand.step();
    std::vector<double> plain, read, normed;
    double sink = 0;
    for (const double begin = now_s(); now_s() - begin < 5 * c.seconds || plain.size() < 9;) {
      const bool first = plain.size() % 2 == 0;  // who goes first takes turns too
      const auto with = [&] {
        StepResult result;
        result.layers.resize(static_cast<size_t>(stand.architecture().blocks()));
        read.push_back(time_of([&] {
          stand.step(&result.health);
          sink += static_cast<double>(health_line(result).dump().size());
        }));
      };
      if (!first) with();
      plain.push_back(time_of([&] { stand.step(); }));
      normed.push_back(time_of([&] { sink += stand.gradient_squares(); }));
      if (first) with();
    }
    const double step = median(plain);
    for (size_t i = 0; i < plain.size(); ++i) read[i] -= plain[i];
    const std::string shape = cat(c.sequences, " x ", c.length, ", ", count_text(static_cast<double>(stand.parameters())), " weights");
    if (wanted(health)) overheads_.push_back({health, shape, step, median(read)});
    if (wanted(gradient)) overheads_.push_back({gradient, shape, step, sink > 0 ? median(normed) : 0});
  }
  recorder();
}

// The time in the recorder over that in the steps between: its rule bounds it from the second snapshot on, the first one it takes at any cost.
void Bench::recorder() {
  const TrainingCase& c = kTrainingCases.back();
  const std::string full = cat("flight recorder, ", c.name);
  if (!wanted(full)) return;
  constexpr double kSeconds = 20;
  TrainingStand stand(c, DType::kF32);
  const fs::path directory = fs::temp_directory_path() / cat("gimbal-bench-flight-", std::random_device{}());
  double steps_s = 0, recorder_s = 0;
  int64_t steps = 0;
  {
    FlightRecorder recorder(directory);
    stand.step();
    while (steps_s < kSeconds) {
      const double begin = now_s();
      stand.step();
      const double stepped = now_s();
      recorder.after_step(++steps, [&](const fs::path& to) { stand.save(to); });
      steps_s += stepped - begin;
      recorder_s += now_s() - stepped;
    }
    recorder.finish();
  }
  overheads_.push_back({full, cat(c.sequences, " x ", c.length, ", ", steps, " steps"), steps_s / static_cast<double>(steps),
                        recorder_s / static_cast<double>(steps)});
}

void Bench::print() const {
  if (json_) {
    Json list = Json::array();
    for (const Row& r : rows_)
      list.push_back({{"name", r.name},
                      {"shape", r.shape},
                      {"us", r.seconds * 1e6},
                      {"rate", r.work / r.seconds / 1e9},
                      {"limit", r.limit / 1e9},
                      {"unit", r.unit},
                      {"peak_memory_mb", static_cast<double>(r.peak_bytes) / 1e6}});
    for (const Overhead& o : overheads_)
      list.push_back(
          {{"name", o.name}, {"shape", o.shape}, {"us", o.step_s * 1e6}, {"extra_us", o.extra_s * 1e6}, {"percent", 100 * o.extra_s / o.step_s}});
    std::printf("%s\n", list.dump(2).c_str());
    return;
  }
  std::printf("%s, %d threads. Limits: %.0f GFLOP/s f32, %.0f bf16 (fastest product); %.0f GB/s copying in cache, %.0f in memory.\n\n",
              processor_name().c_str(), num_threads(), limits_.flops_f32 / 1e9, limits_.flops_bf16 / 1e9, limits_.cached / 1e9, limits_.memory / 1e9);
  std::printf("%-34s %-34s %12s %18s %8s\n", "what", "shape", "us", "rate", "share");
  for (const Row& r : rows_)
    std::printf("%-34s %-34s %12.1f %10.1f %-7s %6.0f%%\n", r.name.c_str(), r.shape.c_str(), r.seconds * 1e6, r.work / r.seconds / 1e9, r.unit,
                100 * r.work / r.seconds / r.limit);
  if (overheads_.empty()) return;
  std::printf("\n%-34s %-34s %12s %18s %8s\n", "what a training step pays for", "", "us a step", "us more", "percent");
  for (const Overhead& o : overheads_)
    std::printf("%-34s %-34s %12.1f %18.1f %7.2f%%\n", o.name.c_str(), o.shape.c_str(), o.step_s * 1e6, o.extra_s * 1e6, 100 * o.extra_s / o.step_s);
}

}  // namespace

std::function<int()> add_bench(CommandLine& line, const CommonFlags& common) {
  const auto names = std::make_shared<std::vector<std::string>>();
  line.rest("names", *names, "only rows whose name contains one of these");
  return [names, &common] { return Bench(*names, common.json).run(); };
}

}  // namespace gimbal
