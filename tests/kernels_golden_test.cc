// Single operations against PyTorch in double: norms with their gradients, activations, attention, positions, losses, optimizers; on the fast kernels
// in f32 and on the reference in double.
#include <functional>
#include <numeric>
#include <set>

#include "autograd/ops.h"
#include "golden.h"
#include "kernels/table.h"
#include "layers/feed_forward.h"
#include "layers/positions.h"

namespace gimbal::testing {
namespace {

using Doubles = std::vector<double>;

// A folder's tensors and cases, and which cases a test has been through.
class Book {
 public:
  explicit Book(const std::string& name)
      : tensors_(SafetensorsFile::open(golden(name) / (name + ".safetensors"))), cases_(golden_json(cat(name, "/", name, ".json"))["cases"]) {}

  Doubles at(const std::string& name) const { return tensors_.read(name).to_doubles(); }
  bool has(const std::string& name) const { return tensors_.contains(name); }
  Shape shape(const std::string& name) const { return tensors_.read(name).shape(); }
  Tensor tensor(const std::string& name, Shape shape, Device device) const { return make(at(name), shape, device); }
  const Json& cases() const { return cases_; }
  const Json& take(const std::string& key) {
    taken_.insert(key);
    return cases_.at(key);
  }
  /// Every case was taken, but for those that begin with one of `later`.
  void expect_all_taken(const std::vector<std::string>& later) const {
    for (const auto& [key, value] : cases_.items()) {
      const auto begins = [&key = key](const std::string& start) { return key.starts_with(start); };
      EXPECT_NE(taken_.contains(key), std::any_of(later.begin(), later.end(), begins)) << key << " is neither covered nor listed, or both";
    }
  }

  static Tensor make(const Doubles& values, Shape shape, Device device) {
    return Tensor::from<double>(values, shape).to(device == Device::kReference ? DType::kF64 : DType::kF32, device);
  }

 private:
  SafetensorsFile tensors_;
  Json cases_;
  std::set<std::string> taken_;
};

class GoldenKernels : public ::testing::TestWithParam<Device> {
 protected:
  Device device() const { return GetParam(); }
  const kernels::Table& table() const { return kernels::on(device()); }
  DType dtype() const { return device() == Device::kReference ? DType::kF64 : DType::kF32; }
  Tensor empty(Shape shape) const { return Tensor::zeros(shape, dtype(), device()); }

