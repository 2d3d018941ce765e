// Row norms against their definition on each instruction set, and the definition's gradient against finite differences.
#include "kernels/row_norm.h"

#include "kernels/kernel_checks.h"
#include "kernels/row_norm_ref.h"

namespace gimbal::kernels {
namespace {

const RowNormKernels kCpu = row_norm_cpu(), kReference = row_norm_reference();
constexpr RowStat kStats[] = {RowStat::kLayer, RowStat::kRms, RowStat::kScale, RowStat::kLayerStd, RowStat::kCompressedRms};
// 0 to 2 vectors of every instruction set, odd ones, and the first that is too wide for rows to go together
const std::vector<int64_t> kWidths = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 96, 1537};

std::string name_of_case(const std::string& target, const RowNormSpec& spec, int64_t n, int64_t d) {
  return cat(target, " stat ", static_cast<int>(spec.stat), " groups ", spec.groups, " offset ", spec.gain_offset, " [", n, ", ", d, "]");
}

/// Absent, one number, or one a channel.
Tensor gain_of(Rng& rng, int64_t elements) { return elements == 0 ? Tensor() : random_tensor(rng, {elements}); }

/// Sums of `width` terms of size 1 in f32, and a few operations on top.
double rounding(int64_t width) { return ulp(DType::kF32, 1) * (8 + 0.25 * static_cast<double>(width)); }

struct Forward {
  Tensor y, stats;
};
Forward forward(const RowNormKernels& kernels, const RowNormSpec& spec, const Tensor& x, const Tensor& gain, const Tensor& bias, DType type,
                DType stats_type) {
  const Forward f{Tensor(x.shape(), type), Tensor({x.rows(), spec.groups, 2}, stats_type)};
  kernels.forward(spec, x, gain, bias, f.y, f.stats);
  return f;
}

void expect_forward(const std::string& target, const RowNormSpec& spec, const Tensor& x, const Tensor& gain, const Tensor& bias, DType type) {
  const Forward cpu = forward(kCpu, spec, x, gain, bias, type, DType::kF32),
                want = forward(kReference, spec, x, gain, bias, DType::kF64, DType::kF64);
  const std::vector<double> y = want.y.to_doubles(), stats = want.stats.to_doubles();
  const double relative = rounding(x.cols() / spec.groups);
  const std::string what = name_of_case(target, spec, x.rows(), x.cols());
  // the largest terms: |xhat| <= sqrt(width) < 40, |gain| and |bias| < 5; a row shorter than eps may be long beside its spread
  expect_close(
      cpu.y, y, [&](size_t i) { return relative * (8 + std::abs(y[i])); }, "y " + what);
  expect_close(
      cpu.stats, stats, [&](size_t i) { return relative * std::max(std::abs(stats[i]), i % 2 == 0 ? 1.0 : 0.0); }, "stats " + what);
}

TEST(RowNorm, ForwardIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "row_norm.forward");
    for (const int64_t d : kWidths)
      for (const RowStat stat : kStats)
        for (const int64_t n : {int64_t{1}, int64_t{3}, int64_t{6}})
          for (const DType in : {DType::kF32, DType::kBF16})
            for (const DType out : {DType::kF32, DType::kBF16})
              expect_forward(target, {.stat = stat, .eps = 1e-3}, misaligned(random_tensor(rng, {n, d}, in)), gain_of(rng, d),
                             gain_of(rng, n == 3 ? 0 : d), out);
  });
}

TEST(RowNorm, EveryFormOfGainAndBias) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "row_norm.gains");
    for (const RowStat stat : kStats)
      for (const double offset : {0.0, 1.0})
        for (const int64_t groups : {1, 3})
          for (const int64_t gains : {0, 1, 21})
            for (const int64_t biases : {0, 21})
              expect_forward(target, {stat, 1e-5, groups, offset}, random_tensor(rng, {5, 21}), gain_of(rng, gains), gain_of(rng, biases),
                             DType::kF32);
  });
}

