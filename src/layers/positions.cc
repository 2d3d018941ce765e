// Tables and slopes of the position kinds.
#include "layers/positions.h"

#include <array>
#include <cmath>
#include <numbers>

namespace gimbal {
namespace {

constexpr std::array kPositionKinds = {
    PositionKind{"none", "causal order alone"},
    PositionKind{"learned", "x + P[position], trained"},
    PositionKind{"sinusoid", "x + sin/cos of position at fixed wavelengths"},
    PositionKind{"rotary", "queries and keys turned by position * frequency"},
    PositionKind{"alibi", "logits + slope * (key position - query position)"},
    PositionKind{"relative", "logits + a learned bias for the bucket of the distance, one table a stack"},
    PositionKind{"blocks", "x + P[position] + B[position within the blank], trained"},
};

}  // namespace

std::span<const PositionKind> position_kinds() { return kPositionKinds; }

const PositionKind& position_kind_named(const std::string& name) {
  std::vector<std::string> names;
  for (const PositionKind& kind : kPositionKinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown positions '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

int64_t rotary_width(const Architecture& a) {
  return static_cast<int64_t>(std::floor(static_cast<double>(a.width_of_head()) * a.positions.fraction));
}

void check_positions(const Architecture& a) {
  const PositionConfig& p = a.positions;
  if (p.kind == "relative" && (p.buckets < 4 || p.buckets % 4 != 0 || p.max_distance <= p.buckets / 2))
    fail("relative positions need positions.buckets as a multiple of 4 and positions.max_distance above half of that, not ", p.buckets, " and ",
         p.max_distance);
  if (p.kind != "rotary") return;
  if (p.pairs != "half-split" && p.pairs != "interleaved")
    fail("unknown positions.pairs '", p.pairs, "'", did_you_mean(p.pairs, {"half-split", "interleaved"}), "; known: half-split, interleaved");
  if (p.scaling != "none" && p.scaling != "linear" && p.scaling != "llama3")
    fail("unknown positions.scaling '", p.scaling, "'", did_you_mean(p.scaling, {"none", "linear", "llama3"}), "; known: none, linear, llama3");
  if (!(p.theta > 0 && p.factor > 0)) fail("positions.theta and positions.factor must be above 0; they are ", p.theta, " and ", p.factor);
  if (p.fraction <= 0 || p.fraction > 1) fail("positions.fraction ", p.fraction, " is not in (0, 1]");
  const int64_t r = rotary_width(a);
  if (r < 2 || r % 2 != 0) fail("rotary positions turn pairs of channels, but positions.fraction * head width is ", r, "; make it even");
  if (p.scaling == "llama3" && p.original_context < 1) fail("positions.scaling llama3 needs positions.original_context, the context before scaling");
}

std::vector<double> sinusoid_table(int64_t context, int64_t width) {
  std::vector<double> table(static_cast<size_t>(context * width));
  for (int64_t p = 0; p < context; ++p) {
    for (int64_t i = 0; i < width; ++i) {
      const double angle = static_cast<double>(p) / std::pow(10000.0, static_cast<double>(i / 2 * 2) / static_cast<double>(width));
      table[static_cast<size_t>(p * width + i)] = i % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  }
  return table;
}

std::vector<double> rotary_frequencies(const PositionConfig& p, int64_t width) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < width; i += 2) {
    // The published implementations form the frequencies in f32.
    double f = 1.0f / std::pow(static_cast<float>(p.theta), static_cast<float>(i) / static_cast<float>(width));
    if (p.scaling == "linear") f /= p.factor;
    if (p.scaling == "llama3") {
      const auto context = static_cast<double>(p.original_context);
      const double wavelength = 2 * std::numbers::pi / f;
      if (wavelength > context / p.low_freq_factor) {
        f /= p.factor;
      } else if (wavelength > context / p.high_freq_factor) {
        const double smooth = (context / wavelength - p.low_freq_factor) / (p.high_freq_factor - p.low_freq_factor);
        f = (1 - smooth) * f / p.factor + smooth * f;
      }
    }
    frequencies.push_back(static_cast<float>(f));
  }
  return frequencies;
}

ops::RotaryTables rotary_tables(const PositionConfig& p, int64_t width, int64_t context, Device device) {
  const std::vector<double> frequencies = rotary_frequencies(p, width);
  const auto pairs = static_cast<int64_t>(frequencies.size());
  std::vector<double> cosines(static_cast<size_t>(context * pairs)), sines(cosines.size());
  for (int64_t t = 0; t < context; ++t) {
    for (int64_t i = 0; i < pairs; ++i) {
      const double angle = static_cast<float>(t) * static_cast<float>(frequencies[static_cast<size_t>(i)]);
      cosines[static_cast<size_t>(t * pairs + i)] = std::cos(angle);
      sines[static_cast<size_t>(t * pairs + i)] = std::sin(angle);
    }
  }
  const DType dtype = device == Device::kReference ? DType::kF64 : DType::kF32;
  const Shape shape{context, pairs};
  return {Tensor::from<double>(cosines, shape).to(dtype, device), Tensor::from<double>(sines, shape).to(dtype, device)};
}

std::vector<float> alibi_slopes(int64_t heads) {
  int64_t power = 1;
  while (power * 2 <= heads) power *= 2;
  std::vector<float> slopes;
  const double base = std::pow(2.0, -8.0 / static_cast<double>(power));
  for (int64_t i = 1; i <= power; ++i) slopes.push_back(static_cast<float>(std::pow(base, static_cast<double>(i))));
  const double between = std::pow(2.0, -4.0 / static_cast<double>(power));
  for (int64_t i = 1; static_cast<int64_t>(slopes.size()) < heads; i += 2)
    slopes.push_back(static_cast<float>(std::pow(between, static_cast<double>(i))));
  return slopes;
}

}  // namespace gimbal
