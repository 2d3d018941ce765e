// The designs by their published formulas, written down in double in tools/make_golden.py: loss and gradient norms at 6 and 24 layers.
//
// Weights come from splitmix64, drawn in the order that the file's "spec" gives, so both sides hold the same bits.
#include <map>
#include <set>

#include "golden.h"
#include "models/model.h"

namespace gimbal::testing {
namespace {

constexpr int64_t kVocab = 64, kWidth = 32, kHeads = 4, kFfn = 64, kTokens = 16;

// How a case's placement is said here. Sizes of weights are the golden file's: gain on v, o, W1, W2, and a factor of the branch folded into o and W2.
struct Design {
  const char *placement, *residual, *norm = nullptr;
  double (*gain)(double layers) = [](double) { return 1.0; };
  double (*branch_factor)(double layers) = [](double) { return 1.0; };
};

const std::map<std::string, Design> kDesigns = {
    {"post", {"post", "add"}},
    {"pre", {"pre", "add"}},
    {"prescaled", {"pre", "add", nullptr, [](double) { return 1.0; }, [](double n) { return 1 / std::sqrt(2 * n); }}},
    {"peri", {"sandwich", "add"}},
    {"olmo2", {"branch", "add"}},
    {"subln", {"sub", "add", nullptr, [](double n) { return std::sqrt(std::log(2 * n)); }}},
    {"deepnorm", {"post", "deepnorm", nullptr, [](double n) { return std::pow(8 * n, -0.25); }}},
    {"admin", {"post", "admin"}},
    {"lns", {"pre", "layernorm-scaling"}},
    {"none", {"pre", "add", "none"}},
    {"mixln", {"mix-ln", "add"}},
    {"parallel", {"parallel", "add"}},
    {"b2t", {"b2t", "add"}},
    {"residual", {"resi-dual", "add"}},
};

// Without norms the stream grows to 2e5 in 24 layers and attention logits to 1e10, where f32 does not resolve which key wins.
const std::set<std::string> kOnlyInDouble = {"ln.none.N24"};

class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  /// [0, 1) with 24 random bits.
  double uniform() { return static_cast<double>(mix64(state_ += 0x9e3779b97f4a7c15ULL) >> 40) * 0x1.0p-24; }

 private:
  uint64_t state_;
};

// Fills the parameter's rows from `row_begin` with the transpose of a drawn [inputs, outputs] matrix times gain.
void draw(SplitMix& random, const Tensor& value, int64_t row_begin, int64_t outputs, double std, double gain) {
  const int64_t inputs = value.size(1);
  for (int64_t i = 0; i < inputs; ++i) {
    for (int64_t o = 0; o < outputs; ++o) {
      const double w = (2 * random.uniform() - 1) * std::sqrt(3.0) * std * gain;
      const int64_t at = (row_begin + o) * inputs + i;
      if (value.dtype() == DType::kF64) {
        value.data<double>()[at] = w;
      } else {
        value.data<float>()[at] = static_cast<float>(w);
      }
    }
  }
}

double xavier(int64_t inputs, int64_t outputs) { return std::sqrt(2.0 / static_cast<double>(inputs + outputs)); }

Architecture architecture(const Design& design, const std::string& norm, int64_t layers) {
  Architecture a;
  a.family = "gpt2";
  a.vocab = kVocab;
  a.context = kTokens;
  a.layers = layers;
  a.width = kWidth;
  a.heads = kHeads;
  a.ffn_width = kFfn;
  a.activation = "relu";
  a.positions.kind = "none";
  a.bias = false;
  a.tied = false;
  a.norm.kind = design.norm ? design.norm : norm == "ln" ? "layer" : "rms";
  a.norm.eps = 1e-5;
  a.placement = design.placement;
  a.residual.kind = design.residual;
  return a;
}

struct Built {
  std::unique_ptr<Model> model;
  double branch_factor = 1;