/// Both kernels get the statistics that the CPU's forward pass left.
void expect_backward(const std::string& target, const RowNormSpec& spec, const Tensor& dy, const Tensor& x, const Tensor& gain, DType dx_type,
                     Write write) {
  Rng rng(3, "row_norm.already_there");
  const int64_t d = x.cols(), gains = gain.defined() ? gain.elements() : d;
  const Forward f = forward(kCpu, spec, x, gain, {}, DType::kF32, DType::kF32);
  const Tensor dx = random_tensor(rng, x.shape(), dx_type), dgain = random_tensor(rng, {gains}), dbias = random_tensor(rng, {d});
  const Tensor want_dx = dx.to(DType::kF64), want_dgain = dgain.to(DType::kF64), want_dbias = dbias.to(DType::kF64);
  kCpu.backward(spec, dy, x, gain, f.stats, dx, write, {dgain, dbias, write});
  kReference.backward(spec, dy, x, gain, f.stats, want_dx, write, {want_dgain, want_dbias, write});
  const std::string what = name_of_case(target, spec, x.rows(), d);
  // |a| < 25 and the factor 1 / denominator
  const std::vector<double> stats = f.stats.to_doubles();
  const auto dx_bound = [&](size_t i) { return rounding(d / spec.groups) * 25 * (1 + stats[2 * (i / static_cast<size_t>(d / spec.groups)) + 1]); };
  const double terms = static_cast<double>(x.rows() * (gains == 1 ? d : 1));
  expect_close(dx, want_dx.to_doubles(), dx_bound, "dx " + what);
  expect_close(
      dgain, want_dgain.to_doubles(), [&](size_t) { return ulp(DType::kF32, 8) * 8 * (terms + 4); }, "dgain " + what);
  expect_close(
      dbias, want_dbias.to_doubles(), [&](size_t) { return ulp(DType::kF32, 8) * (terms + 4); }, "dbias " + what);
}

TEST(RowNorm, BackwardIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(4, "row_norm.backward");
    for (const int64_t d : kWidths)
      for (const RowStat stat : kStats)
        for (const int64_t n : {int64_t{1}, int64_t{7}})
          for (const DType dy : {DType::kF32, DType::kBF16})
            for (const DType x : {DType::kF32, DType::kBF16})
              expect_backward(target, {.stat = stat, .eps = 1e-3}, misaligned(random_tensor(rng, {n, d}, dy)),
                              misaligned(random_tensor(rng, {n, d}, x)), gain_of(rng, d), n == 1 ? dy : DType::kF32,
                              n == 1 ? Write::kReplace : Write::kAdd);
  });
}

TEST(RowNorm, BackwardOfEveryFormOfGain) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(5, "row_norm.backward.gains");
    for (const RowStat stat : kStats)
      for (const double offset : {0.0, 1.0})
        for (const int64_t groups : {1, 3})
          for (const int64_t gains : {0, 1, 21})
            expect_backward(target, {stat, 1e-5, groups, offset}, random_tensor(rng, {6, 21}), random_tensor(rng, {6, 21}), gain_of(rng, gains),
                            DType::kF32, Write::kReplace);
  });
}

/// A norm of rows of 7 channels as a function of x or of gain, in double, through the reference kernels.
struct Problem {
  RowNormSpec spec;
  Shape shape{3, 14};
  std::vector<double> x, gain, bias, dy;

  Problem(const RowNormSpec& s, Rng& rng) : spec(s), x(normals(rng, 42)), gain(normals(rng, 14)), bias(normals(rng, 14)), dy(normals(rng, 42)) {}
  Tensor tensor(const std::vector<double>& v) const {
    return Tensor::from<double>(v, v.size() == 42 ? shape : Shape{static_cast<int64_t>(v.size())}, Device::kReference);
  }
  std::vector<double> y(const std::vector<double>& at_x, const std::vector<double>& at_gain, const std::vector<double>& at_bias) const {
    return forward(kReference, spec, tensor(at_x), tensor(at_gain), tensor(at_bias), DType::kF64, DType::kF64).y.to_doubles();
  }
  double error_of_dx(std::span<const double> dx) const {
    return gradient_error([&](const std::vector<double>& v) { return y(v, gain, bias); }, x, dy, dx);
  }
};

