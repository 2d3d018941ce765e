// gimbal bench: each kernel and each main path beside its limit, arithmetic or bandwidth, measured on the spot.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "cli/command.h"
#include "core/progress.h"
#include "core/rng.h"
#include "core/threads.h"
#include "kernels/table.h"
#include "models/cost.h"
#include "models/family.h"
#include "models/model.h"
#include "tensor/pool.h"
#include "train/machine.h"

namespace gimbal {
namespace {

using kernels::Table;
using kernels::Write;

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Median seconds of one call over at least `seconds` of calls.
double median_s(const std::function<void()>& call, double seconds = 0.4) {
  call();
  std::vector<double> times;
  for (const double begin = now_s(); now_s() - begin < seconds || times.size() < 5;) {
    const double t = now_s();
    call();
    times.push_back(now_s() - t);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
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
  void print() const;

  std::vector<std::string> names_;
  bool json_;
  Limits limits_;
  std::vector<Row> rows_;
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
    const Tensor lse(Shape{n, s.heads}, DType::kF32);
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
    entry("attention", 2, [&] { k_.attention.forward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, lse, nullptr); });
    k_.attention.forward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, lse, nullptr);
    entry("attention backward", 5, [&] {
      k_.attention.backward(spec, segments, {qkv, 0}, {qkv, c}, {qkv, 2 * c}, {}, o, lse, d_o, {dqkv, 0}, {dqkv, c}, {dqkv, 2 * c}, {});
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

void Bench::training(DType dtype) {
  struct Case {
    const char *name, *preset;
    int64_t sequences, length;
    double seconds;
  };
  for (const Case c : {Case{"train GPT-2 124M 4 x 64", "gpt2-124m", 4, 64, 6}, Case{"train GPT-2 124M 1 x 1024", "gpt2-124m", 1, 1024, 8},
                       Case{"train 4 layers, width 128", "gpt2", 12, 64, 2}}) {
    const std::string full = cat(c.name, " ", name_of(dtype));
    if (!wanted(full)) continue;
    release_cached_memory();
    reset_peak_resident_bytes();
    Architecture a = architecture_named(c.preset);
    if (a.layers == 12 && std::string(c.preset) == "gpt2") a.layers = 4, a.width = 128, a.heads = 4, a.vocab = 65, a.context = 64, a.bias = false;
    Model model(a);
    model.parameters().allocate(Device::kCpu, DType::kF32);
    model.parameters().initialize(1);
    if (dtype == DType::kBF16) model.parameters().refresh_shadows();
    std::vector<std::vector<int32_t>> sequences(static_cast<size_t>(c.sequences), std::vector<int32_t>(static_cast<size_t>(c.length)));
    Rng rng(1, "bench ids");
    for (auto& s : sequences)
      for (int32_t& id : s) id = static_cast<int32_t>(rng.below(static_cast<uint64_t>(a.vocab)));
    const TokenRows rows = make_rows(sequences, sequences, a.context, Device::kCpu);
    std::vector<Tensor> moments;
    for (const Parameter& p : model.parameters().all())
      for (int i = 0; i < 2; ++i) moments.push_back(Tensor::zeros(p.shape, DType::kF32));
    kernels::AdamWStep step{.lr = 1e-4};
    const double seconds = median_s(
        [&] {
          Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
          Flow flow;
          flow.compute = dtype;
          Losses losses;
          model.parameters().clear_gradients();
          const Var loss = model.loss(tape, model.hidden(tape, rows, flow), rows, {}, count_losses(rows).scale(), losses);
          tape.backward(loss);
          size_t i = 0;
          for (Parameter& p : model.parameters().all()) {
            k_.optimizer.adamw(step, 1.0, p.grad, moments[i], moments[i + 1], p.value, p.shadow);
            i += 2;
          }
          ++step.t;
        },
        c.seconds);
    const double tokens = static_cast<double>(rows.rows());
    const std::string shape = cat(c.sequences, " x ", c.length, ", ", count_text(tokens / seconds), " tokens/s");
    rows_.push_back({full, shape, seconds, tokens * cost_of(a, c.length).train_flops_per_token, flops(dtype), "GFLOP/s", peak_resident_bytes()});
  }
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
    std::printf("%s\n", list.dump(2).c_str());
    return;
  }
  std::printf("%s, %d threads. Limits: %.0f GFLOP/s f32, %.0f bf16 (fastest product); %.0f GB/s copying in cache, %.0f in memory.\n\n",
              processor_name().c_str(), num_threads(), limits_.flops_f32 / 1e9, limits_.flops_bf16 / 1e9, limits_.cached / 1e9, limits_.memory / 1e9);
  std::printf("%-34s %-34s %12s %18s %8s\n", "what", "shape", "us", "rate", "share");
  for (const Row& r : rows_)
    std::printf("%-34s %-34s %12.1f %10.1f %-7s %6.0f%%\n", r.name.c_str(), r.shape.c_str(), r.seconds * 1e6, r.work / r.seconds / 1e9, r.unit,
                100 * r.work / r.seconds / r.limit);
}

}  // namespace

std::function<int()> add_bench(CommandLine& line, const CommonFlags& common) {
  const auto names = std::make_shared<std::vector<std::string>>();
  line.values("names", *names, "only rows whose name contains one of these");
  return [names, &common] { return Bench(*names, common.json).run(); };
}

}  // namespace gimbal
