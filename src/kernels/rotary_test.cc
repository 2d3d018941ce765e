// Rotary embedding against its definition on each instruction set, and turning back.
#include "kernels/rotary.h"

#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const RotaryKernels kCpu = rotary_cpu(), kReference = rotary_reference();

/// A tensor of a few rows with `heads` heads from column 5 on, and the cosines and sines of the usual frequencies.
struct Inputs {
  RotarySpec spec;
  int64_t heads, rows = 13, positions = 40;
  Tensor x, positions_n, cos, sin;

  Inputs(Rng& rng, const RotarySpec& spec, int64_t heads, DType dtype) : spec(spec), heads(heads) {
    x = misaligned(random_tensor(rng, {rows, 5 + heads * spec.head_width + 2}, dtype));
    std::vector<int32_t> at;
    for (int64_t i = 0; i < rows; ++i) at.push_back(static_cast<int32_t>(rng.below(static_cast<uint64_t>(positions))));
    positions_n = Tensor::from_ints(at);
    const int64_t pairs = spec.rotary_width / 2;
    std::vector<double> c, s;
    for (int64_t p = 0; p < positions; ++p) {
      for (int64_t i = 0; i < pairs; ++i) {
        const double angle = static_cast<double>(p) * std::pow(10000.0, -static_cast<double>(i) / static_cast<double>(pairs));
        c.push_back(std::cos(angle));
        s.push_back(std::sin(angle));
      }
    }
    cos = misaligned(Tensor::from<double>(c, {positions, pairs}).to(DType::kF32));
    sin = misaligned(Tensor::from<double>(s, {positions, pairs}).to(DType::kF32));
  }

  void turn(const RotaryKernels& kernels, Turn turn, const Tensor& t) const { kernels.turn(spec, turn, t, 5, heads, positions_n, cos, sin); }
};

std::vector<RotarySpec> specs() {
  std::vector<RotarySpec> all;
  for (const RotaryPairs pairs : {RotaryPairs::kHalfSplit, RotaryPairs::kInterleaved}) {
    for (const auto& [width, turned] :
         std::vector<std::pair<int64_t, int64_t>>{{2, 2}, {3, 2}, {8, 8}, {33, 30}, {64, 64}, {64, 32}, {80, 16}, {128, 128}}) {
      all.push_back({.head_width = width, .rotary_width = turned, .pairs = pairs});
    }
  }
  return all;
}

TEST(Rotary, IsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "rotary");
    for (const RotarySpec& spec : specs()) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        for (const Turn direction : {Turn::kForward, Turn::kBack}) {
          const Inputs in(rng, spec, 3, dtype);
          const Tensor expected = in.x.to(DType::kF64), y = misaligned(in.x);
          in.turn(kReference, direction, expected);
          in.turn(kCpu, direction, y);
          expect_close(
              y, expected.to_doubles(), [](size_t) { return 2 * ulp(DType::kF32, 4); },
              cat(target, " width ", spec.head_width, " turned ", spec.rotary_width, " ", name_of(dtype)));
        }
      }
    }
  });
}

TEST(Rotary, TurningBackUndoesIt) {
  Rng rng(2, "rotary.back");
  for (const RotarySpec& spec : specs()) {
    const Inputs in(rng, spec, 2, DType::kF32);
    const Tensor y = in.x.clone();
    in.turn(kCpu, Turn::kForward, y);
    EXPECT_FALSE(same_bits(y, in.x));
    in.turn(kCpu, Turn::kBack, y);
    expect_close(
        y, in.x.to_doubles(), [](size_t) { return 4 * ulp(DType::kF32, 4); }, cat("width ", spec.head_width, " turned ", spec.rotary_width));
  }
}

TEST(Rotary, TurningBackIsTheGradient) {
  Rng rng(3, "rotary.vjp");
  for (const RotarySpec& spec : specs()) {
    const Inputs in(rng, spec, 1, DType::kF64);
    const std::vector<double> dy = normals(rng, static_cast<size_t>(in.x.elements()));
    const Tensor dx = Tensor::from<double>(dy, in.x.shape());
    in.turn(kReference, Turn::kBack, dx);
    const Map forward = [&](const std::vector<double>& x) {
      const Tensor y = Tensor::from<double>(x, in.x.shape());
      in.turn(kReference, Turn::kForward, y);
      return y.to_doubles();
    };
    if (spec.head_width > 8) continue;  // the numeric derivative calls forward for every element
    EXPECT_LT(gradient_error(forward, in.x.to_doubles(), dy, dx.to_doubles()), 1e-8) << "width " << spec.head_width;
  }
}

TEST(Rotary, LeavesOtherChannelsAlone) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(4, "rotary.rest");
    for (const RotarySpec& spec : specs()) {
      const Inputs in(rng, spec, 2, DType::kBF16);
      const Tensor y = in.x.clone();
      in.turn(kCpu, Turn::kForward, y);
      for (int64_t i = 0; i < y.elements(); ++i) {
        const int64_t column = i % y.cols() - 5;
        const bool in_head = column >= 0 && column < 2 * spec.head_width && column % spec.head_width < spec.rotary_width;
        ASSERT_TRUE(in_head || y.at(i) == in.x.at(i)) << target << " column " << column << " width " << spec.head_width;
      }
    }
  });
}

TEST(Rotary, ThreadsDoNotChangeBits) {
  Rng rng(5, "rotary.threads");
  Inputs in(rng, {.head_width = 128, .rotary_width = 128, .pairs = RotaryPairs::kHalfSplit}, 16, DType::kF32);
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor y = in.x.clone();
        in.turn(kCpu, Turn::kForward, y);
        return y;
      },
      "rotary");
}

}  // namespace
}  // namespace gimbal::kernels