TEST(RowNorm, TheDefinitionsGradientIsTheDerivative) {
  Rng rng(6, "row_norm.derivative");
  for (const RowStat stat : kStats) {
    for (const int64_t groups : {1, 2}) {
      for (const double offset : {0.0, 1.0}) {
        const Problem p({stat, 1e-2, groups, offset}, rng);
        const Forward f = forward(kReference, p.spec, p.tensor(p.x), p.tensor(p.gain), p.tensor(p.bias), DType::kF64, DType::kF64);
        const Tensor dx({3, 14}, DType::kF64), dgain({14}, DType::kF64), dbias({14}, DType::kF64);
        kReference.backward(p.spec, p.tensor(p.dy), p.tensor(p.x), p.tensor(p.gain), f.stats, dx, Write::kReplace, {dgain, dbias, Write::kReplace});
        const std::string what = name_of_case("", p.spec, 3, 14);
        EXPECT_LT(p.error_of_dx(dx.to_doubles()), 1e-8) << what;
        EXPECT_LT(gradient_error([&](const auto& v) { return p.y(p.x, v, p.bias); }, p.gain, p.dy, dgain.to_doubles()), 1e-8) << what;
        EXPECT_LT(gradient_error([&](const auto& v) { return p.y(p.x, p.gain, v); }, p.bias, p.dy, dbias.to_doubles()), 1e-8) << what;
      }
    }
  }
}

TEST(RowNorm, RowsShorterThanEpsAreScaledByAConstant) {
  Rng rng(7, "row_norm.short");
  Problem p({RowStat::kScale, 10.0}, rng);
  const Forward f = forward(kReference, p.spec, p.tensor(p.x), p.tensor(p.gain), p.tensor(p.bias), DType::kF64, DType::kF64);
  const Tensor dx({3, 14}, DType::kF64);
  kReference.backward(p.spec, p.tensor(p.dy), p.tensor(p.x), p.tensor(p.gain), f.stats, dx, Write::kReplace, {});
  EXPECT_LT(p.error_of_dx(dx.to_doubles()), 1e-8);
  on_each_instruction_set([&](const std::string& target) {
    expect_backward(target, p.spec, random_tensor(rng, {3, 14}), random_tensor(rng, {3, 14}), gain_of(rng, 14), DType::kF32, Write::kReplace);
  });
}

TEST(RowNorm, AStatisticOfTheFirstChannels) {
  Rng rng(12, "row_norm.share");
  for (const double share : {0.001, 0.3, 0.99}) {
    const Problem p({RowStat::kRms, 1e-2, 1, 0, share}, rng);
    const Forward f = forward(kReference, p.spec, p.tensor(p.x), p.tensor(p.gain), p.tensor(p.bias), DType::kF64, DType::kF64);
    const auto read = static_cast<size_t>(std::max(1.0, std::floor(share * 14)));
    for (size_t row = 0; row < 3; ++row) {  // the definition once more, without the code under test
      double squares = 0;
      for (size_t j = 0; j < read; ++j) squares += p.x[row * 14 + j] * p.x[row * 14 + j];
      for (size_t j = 0; j < 14; ++j)
        EXPECT_NEAR(f.y.at(static_cast<int64_t>(row * 14 + j)),
                    p.x[row * 14 + j] / std::sqrt(squares / static_cast<double>(read) + 1e-2) * p.gain[j] + p.bias[j], 1e-12);
    }
    const Tensor dx({3, 14}, DType::kF64);
    kReference.backward(p.spec, p.tensor(p.dy), p.tensor(p.x), p.tensor(p.gain), f.stats, dx, Write::kReplace, {});
    EXPECT_LT(p.error_of_dx(dx.to_doubles()), 1e-8) << share;
  }
  on_each_instruction_set([&](const std::string& target) {
    for (const int64_t d : kWidths)
      for (const double share : {0.001, 0.3, 0.99})
        for (const DType type : {DType::kF32, DType::kBF16}) {
          const RowNormSpec spec{.stat = RowStat::kRms, .eps = 1e-1, .share = share};
          const Tensor x = misaligned(random_tensor(rng, {6, d}, type));
          expect_forward(target, spec, x, gain_of(rng, d), gain_of(rng, 0), type);
          expect_backward(target, spec, misaligned(random_tensor(rng, {6, d}, type)), x, gain_of(rng, d), type, Write::kReplace);
        }
  });
}