  Parameter& parameter(const std::string& name) const { return *model->parameters().find(name); }
  Parameter& layer(int64_t i, const char* name) const { return parameter(cat("block.", i, ".", name)); }
};

Built build(const Design& design, const std::string& norm, int64_t layers, Device device) {
  Built b{std::make_unique<Model>(architecture(design, norm, layers))};
  b.model->parameters().allocate(device, device == Device::kReference ? DType::kF64 : DType::kF32);
  b.model->parameters().initialize(1);
  const auto n = static_cast<double>(layers);
  const double gain = design.gain(n), square = xavier(kWidth, kWidth), wide = xavier(kWidth, kFfn);
  b.branch_factor = design.branch_factor(n);

  SplitMix random(1234);
  // The table is [vocab, width] here too: drawn as it lies.
  Tensor table = b.parameter("embed.tokens").value;
  draw(random, table.reshape(Shape{1, kVocab * kWidth}), 0, 1, 1.0, 1.0);
  for (int64_t i = 0; i < layers; ++i) {
    const Tensor& qkv = b.layer(i, "attn.qkv.weight").value;
    for (const int64_t part : {0, 1, 2}) draw(random, qkv, part * kWidth, kWidth, square, part == 2 ? gain : 1.0);
    draw(random, b.layer(i, "attn.proj.weight").value, 0, kWidth, square, gain * b.branch_factor);
    draw(random, b.layer(i, "ffn.up.weight").value, 0, kFfn, wide, gain);
    draw(random, b.layer(i, "ffn.down.weight").value, 0, kWidth, wide, gain * b.branch_factor);
  }
  draw(random, b.parameter("head.weight").value, 0, kVocab, xavier(kWidth, kVocab), 1.0);
  return b;
}

TokenRows golden_rows(Device device) {
  std::vector<std::vector<int32_t>> ids(2), targets(2);
  for (int64_t b = 0; b < 2; ++b) {
    const auto token = [b](int64_t t) { return static_cast<int32_t>((31 * b + 17 * t + t * t % 13) % kVocab); };
    for (int64_t t = 0; t < kTokens; ++t) {
      ids[static_cast<size_t>(b)].push_back(token(t));
      targets[static_cast<size_t>(b)].push_back(token(t + 1));
    }
  }
  return make_rows(ids, targets, kTokens, device);
}

double norm_of_rows(const Parameter& p, int64_t begin, int64_t end) {
  double squares = 0;
  for (int64_t i = begin * p.grad.cols(); i < end * p.grad.cols(); ++i) squares += p.grad.at(i) * p.grad.at(i);
  return std::sqrt(squares);
}
double norm_of(const Parameter& p) { return norm_of_rows(p, 0, p.grad.rows()); }

struct Allowed {
  double loss, gradient;
};

void expect_case(const std::string& key, const Json& want, Device device, Allowed allowed, Comparison& losses, Comparison& gradients) {
  if (device == Device::kCpu) {
    allowed.loss = std::max(allowed.loss, 20 * want["f32_noise"]["loss"].get<double>());
    allowed.gradient = std::max(allowed.gradient, 20 * want["f32_noise"]["gradient"].get<double>());
  }
  const size_t dot = key.find('.'), last = key.rfind(".N");
  const std::string norm = key.substr(0, dot), placement = key.substr(dot + 1, last - dot - 1);
  const int64_t layers = std::stoll(key.substr(last + 2));
  const Built b = build(kDesigns.at(placement), norm, layers, device);
  const TokenRows rows = golden_rows(device);

  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  Losses sums;
  const Var hidden = b.model->hidden(tape, rows, {});
  tape.backward(b.model->loss(tape, hidden, rows, {}, {.token = 1.0 / (2 * kTokens)}, sums));

  const auto one = [&](const char* what, double got) {
    const double wanted = want[what].get<double>();
    gradients.expect(key + " " + what, {&got, 1}, {&wanted, 1}, allowed.gradient);
  };
  const double loss = sums.mean(), wanted_loss = want["loss"].get<double>();
  losses.expect(key, {&loss, 1}, {&wanted_loss, 1}, allowed.loss);
  // The golden factor stands outside W2, ours inside: d loss / d W2 = factor * d loss / d (factor W2).
  for (int64_t i = 0; i < layers; ++i) {
    const double got = b.branch_factor * norm_of(b.layer(i, "ffn.down.weight")), wanted = want["gW2"][static_cast<size_t>(i)].get<double>();
    gradients.expect(cat(key, " gW2 of layer ", i), {&got, 1}, {&wanted, 1}, allowed.gradient);
  }
  one("gWq1", norm_of_rows(b.layer(0, "attn.qkv.weight"), 0, kWidth));
  one("gWv1", norm_of_rows(b.layer(0, "attn.qkv.weight"), 2 * kWidth, 3 * kWidth));
  one("gemb", norm_of(b.parameter("embed.tokens")));
  one("ghead", norm_of(b.parameter("head.weight")));
}

void expect_all(Device device, Allowed allowed) {
  const Json cases = golden_json("science_golden.json");
  Comparison losses("loss"), gradients("gradient");
  int covered = 0;
  for (const auto& [key, want] : cases.items()) {
    if (key == "spec") continue;
    const std::string placement = key.substr(key.find('.') + 1, key.rfind(".N") - key.find('.') - 1);
    if (device == Device::kCpu && kOnlyInDouble.contains(key)) continue;
    ASSERT_TRUE(kDesigns.contains(placement)) << key << " is not covered";
    expect_case(key, want, device, allowed, losses, gradients);
    ++covered;
  }
  EXPECT_EQ(covered, device == Device::kCpu ? 35 : 36);
}

TEST(Science, EveryDesignInF32) { expect_all(Device::kCpu, {1e-5, 1e-4}); }
TEST(Science, EveryDesignInDouble) { expect_all(Device::kReference, {1e-12, 1e-9}); }

// The first raw draws, so that a mistake in the generator is not looked for in the engine.
TEST(Science, SplitMixDrawsAsPublished) {
  SplitMix random(1234);
  for (const double want : {0.7306665182, 0.5928898454, 0.2021328211, 0.3061867356}) EXPECT_NEAR(random.uniform(), want, 1e-9);
}

// The measure can fail: DeepNorm without its alpha, or Pre-LN taken for Sandwich, is beyond the tolerance.
TEST(Science, AnotherDesignIsSeen) {
  const Json cases = golden_json("science_golden.json");
  const auto loss_of = [&](const Design& design) {
    const Built b = build(design, "ln", 6, Device::kCpu);
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const TokenRows rows = golden_rows(Device::kCpu);
    Losses losses;
    b.model->loss(tape, b.model->hidden(tape, rows, {}), rows, {}, {}, losses);
    return losses.mean();
  };
  Design no_alpha = kDesigns.at("deepnorm");
  no_alpha.residual = "add";
  EXPECT_GT(std::abs(loss_of(no_alpha) / cases["ln.deepnorm.N6"]["loss"].get<double>() - 1), 1e-4);
  EXPECT_GT(std::abs(loss_of(kDesigns.at("pre")) / cases["ln.peri.N6"]["loss"].get<double>() - 1), 1e-4);
}

}  // namespace
}  // namespace gimbal::testing