  /// Allowed: in f32 1e-5, or 20 times PyTorch's own f32 error; in double 1e-9, or as much less as double is finer, or 1e-10 where 0 is meant.
  void expect(Comparison& c, const std::string& what, const Doubles& got, const Doubles& want, double f32_error = 0) const {
    const bool exact = device() == Device::kReference;
    c.expect(what, got, want, exact ? 1e-9 : 1e-5, exact ? 1e-7 * f32_error + 1e-10 : 20 * f32_error);
  }
  /// The same element by element against max(1, |want|), for functions of wide range.
  void expect_each(Comparison& c, const std::string& what, Doubles got, Doubles want) const {
    for (size_t i = 0; i < std::min(got.size(), want.size()); ++i) {
      const double size = std::max(1.0, std::abs(want[i]));
      if (std::isfinite(want[i])) got[i] /= size, want[i] /= size;
    }
    c.expect(what, got, want, device() == Device::kReference ? 1e-9 : 1e-6, device() == Device::kReference ? 1e-9 : 1e-6);
  }
};

// ---- norms ----

// A norm's parameters in memory of their own.
struct NormParameters {
  NormParameters(Device device, const Doubles& gain_values, const Doubles& bias_values) {
    gain = &parameters.make_constant("gain", Shape{static_cast<int64_t>(gain_values.size())}, 1);
    gain->value = Book::make(gain_values, gain->shape, device);
    if (bias_values.empty()) return;
    bias = &parameters.make_constant("bias", Shape{static_cast<int64_t>(bias_values.size())}, 0);
    bias->value = Book::make(bias_values, bias->shape, device);
  }
  Parameters parameters;
  Parameter *gain, *bias = nullptr;
};

struct NormResult {
  Doubles y, dx, dw, db;
};

NormResult run_norm(const Tensor& x, const Tensor& dy, Tape::Phase phase, NormParameters& p, const std::function<Var(Tape&, const Var&)>& norm) {
  Tape tape(Tape::Mode::kRecord, phase);
  const Var in = tape.input(x);
  const Var y = norm(tape, in);
  tape.backward(y, dy.clone());
  return {y.value.to_doubles(), tape.gradient(in).to_doubles(), p.gain->grad.to_doubles(), p.bias ? p.bias->grad.to_doubles() : Doubles()};
}

TEST_P(GoldenKernels, LayerAndRmsNorm) {
  Book book("norms");
  Comparison comparison("row_norm");
  int tried = 0;
  for (const auto& [key, c] : book.cases().items()) {
    if (c["kind"] != "layernorm" && c["kind"] != "rmsnorm") continue;
    const auto x_name = c["x"].get<std::string>(), dy_name = c["dy"].get<std::string>();
    const Shape shape = book.shape(x_name);
    NormParameters p(device(), book.at(c["weight"]), c["bias"].is_null() ? Doubles() : book.at(c["bias"]));
    const ops::RowNormSpec spec{.stat = c["kind"] == "layernorm" ? ops::RowStat::kLayer : ops::RowStat::kRms, .eps = c["eps"].get<double>()};
    const NormResult got = run_norm(book.tensor(x_name, shape, device()), book.tensor(dy_name, shape, device()), Tape::Phase::kTrain, p,
                                    [&](Tape& tape, const Var& in) { return ops::row_norm(tape, spec, in, p.gain, p.bias, DType::kF32); });
    const std::pair<const char*, const Doubles*> results[] = {{"y", &got.y}, {"dx", &got.dx}, {"dw", &got.dw}, {"db", &got.db}};
    for (const auto& [name, values] : results) {
      if (!c["torch_f32_err"].contains(name)) continue;
      const Json& error = c["torch_f32_err"][name];
      expect(comparison, key + " " + name, *values, book.at(cat(key, ".", name, ".f64")), error.is_null() ? 0.0 : error.get<double>());
    }
    ++tried;
  }
  EXPECT_EQ(tried, 93);
}

// (N, C, L) as one row a position: [N * L, C]; (N, C) is that already.
Doubles channels_last(const Doubles& values, const std::vector<int64_t>& shape) {
  const int64_t n = shape[0], c = shape[1], l = shape.size() > 2 ? shape[2] : 1;
  Doubles rows(values.size());
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < c; ++j)
      for (int64_t k = 0; k < l; ++k) rows[static_cast<size_t>((i * l + k) * c + j)] = values[static_cast<size_t>((i * c + j) * l + k)];
  return rows;
}

TEST_P(GoldenKernels, BatchNorm) {
  Book book("norms");
  Comparison comparison("batch_norm");
  int tried = 0;
  for (const auto& [key, c] : book.cases().items()) {
    if (c["kind"] != "batchnorm") continue;
    const auto sizes = c["shape"].get<std::vector<int64_t>>();
    const int64_t channels = sizes[1];
    const auto rows = [&, &key = key](const char* name) { return channels_last(book.at(cat(key, ".", name)), sizes); };
    const Shape shape{static_cast<int64_t>(rows("x").size()) / channels, channels};
    NormParameters p(device(), book.at(key + ".weight"), book.at(key + ".bias"));
    ops::RunningStatistics running{&p.parameters.make_buffer("mean", Shape{channels}, 0), &p.parameters.make_buffer("var", Shape{channels}, 1),
                                   c["momentum"].get<double>()};
    running.mean_d->value = book.tensor(key + ".running_mean", Shape{channels}, device());
    running.var_d->value = book.tensor(key + ".running_var", Shape{channels}, device());
    const auto phase = c["training"].get<bool>() ? Tape::Phase::kTrain : Tape::Phase::kEval;
    const NormResult got =
        run_norm(Book::make(rows("x"), shape, device()), Book::make(rows("dy"), shape, device()), phase, p,
                 [&](Tape& tape, const Var& in) { return ops::batch_norm(tape, c["eps"].get<double>(), in, p.gain, p.bias, running, DType::kF32); });
    const auto error = [&c = c](const char* name) { return c["torch_f32_err"][name].get<double>(); };
    expect(comparison, key + " y", got.y, rows("y.f64"), error("y"));
    expect(comparison, key + " dx", got.dx, rows("dx.f64"), error("dx"));
    expect(comparison, key + " dw", got.dw, book.at(key + ".dw.f64"), error("dw"));
    expect(comparison, key + " db", got.db, book.at(key + ".db.f64"), error("db"));
    for (const auto& [name, parameter] : {std::pair{"running_mean_after", running.mean_d}, {"running_var_after", running.var_d}})
      expect(comparison, cat(key, " ", name), parameter->value.to_doubles(), book.at(cat(key, ".", name, ".f64")), error(name));
    ++tried;
  }
  EXPECT_EQ(tried, 54);
}

// Each value L times in a row, and sums over as many: a gain of C channels over rows of C * L.
Doubles spread(const Doubles& values, int64_t times) {
  Doubles out;
  for (const double v : values) out.insert(out.end(), static_cast<size_t>(times), v);
  return out;
}
Doubles gathered(const Doubles& values, int64_t times) {
  Doubles out(values.size() / static_cast<size_t>(times));
  for (size_t i = 0; i < values.size(); ++i) out[i / static_cast<size_t>(times)] += values[i];
  return out;
}

TEST_P(GoldenKernels, GroupNorm) {
  Book book("norms");
  Comparison comparison("group_norm");
  int tried = 0;
  for (const auto& [key, c] : book.cases().items()) {
    if (c["kind"] != "groupnorm") continue;
    const auto sizes = c["shape"].get<std::vector<int64_t>>();
    const int64_t length = sizes.size() > 2 ? sizes[2] : 1;
    const Shape shape{sizes[0], sizes[1] * length};
    NormParameters p(device(), spread(book.at(key + ".weight"), length), spread(book.at(key + ".bias"), length));
    const ops::RowNormSpec spec{.stat = ops::RowStat::kLayer, .eps = c["eps"].get<double>(), .groups = c["groups"].get<int64_t>()};
    const NormResult got = run_norm(book.tensor(key + ".x", shape, device()), book.tensor(key + ".dy", shape, device()), Tape::Phase::kTrain, p,
                                    [&](Tape& tape, const Var& in) { return ops::row_norm(tape, spec, in, p.gain, p.bias, DType::kF32); });
    const auto error = [&c = c](const char* name) { return c["torch_f32_err"][name].get<double>(); };
    expect(comparison, key + " y", got.y, book.at(key + ".y.f64"), error("y"));
    expect(comparison, key + " dx", got.dx, book.at(key + ".dx.f64"), error("dx"));
    expect(comparison, key + " dw", gathered(got.dw, length), book.at(key + ".dw.f64"), error("dw"));
    expect(comparison, key + " db", gathered(got.db, length), book.at(key + ".db.f64"), error("db"));
    ++tried;
  }
  EXPECT_EQ(tried, 18);
  EXPECT_EQ(book.cases().size(), 93u + 54u + 18u);
}

// ---- activations, softmax, losses ----

void activations(Book& book, Device device, const std::function<void(const std::string&, const Doubles&, const Doubles&)>& expect) {
  const Doubles x = book.at("act.x"), dy = book.at("act.dy");
  const Shape shape{1, static_cast<int64_t>(x.size())};
  const auto& kernel = kernels::on(device).activation;
  const std::pair<const char*, const char*> plain[] = {{"relu", "relu"}, {"gelu", "gelu"}, {"gelu_tanh", "gelu-tanh"},
                                                       {"silu", "silu"}, {"tanh", "tanh"}, {"sigmoid", "sigmoid"}};
  for (const auto& [theirs, ours] : plain) {
    const Tensor in = Book::make(x, shape, device), y(shape, in.dtype(), device), dx(shape, in.dtype(), device);
    kernel.forward(activation_named(ours), in, y);
    kernel.backward(activation_named(ours), Book::make(dy, shape, device), in, dx);
    const std::string key = cat("act.", theirs);
    book.take(key);
    expect(key, y.to_doubles(), book.at(key + ".y.f64"));
    expect(key + " dx", dx.to_doubles(), book.at(key + ".dx.f64"));
  }
  const Shape half = book.shape("glu.gate");
  const Doubles gate = book.at("glu.gate"), up = book.at("glu.up");
  Doubles both;
  const auto f = static_cast<ptrdiff_t>(half[1]);
  for (ptrdiff_t row = 0; row < half[0]; ++row)
    for (const Doubles* part : {&gate, &up}) both.insert(both.end(), part->begin() + row * f, part->begin() + (row + 1) * f);
  const std::pair<const char*, const char*> gated[] = {
      {"swiglu", "swiglu"}, {"geglu", "geglu"}, {"geglu_tanh", "geglu-tanh"}, {"reglu", "reglu"}, {"glu", "glu"}};
  for (const auto& [theirs, ours] : gated) {
    const Tensor in = Book::make(both, Shape{half[0], 2 * half[1]}, device), y(half, in.dtype(), device);
    kernel.forward(activation_named(ours), in, y);
    book.take(cat("glu.", theirs));
    expect(cat("glu.", theirs), y.to_doubles(), book.at(cat("glu.", theirs, ".f64")));
  }
}

// log softmax, a class at a time.
Doubles log_softmax(const Book& book, Device device) {
  const Shape shape = book.shape("softmax.x");
  const Tensor x = book.tensor("softmax.x", shape, device);
  Doubles all(static_cast<size_t>(shape.elements()));
  for (int64_t v = 0; v < shape[1]; ++v) {
    const std::vector<int32_t> target(static_cast<size_t>(shape[0]), static_cast<int32_t>(v));
    const Tensor logp(Shape{shape[0]}, x.dtype(), device);
    kernels::on(device).cross_entropy.log_probabilities(x, Tensor::from_ints(target, device), logp);
    for (int64_t r = 0; r < shape[0]; ++r) all[static_cast<size_t>(r * shape[1] + v)] = logp.at(r);
  }
  return all;
}

struct LossResult {
  double loss;
  Doubles dlogits;
};

LossResult cross_entropy(const Book& book, Device device, const std::string& name) {
  const Shape shape = book.shape("ce.logits");
  const Doubles target = book.at("ce.target"), class_weight = book.at("ce.weight");
  kernels::CrossEntropySpec spec;
  if (name == "ce.smooth") spec.label_smoothing = 0.1;
  if (name == "ce.zloss") spec.z_loss = 1e-4;
  Doubles weights;
  double total = 0;
  for (const double t : target) {
    weights.push_back(t < 0 ? 0 : name == "ce.weighted" ? class_weight[static_cast<size_t>(t)] : 1);
    total += weights.back();
  }
  const Tensor logits = book.tensor("ce.logits", shape, device), loss(Shape{shape[0]}, logits.dtype(), device),
               lse(Shape{shape[0]}, logits.dtype(), device), dlogits(shape, logits.dtype(), device);
  const std::vector<int32_t> ids(target.begin(), target.end());
  const double scale = name == "ce.sum" ? 1 : 1 / total;
  kernels::on(device).cross_entropy.rows(spec, logits, Tensor::from_ints(ids, device), Book::make(weights, Shape{shape[0]}, device), scale, loss, lse,
                                         dlogits);
  double sum = 0;
  for (int64_t i = 0; i < shape[0]; ++i) sum += scale * weights[static_cast<size_t>(i)] * loss.at(i);
  return {sum, dlogits.to_doubles()};
}

// ---- attention and positions ----

// [B, H, T, D] <-> one row a token: [B * T, H * D].
Doubles token_rows(const Doubles& values, const Shape& s) {
  Doubles rows(values.size());
  const int64_t d = s.rank() > 3 ? s[3] : 1;
  for (int64_t b = 0; b < s[0]; ++b)
    for (int64_t h = 0; h < s[1]; ++h)
      for (int64_t t = 0; t < s[2]; ++t)
        for (int64_t i = 0; i < d; ++i)
          rows[static_cast<size_t>(((b * s[2] + t) * s[1] + h) * d + i)] = values[static_cast<size_t>(((b * s[1] + h) * s[2] + t) * d + i)];
  return rows;
}

// One call of the kernel; a case may need several, whose gradients add up.
struct Call {
  kernels::Mask mask;
  std::vector<kernels::Segment> segments;
};

std::vector<Call> calls_of(const Book& book, const std::string& key, const Json& c, const Shape& q, const Shape& k) {
  const bool causal = c["causal"].get<bool>(), padded = c["mask"] == "pad";
  const Doubles lengths = padded ? book.at(key + ".kv_len") : Doubles(static_cast<size_t>(q[0]), static_cast<double>(k[2]));
  std::vector<Call> calls = {{causal ? kernels::Mask::kCausal : kernels::Mask::kFull, {}}};
  for (int64_t b = 0; b < q[0]; ++b) {
    const auto keys = static_cast<int64_t>(lengths[static_cast<size_t>(b)]);
    const int64_t behind = causal && padded ? q[2] - keys : 0;  // queries behind the last real key, which see all keys
    calls[0].segments.push_back({b * q[2], q[2] - behind, b * k[2], keys, 0});
    if (behind > 0) calls.push_back({kernels::Mask::kFull, {{b * q[2] + keys, behind, b * k[2], keys, 0}}});
  }
  return calls;
}

// Of the saved pairs of a top and the logarithm of what is relative to it.
Doubles log_sums(const Doubles& softmax, double nats_of_top) {
  Doubles sums;
  for (size_t i = 0; i < softmax.size(); i += 2) sums.push_back(softmax[i] * nats_of_top + softmax[i + 1]);
  return sums;
}

TEST_P(GoldenKernels, Attention) {
  Book book("ops");
  Comparison comparison("attention");
  for (const auto& [key, c] : book.cases().items()) {
    if (!key.starts_with("attn.") || c["mask"] == "bias") continue;
    const Shape q_shape = book.shape(key + ".q"), k_shape = book.shape(key + ".k");
    kernels::AttentionSpec spec;
    spec.heads = q_shape[1];
    spec.kv_heads = k_shape[1];
    spec.head_width = q_shape[3];
    spec.scale = 1 / std::sqrt(static_cast<double>(spec.head_width));
    const Shape queries{q_shape[0] * q_shape[2], spec.heads * spec.head_width}, keys{k_shape[0] * k_shape[2], spec.kv_heads * spec.head_width};
    const auto rows = [&, &key = key](const char* name, const Shape& from, const Shape& to) {
      return Book::make(token_rows(book.at(cat(key, ".", name)), from), to, device());
    };
    const Tensor q = rows("q", q_shape, queries), k = rows("k", k_shape, keys), v = rows("v", k_shape, keys), d_o = rows("do", q_shape, queries);
    const Tensor o = empty(queries), softmax = empty(Shape{queries[0], 2 * spec.heads});
    Doubles dq(static_cast<size_t>(queries.elements())), dk(static_cast<size_t>(keys.elements())), dv(dk.size());
    for (const Call& call : calls_of(book, key, c, q_shape, k_shape)) {
      spec.mask = call.mask;
      table().attention.forward(spec, call.segments, {q, 0}, {k, 0}, {v, 0}, {}, o, softmax, nullptr);
      const Tensor dq_call = empty(queries), dk_call = empty(keys), dv_call = empty(keys);
      table().attention.backward(spec, call.segments, {q, 0}, {k, 0}, {v, 0}, {}, o, softmax, d_o, {dq_call, 0}, {dk_call, 0}, {dv_call, 0}, {});
      for (size_t i = 0; i < dq.size(); ++i) dq[i] += dq_call.at(static_cast<int64_t>(i));
      for (size_t i = 0; i < dk.size(); ++i) dk[i] += dk_call.at(static_cast<int64_t>(i)), dv[i] += dv_call.at(static_cast<int64_t>(i));
    }
    const auto want = [&, &key = key](const char* name, const Shape& from) { return token_rows(book.at(cat(key, ".", name, ".f64")), from); };
    expect(comparison, key + " o", o.to_doubles(), want("o", q_shape));
    expect(comparison, key + " lse", log_sums(softmax.to_doubles(), kernels::nats_of_top(spec, {})),
           want("lse", Shape{q_shape[0], q_shape[1], q_shape[2]}));
    // Where one key is seen (one token alone), the true gradient of q is 0 and ours a rounding.
    expect(comparison, key + " dq", dq, want("dq", q_shape), 1e-7);
    expect(comparison, key + " dk", dk, want("dk", k_shape), 1e-7);
    expect(comparison, key + " dv", dv, want("dv", k_shape));
  }
  EXPECT_EQ(comparison.count(), 8 * 5);
}

TEST_P(GoldenKernels, Rotary) {
  Book book("ops");
  Comparison comparison("rotary");
  const Shape shape = book.shape("rope.x");
  const Doubles positions = book.at("rope.pos");
  const std::vector<int32_t> ids(positions.begin(), positions.end());
  const int64_t pairs = shape[3] / 2, most = *std::max_element(ids.begin(), ids.end()) + 1;
  for (const double theta : {10000.0, 500000.0}) {
    // Tables formed in double: those of the engine are f32 products, which at position 8191 are 5e-4 off in any f32 implementation.
    Doubles cosines, sines;
    for (int64_t p = 0; p < most; ++p)
      for (int64_t i = 0; i < pairs; ++i) {
        const double angle = static_cast<double>(p) * std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(shape[3]));
        cosines.push_back(std::cos(angle));
        sines.push_back(std::sin(angle));
      }
    const Tensor cos_pr = Book::make(cosines, Shape{most, pairs}, device()), sin_pr = Book::make(sines, Shape{most, pairs}, device());
    for (const auto& [name, layout] : {std::pair{"half", kernels::RotaryPairs::kHalfSplit}, {"interleaved", kernels::RotaryPairs::kInterleaved}}) {
      const kernels::RotarySpec spec{shape[3], shape[3], layout};
      const Doubles before = token_rows(book.at("rope.x"), shape);
      const Tensor x = Book::make(before, Shape{shape[0] * shape[2], shape[1] * shape[3]}, device());
      table().rotary.turn(spec, kernels::Turn::kForward, x, 0, shape[1], Tensor::from_ints(ids, device()), cos_pr, sin_pr);
      expect(comparison, cat("rope.", name, ".", theta), x.to_doubles(),
             token_rows(book.at(cat("rope.", name, ".", theta == 1e4 ? "10000" : "500000", ".f64")), shape));
      table().rotary.turn(spec, kernels::Turn::kBack, x, 0, shape[1], Tensor::from_ints(ids, device()), cos_pr, sin_pr);
      expect(comparison, cat("rope.", name, " and back"), x.to_doubles(), before);
    }
  }
}