// arXiv:2305.14858: with the last channel put back, the compressed norm is RMSNorm of the whole zero-mean row.
TEST(RowNorm, CompressedIsRmsOfTheWholeRow) {
  Rng rng(13, "row_norm.compressed");
  constexpr int64_t kStored = 20;
  std::vector<double> stored = normals(rng, 5 * kStored), whole;
  for (int64_t row = 0; row < 5; ++row) {
    double sum = 0;
    for (int64_t j = 0; j < kStored; ++j) {
      whole.push_back(stored[static_cast<size_t>(row * kStored + j)]);
      sum += whole.back();
    }
    whole.push_back(-sum);
  }
  const auto normed = [](RowStat stat, const std::vector<double>& x, int64_t d) {
    const Tensor in = Tensor::from<double>(x, Shape{5, d}, Device::kReference);
    return forward(kReference, {.stat = stat, .eps = 1e-3}, in, {}, {}, DType::kF64, DType::kF64).y;
  };
  const Tensor compressed = normed(RowStat::kCompressedRms, stored, kStored), full = normed(RowStat::kRms, whole, kStored + 1);
  for (int64_t row = 0; row < 5; ++row)
    for (int64_t j = 0; j < kStored; ++j) EXPECT_NEAR(compressed.at(row * kStored + j), full.at(row * (kStored + 1) + j), 1e-14);
}

/// The backward pass of LayerNorm with a mistake that is easily made.
enum class Mistake { kNone, kDroppedMean, kDroppedXhat, kGainOutsideTheSums };
std::vector<double> mistaken_dx(const Problem& p, Mistake mistake) {
  std::vector<double> dx(p.x.size());
  for (size_t row = 0; row < 3; ++row) {
    const auto s = reference::row_statistics<double>(p.spec, std::span(p.x).subspan(row * 14, 14));
    double sum_a = 0, sum_a_xhat = 0;
    for (size_t j = 0; j < 14; ++j) {
      const double a = p.dy[row * 14 + j] * (mistake == Mistake::kGainOutsideTheSums ? 1 : p.gain[j]);
      sum_a += a / 14;
      sum_a_xhat += a * (p.x[row * 14 + j] - s.mean) * s.inverse / 14;
    }
    if (mistake == Mistake::kDroppedMean) sum_a = 0;
    if (mistake == Mistake::kDroppedXhat) sum_a_xhat = 0;
    for (size_t j = 0; j < 14; ++j) {
      const double xhat = (p.x[row * 14 + j] - s.mean) * s.inverse, dy = p.dy[row * 14 + j];
      dx[row * 14 + j] = mistake == Mistake::kGainOutsideTheSums ? s.inverse * p.gain[j] * (dy - sum_a - xhat * sum_a_xhat)
                                                                 : s.inverse * (dy * p.gain[j] - sum_a - xhat * sum_a_xhat);
    }
  }
  return dx;
}

TEST(RowNorm, AWrongBackwardIsCaught) {
  Rng rng(8, "row_norm.mistakes");
  const Problem p({RowStat::kLayer, 1e-2}, rng);
  EXPECT_LT(p.error_of_dx(mistaken_dx(p, Mistake::kNone)), 1e-8);
  for (const Mistake mistake : {Mistake::kDroppedMean, Mistake::kDroppedXhat, Mistake::kGainOutsideTheSums})
    EXPECT_GT(p.error_of_dx(mistaken_dx(p, mistake)), 1e-2) << static_cast<int>(mistake);
}

