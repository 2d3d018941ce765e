// Cases, norms alone, the table.
#include "lab/properties.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::lab::properties {
namespace {

Tensor normal_values(uint64_t seed, std::string_view name, Shape shape) {
  Rng rng(seed, name);
  std::vector<double> values(static_cast<size_t>(shape.elements()));
  for (double& v : values) v = rng.normal();
  return Tensor::from<double>(values, shape, Device::kReference);
}

// Rows of the published table (RMSNorm's paper, table 1), by what a norm says of itself. Group norm does not see a re-centering for the same reason
// as layer norm; power reads its channels' running size, which stays what it was.
const std::set<std::string_view>& unseen(Ignores ignores) {
  static const std::map<Ignores, std::set<std::string_view>> table = {
      {Ignores::kNothing, {}},
      {Ignores::kRowScale, {"weight matrix re-scaling", "data set re-scaling", "single case re-scaling"}},
      {Ignores::kRowScaleAndShift, {"weight matrix re-scaling", "weight matrix re-centering", "data set re-scaling", "single case re-scaling"}},
      {Ignores::kChannelScaleAndShift, {"weight matrix re-scaling", "weight vector re-scaling", "data set re-scaling", "data set re-centering"}},
  };
  return table.at(ignores);
}

}  // namespace

Case::Case(uint64_t seed) : x(normal_values(seed, "x", Shape{kRows, kInputs})), weight(normal_values(seed + 1, "weight", Shape{kUnits, kInputs})) {}

Tensor Case::units() const {
  Tensor u(Shape{kRows, kUnits}, DType::kF64, Device::kReference);
  for (int64_t i = 0; i < kRows; ++i)
    for (int64_t j = 0; j < kUnits; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < kInputs; ++k) sum += x.at(i * kInputs + k) * weight.at(j * kInputs + k);
      u.data<double>()[i * kUnits + j] = sum;
    }
  return u;
}

Made::Made(std::string_view kind, double eps) {
  norm = make_norm({.kind = std::string(kind), .eps = eps, .groups = 3}, kUnits, parameters, "norm");
  parameters.allocate(Device::kReference, DType::kF64);
  parameters.initialize(1);
}

Tensor Made::operator()(const Tensor& units) const {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
  tape.mark_replaying();
  return norm->apply(tape, Tape::constant(units), DType::kF64).value;
}

void Made::fill(const std::string& name, double value) {
  Parameter& p = *parameters.find("norm." + name);
  for (int64_t i = 0; i < p.value.elements(); ++i) p.value.data<double>()[i] = value;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (int64_t i = 0; i < a.elements(); ++i) most = std::max(most, std::abs(a.at(i) - b.at(i)));
  return most;
}

std::vector<std::vector<int64_t>> sets_of(std::string_view kind) {
  std::vector<std::vector<int64_t>> sets;
  const int64_t groups = kind == "group" ? 3 : 1;
  if (kind == "batch") {
    for (int64_t j = 0; j < kUnits; ++j) {
      sets.emplace_back();
      for (int64_t i = 0; i < kRows; ++i) sets.back().push_back(i * kUnits + j);
    }
    return sets;
  }
  for (int64_t i = 0; i < kRows * groups; ++i) {
    sets.emplace_back();
    for (int64_t j = 0; j < kUnits / groups; ++j) sets.back().push_back(i * kUnits / groups + j);
  }
  return sets;
}

MeanAndVariance over(const Tensor& t, const std::vector<int64_t>& places) {
  MeanAndVariance m;
  for (const int64_t p : places) m.mean += t.at(p) / static_cast<double>(places.size());
  for (const int64_t p : places) m.variance += std::pow(t.at(p) - m.mean, 2) / static_cast<double>(places.size());
  return m;
}

std::span<const Change> changes() {
  static const std::vector<Change> list = {
      {"weight matrix re-scaling",
       [](Case& c) {
         for (int64_t i = 0; i < c.weight.elements(); ++i) c.weight.data<double>()[i] *= 2.5;
       }},
      {"weight matrix re-centering",  // the same vector added to the weights of every unit: each sample's units move alike
       [](Case& c) {
         for (int64_t i = 0; i < c.weight.elements(); ++i) c.weight.data<double>()[i] += 0.3 * static_cast<double>(i % kInputs) - 1;
       }},
      {"weight vector re-scaling",  // of one unit
       [](Case& c) {
         for (int64_t k = 0; k < kInputs; ++k) c.weight.data<double>()[4 * kInputs + k] *= 2.5;
       }},
      {"data set re-scaling",
       [](Case& c) {
         for (int64_t i = 0; i < c.x.elements(); ++i) c.x.data<double>()[i] *= 2.5;
       }},
      {"data set re-centering",
       [](Case& c) {
         for (int64_t i = 0; i < c.x.elements(); ++i) c.x.data<double>()[i] += 0.3 * static_cast<double>(i % kInputs) - 1;
       }},
      {"single case re-scaling",
       [](Case& c) {
         for (int64_t k = 0; k < kInputs; ++k) c.x.data<double>()[5 * kInputs + k] *= 2.5;
       }},
  };
  return list;
}

double difference_by(const Change& change, const Made& norm, uint64_t seed) {
  const Tensor plain = norm(Case(seed).units());
  Case changed(seed);
  change.apply(changed);
  double largest = 1;
  for (int64_t i = 0; i < plain.elements(); ++i) largest = std::max(largest, std::abs(plain.at(i)));
  return largest_difference(norm(changed.units()), plain) / largest;
}

bool sees(std::string_view kind, std::string_view change) { return !unseen(norm_kind_named(std::string(kind)).ignores).contains(change); }

}  // namespace gimbal::lab::properties