void position_tables(Book& book, Comparison& comparison) {
  for (const char* kind : {"llama3", "linear"}) {
    const std::string key = cat("ropefreq.", kind, kind == std::string("llama3") ? ".8" : ".4");
    const Json& r = book.take(key)["rope_parameters"];
    PositionConfig p;
    p.theta = r["rope_theta"].get<double>();
    p.scaling = kind;
    p.factor = r["factor"].get<double>();
    p.low_freq_factor = r.value("low_freq_factor", 1.0);
    p.high_freq_factor = r.value("high_freq_factor", 4.0);
    p.original_context = r.value("original_max_position_embeddings", 0);
    Doubles got = rotary_frequencies(p, 128), want = book.at(key);
    for (size_t i = 0; i < want.size(); ++i) got[i] /= want[i], want[i] = 1;  // they span five decades
    comparison.expect(key, got, want, 1e-6);
  }
  for (const int64_t heads : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 64, 112}) {
    const std::vector<float> slopes = alibi_slopes(heads);
    const std::string key = cat("alibi.h", heads);
    book.take(key);
    comparison.expect(key, Doubles(slopes.begin(), slopes.end()), book.at(key), 1e-6);
  }
  book.take("sinusoid");
  comparison.expect("sinusoid", sinusoid_table(40, 12), book.at("sinusoid.40x12.f64"), 1e-12);
}