TEST(RowNorm, LargeMeansTinySpreadsAndHugeValuesKeepTheirDigits) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(9, "row_norm.extremes");
    struct Pattern {
      double offset, scale;
    };
    for (const auto& [offset, scale] : std::vector<Pattern>{{1e4, 1}, {3, 1e-4}, {0, 1e-6}, {0, 1e18}, {0, 1e30}, {2.5, 0}}) {
      for (const int64_t d : {1, 7, 768, 2000}) {
        Tensor x = random_tensor(rng, {6, d}, DType::kF64, scale);
        for (int64_t i = 0; i < x.elements(); ++i) x.data<double>()[i] += offset;
        x = x.to(DType::kF32);
        const Tensor gain = gain_of(rng, d), bias = gain_of(rng, d);
        for (const RowStat stat : kStats) {
          const RowNormSpec spec{.stat = stat, .eps = 1e-12};
          const std::vector<double> y = forward(kReference, spec, x, gain, bias, DType::kF64, DType::kF64).y.to_doubles();
          const Tensor got = forward(kCpu, spec, x, gain, bias, DType::kF32, DType::kF32).y;
          expect_close(
              got, y, [&](size_t i) { return 4 * rounding(d) * (1 + std::abs(y[i])); },
              cat(offset, " + ", scale, " x ", name_of_case(target, spec, 6, d)));
        }
      }
    }
  });
}

TEST(RowNorm, ARowThatIsNotFiniteStaysSoAndTouchesNoOther) {
  Rng rng(10, "row_norm.non_finite");
  for (const RowStat stat : kStats) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const Tensor x = random_tensor(rng, {6, 33}), dy = random_tensor(rng, {6, 33}), gain = gain_of(rng, 33), bias = gain_of(rng, 33);
      const RowNormSpec spec{.stat = stat};
      const Forward before = forward(kCpu, spec, x, gain, bias, DType::kF32, DType::kF32);
      const Tensor dx_before({6, 33}, DType::kF32), dx({6, 33}, DType::kF32);
      kCpu.backward(spec, dy, x, gain, before.stats, dx_before, Write::kReplace, {});
      x.data<float>()[2 * 33 + 32] = bad;
      const Forward after = forward(kCpu, spec, x, gain, bias, DType::kF32, DType::kF32);
      kCpu.backward(spec, dy, x, gain, after.stats, dx, Write::kReplace, {});
      EXPECT_FALSE(std::isfinite(after.y.at(2 * 33 + 32)));
      EXPECT_FALSE(std::isfinite(dx.at(2 * 33 + 32)));
      for (const int64_t row : {0, 1, 3, 4, 5}) {
        EXPECT_TRUE(same_bits(before.y.slice_rows(row, row + 1), after.y.slice_rows(row, row + 1)));
        EXPECT_TRUE(same_bits(dx_before.slice_rows(row, row + 1), dx.slice_rows(row, row + 1)));
      }
    }
  }
}

TEST(RowNorm, ARowsBitsDependOnItAlone) {
  Rng rng(11, "row_norm.alone");
  for (const int64_t d : {33, 64, 1600}) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const RowStat stat : kStats) {
        const RowNormSpec spec{.stat = stat};
        const Tensor x = random_tensor(rng, {9, d}, dtype), dy = random_tensor(rng, {9, d}, dtype), gain = gain_of(rng, d), dx({9, d}, dtype);
        const Forward all = forward(kCpu, spec, x, gain, gain, dtype, DType::kF32);
        kCpu.backward(spec, dy, x, gain, all.stats, dx, Write::kReplace, {});
        for (int64_t row = 0; row < 9; ++row) {
          const auto of = [&](const Tensor& t) { return t.slice_rows(row, row + 1); };
          const Forward one = forward(kCpu, spec, of(x), gain, gain, dtype, DType::kF32);
          const Tensor one_dx({1, d}, dtype);
          kCpu.backward(spec, of(dy), of(x), gain, one.stats, one_dx, Write::kReplace, {});
          EXPECT_TRUE(same_bits(one.y, of(all.y))) << d << " row " << row;
          EXPECT_TRUE(same_bits(one_dx, of(dx))) << d << " row " << row;
        }
      }
    }
  }
}

