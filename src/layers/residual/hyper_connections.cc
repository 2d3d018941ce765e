// n streams x_1 … x_n; a branch reads a mixture of them and writes to all   (hyper-connections, arXiv:2409.19606, their dynamic form)
//
//   the branch reads  sum_j a_j x_j            x'_i = sum_j r_ji x_j + b_i F
//   a_j = A_j + s tanh(LN(x_j) W_a)            r_j = R_j + s tanh(LN(x_j) W_r)            b_j = B_j + s' tanh(LN(x_j) W_b)
//
// A, R, B, W, s are learned. At the start W = 0, s = s' = 0.01, B = 1, R = I and A = e_k, k the branch's number mod n: the plain sum, in each stream.
// The stack opens the embeddings into n equal streams and sums them behind the last block.
#include "layers/residual/streams.h"

namespace gimbal {
namespace {

class HyperConnections final : public Residual {
 public:
  /// One of a, r, b: base [n c, 1], weight [c, d].
  struct Part {
    Parameter *base, *weight, *gain;
  };
  HyperConnections(int64_t streams, Parameter& norm_gain, Part read, Part carry, Part write)
      : streams_(streams), norm_gain_(norm_gain), read_(read), carry_(carry), write_(write) {}

  Var read(Tape& tape, const Var& x) const override {
    const ops::Mixture mixture = {coefficients(tape, read_, normed(tape, x)), x, streams_};
    return ops::mix_streams(tape, {&mixture, 1});
  }
  Var join(Tape& tape, const Var& x, const Var& branch) const override {
    const Var rows = normed(tape, x);
    const ops::Mixture terms[] = {{coefficients(tape, carry_, rows), x, streams_},
                                  {coefficients(tape, write_, rows), ops::convert(tape, branch, x.value.dtype()), 1}};
    return ops::mix_streams(tape, terms);
  }

 private:
  Var normed(Tape& tape, const Var& x) const {
    return ops::row_norm(tape, {.stat = ops::RowStat::kLayer, .eps = 1e-5}, x, &norm_gain_, nullptr, x.value.dtype());
  }
  Var coefficients(Tape& tape, const Part& part, const Var& rows) const {
    const Var moved = ops::activation(tape, {ops::Act::kTanh}, ops::linear(tape, rows, *part.weight, nullptr));
    return around(tape, *part.base, *part.gain, moved);
  }

  int64_t streams_;
  Parameter& norm_gain_;
  Part read_, carry_, write_;
};

}  // namespace

std::unique_ptr<Residual> make_hyper_connections(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  const int64_t n = config.streams;
  const auto part = [&](const char* name, const std::vector<double>& start, const char* gain) {
    const std::string prefix = cat(place.prefix, ".", name);
    const int64_t columns = static_cast<int64_t>(start.size()) / n;
    return HyperConnections::Part{&make_coefficients(parameters, prefix + ".base", start),
                                  &parameters.make(prefix + ".weight", Shape{columns, place.width}, {{columns}}, Decay::kYes),
                                  &parameters.make_constant(cat(place.prefix, ".", gain), Shape{1}, 0.01)};
  };
  std::vector<double> one_of_n(static_cast<size_t>(n), 0);
  one_of_n[static_cast<size_t>(place.branch % n)] = 1;
  Parameter& norm_gain = parameters.make_constant(place.prefix + ".norm.gain", Shape{place.width}, 1);
  const auto read = part("read", one_of_n, "width_gain"), carry = part("carry", diagonal(n, 1, 0), "width_gain"),
             write = part("write", std::vector<double>(static_cast<size_t>(n), 1), "depth_gain");
  return std::make_unique<HyperConnections>(n, norm_gain, read, carry, write);
}

}  // namespace gimbal