TEST_P(GoldenKernels, ActivationsSoftmaxLossesAndPositions) {
  Book book("ops");
  Comparison activation("activation"), loss("loss"), position("position");
  activations(book, device(), [&](const std::string& what, const Doubles& got, const Doubles& want) { expect_each(activation, what, got, want); });
  book.take("softmax");
  // Relative to 1e4 the logits of row 1 are exact to 1e-3 in f32, and so are their differences: the inputs are those very floats.
  expect_each(loss, "log softmax", log_softmax(book, device()), book.at("softmax.log.f64"));
  for (const char* name : {"ce.mean", "ce.sum", "ce.smooth", "ce.weighted", "ce.zloss"}) {
    book.take(name);
    const LossResult got = cross_entropy(book, device(), name);
    expect(loss, cat(name, " loss"), {got.loss}, book.at(cat(name, ".loss.f64")));
    expect(loss, cat(name, " dlogits"), got.dlogits, book.at(cat(name, ".dlogits.f64")));
  }
  position_tables(book, position);
  for (const auto& [key, value] : book.cases().items())  // Attention and Rotary above
    if ((key.starts_with("attn.") && key != "attn.bias") || key.starts_with("rope.")) book.take(key);
  // What no kernel has yet: other activations, a learned attention bias and buckets (T5), YaRN, distillation, DPO, adapters.
  book.expect_all_taken({"act.relu2", "act.mish", "act.softplus", "act.quick_gelu", "act.elu", "act.leaky_relu", "attn.bias", "ropefreq.yarn",
                         "t5bucket.", "kd.", "cos", "dpo", "lora"});
}