TEST(RowNorm, ThreadsDoNotChangeBits) {
  Rng rng(12, "row_norm.threads");
  const Tensor x = random_tensor(rng, {1000, 96}), dy = random_tensor(rng, {1000, 96}), gain = gain_of(rng, 96);
  const Forward f = forward(kCpu, {}, x, gain, gain, DType::kF32, DType::kF32);
  expect_same_bits_for_any_thread_count([&] { return forward(kCpu, {}, x, gain, gain, DType::kF32, DType::kF32).y; }, "y");
  const auto backward = [&](int which) {
    const Tensor dx({1000, 96}, DType::kF32), dgain({96}, DType::kF32), dbias({96}, DType::kF32);
    kCpu.backward({}, dy, x, gain, f.stats, dx, Write::kReplace, {dgain, dbias, Write::kReplace});
    return std::vector<Tensor>{dx, dgain, dbias}[static_cast<size_t>(which)];
  };
  for (const int which : {0, 1, 2}) expect_same_bits_for_any_thread_count([&] { return backward(which); }, cat("gradient ", which));
}

TEST(RowNorm, ResultsMayOverwriteTheirSources) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(13, "row_norm.alias");
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const int64_t d : {19, 70}) {
        const Tensor x = misaligned(random_tensor(rng, {5, d}, dtype)), dy = misaligned(random_tensor(rng, {5, d}, dtype)), gain = gain_of(rng, d);
        const Tensor dx({5, d}, dtype), over_x = misaligned(x), over_dy = misaligned(dy);
        const Forward f = forward(kCpu, {}, x, gain, gain, dtype, DType::kF32);
        kCpu.backward({}, dy, x, gain, f.stats, dx, Write::kReplace, {});
        kCpu.forward({}, over_x, gain, gain, over_x, {});
        kCpu.backward({}, over_dy, x, gain, f.stats, over_dy, Write::kReplace, {});
        EXPECT_TRUE(same_bits(over_x, f.y)) << target;
        EXPECT_TRUE(same_bits(over_dy, dx)) << target;
      }
    }
  });
}

TEST(RowNorm, ResultsLargerThanTheCachesAreTheSame) {
  const int64_t n = 2100, d = 2048, half = n / 2;  // more than 16 MiB, of which no half is
  const Tensor x({n, d}, DType::kF32), gain({d}, DType::kF32);
  for (int64_t i = 0; i < n * d; ++i) x.data<float>()[i] = static_cast<float>(i * 2654435761 % 1021) * 0.01f - 5.0f;
  for (int64_t j = 0; j < d; ++j) gain.data<float>()[j] = static_cast<float>(j % 7) - 2.5f;
  const Forward all = forward(kCpu, {}, x, gain, gain, DType::kF32, DType::kF32);
  const Tensor dx({n, d}, DType::kF32);
  kCpu.backward({}, x, x, gain, all.stats, dx, Write::kReplace, {});
  for (const int64_t begin : {int64_t{0}, half}) {
    const auto of = [&](const Tensor& t) { return t.slice_rows(begin, begin + half); };
    const Tensor part({half, d}, DType::kF32);
    kCpu.forward({}, of(x), gain, gain, part, {});
    EXPECT_TRUE(same_bits(part, of(all.y)));
    kCpu.backward({}, of(x), of(x), gain, of(all.stats), part, Write::kReplace, {});
    EXPECT_TRUE(same_bits(part, of(dx)));
  }
}

TEST(RowNorm, NoRows) {
  const Tensor x({0, 8}, DType::kF32), dgain = Tensor::from_floats(std::vector<float>(8, 3.0f), {8});
  const Forward f = forward(kCpu, {}, x, {}, {}, DType::kF32, DType::kF32);
  kCpu.backward({}, x, x, {}, f.stats, x, Write::kReplace, {dgain, {}, Write::kReplace});
  EXPECT_EQ(dgain.at(7), 0.0);
}

struct Heads {
  int64_t heads, kv_heads, k;
  int64_t columns() const { return (heads + 2 * kv_heads) * k; }
};