// ---- optimizers ----

struct Updated {
  Tensor w, m, v;
};

using Update = std::function<void(const kernels::OptimizerKernels&, const Updated&, const Tensor& g, int64_t t)>;

TEST_P(GoldenKernels, Optimizers) {
  Book book("optim");
  Comparison comparison("optimizer");
  const auto adam = [](double beta2, double decay) -> Update {
    return [=](const kernels::OptimizerKernels& k, const Updated& p, const Tensor& g, int64_t t) {
      k.adamw({.lr = 1e-2, .beta1 = 0.9, .beta2 = beta2, .eps = 1e-8, .weight_decay = decay, .t = t}, 1, g, p.m, p.v, p.w, {});
    };
  };
  const auto sgd = [](double momentum, double decay, bool nesterov) -> Update {
    return [=](const kernels::OptimizerKernels& k, const Updated& p, const Tensor& g, int64_t t) {
      k.sgd({.lr = 1e-2, .momentum = momentum, .weight_decay = decay, .nesterov = nesterov, .t = t}, 1, g, p.m, p.w, {});
    };
  };
  const std::pair<const char*, Update> known[] = {{"adamw", adam(0.95, 0.1)},
                                                  {"adam", adam(0.999, 0)},
                                                  {"sgd", sgd(0, 0, false)},
                                                  {"sgd_momentum", sgd(0.9, 0, false)},
                                                  {"sgd_nesterov_wd", sgd(0.9, 0.01, true)}};
  for (const auto& [name, update] : known) {
    for (int i = 0; i < 3; ++i) {
      const Shape shape = book.shape(cat("init.", i));
      const Updated p{book.tensor(cat("init.", i), shape, device()), empty(shape), empty(shape)};
      for (int64_t t = 1; t <= 12; ++t) {
        update(table().optimizer, p, book.tensor(cat("grad.step", t <= 10 ? "0" : "", t - 1, ".", i), shape, device()), t);
        const std::string after = cat(name, ".after", t < 10 ? "0" : "", t, ".", i, ".f64");
        if (book.has(after)) expect(comparison, after, p.w.to_doubles(), book.at(after));
      }
    }
  }
  EXPECT_EQ(comparison.count(), 5 * 3 * 3);
}

INSTANTIATE_TEST_SUITE_P(Devices, GoldenKernels, ::testing::Values(Device::kCpu, Device::kReference),
                         [](const auto& info) { return info.param == Device::kCpu ? "cpu" : "reference"; });

}  // namespace
}  // namespace gimbal::testing