TEST(RowNorm, HeadsAreNormedAndValuesPassThrough) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(14, "row_norm.heads");
    for (const Heads& h : {Heads{4, 2, 16}, Heads{1, 1, 5}, Heads{6, 3, 33}}) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        for (const RowStat stat : {RowStat::kRms, RowStat::kLayer}) {
          for (const int64_t gains : {int64_t{0}, h.k}) {
            const RowNormSpec spec{.stat = stat, .eps = 1e-5, .gain_offset = gains == 0 ? 0.0 : 1.0};
            const Tensor x = misaligned(random_tensor(rng, {7, h.columns()}, dtype)), dy = random_tensor(rng, {7, h.columns()}, dtype);
            const Tensor gq = gain_of(rng, gains), gk = gain_of(rng, gains), y(x.shape(), dtype), want(x.shape(), DType::kF64);
            const Tensor stats({7, h.heads + h.kv_heads, 2}, DType::kF32);
            kCpu.heads_forward(spec, h.heads, h.kv_heads, x, gq, gk, y, stats);
            kReference.heads_forward(spec, h.heads, h.kv_heads, x, gq, gk, want, {});
            const std::vector<double> expected = want.to_doubles();
            const std::string what = cat(name_of_case(target, spec, 7, h.columns()), " gains ", gains);
            expect_close(
                y, expected, [&](size_t i) { return rounding(h.k) * (8 + std::abs(expected[i])); }, what);

            const Tensor dx = misaligned(dy), want_dx(x.shape(), DType::kF64);
            const Tensor dgq = gain_of(rng, h.k), dgk = gain_of(rng, h.k), want_dgq = dgq.to(DType::kF64), want_dgk = dgk.to(DType::kF64);
            kCpu.heads_backward(spec, h.heads, h.kv_heads, dx, x, gq, gk, stats, dx, dgq, dgk, Write::kAdd);
            kReference.heads_backward(spec, h.heads, h.kv_heads, dy, x, gq, gk, stats, want_dx, want_dgq, want_dgk, Write::kAdd);
            const double sum_bound = ulp(DType::kF32, 8) * 8 * static_cast<double>(7 * h.heads);
            expect_close(
                dx, want_dx.to_doubles(), [&](size_t) { return rounding(h.k) * 100; }, "dx " + what);
            expect_close(
                dgq, want_dgq.to_doubles(), [&](size_t) { return sum_bound; }, "dgain_q " + what);
            expect_close(
                dgk, want_dgk.to_doubles(), [&](size_t) { return sum_bound; }, "dgain_k " + what);
          }
        }
      }
    }
  });
}

TEST(RowNorm, TheHeadsGradientIsTheDerivative) {
  Rng rng(15, "row_norm.heads.derivative");
  const RowNormSpec spec{.stat = RowStat::kRms, .eps = 1e-3};
  const Shape shape{2, 20};  // 2 query heads, 1 key head and 1 value head of 5
  const std::vector<double> x = normals(rng, 40), dy = normals(rng, 40), gq = normals(rng, 5), gk = normals(rng, 5);
  const auto y = [&](const std::vector<double>& at_x, const std::vector<double>& at_gq, const std::vector<double>& at_gk) {
    const Tensor out(shape, DType::kF64);
    kReference.heads_forward(spec, 2, 1, Tensor::from<double>(at_x, shape), Tensor::from<double>(at_gq, {5}), Tensor::from<double>(at_gk, {5}), out,
                             {});
    return out.to_doubles();
  };
  const Tensor tx = Tensor::from<double>(x, shape), tq = Tensor::from<double>(gq, {5}), tk = Tensor::from<double>(gk, {5});
  const Tensor stats({2, 3, 2}, DType::kF64), unused(shape, DType::kF64), dx(shape, DType::kF64), dgq({5}, DType::kF64), dgk({5}, DType::kF64);
  kReference.heads_forward(spec, 2, 1, tx, tq, tk, unused, stats);
  kReference.heads_backward(spec, 2, 1, Tensor::from<double>(dy, shape), tx, tq, tk, stats, dx, dgq, dgk, Write::kReplace);
  EXPECT_LT(gradient_error([&](const auto& v) { return y(v, gq, gk); }, x, dy, dx.to_doubles()), 1e-8);
  EXPECT_LT(gradient_error([&](const auto& v) { return y(x, v, gk); }, gq, dy, dgq.to_doubles()), 1e-8);
  EXPECT_LT(gradient_error([&](const auto& v) { return y(x, gq, v); }, gk, dy, dgk.to_doubles()), 1e-8);
}

}  // namespace
}  // namespace gimbal::kernels
