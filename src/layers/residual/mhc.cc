// n streams x_1 … x_n whose mixture loses and gains nothing   (manifold-constrained hyper-connections, arXiv:2512.24880)
//
//   z = RMSNorm(x_1 | … | x_n)                 the branch reads  sum_j pre_j x_j            x'_i = sum_j res_ij x_j + post_i F
//   pre = sigmoid(B_pre + s_pre z W_pre)       post = 2 sigmoid(B_post + s_post z W_post)   res = Sinkhorn(B_res + s_res z W_res), 20 iterations
//
// s = 0.01 at the start. The paper leaves B open: here pre = 1/n, post = 1 and res nearly the identity, so that a model starts as the plain sum.
// Opened and closed as hyper-connections are.
#include <cmath>

#include "layers/residual/streams.h"

namespace gimbal {
namespace {

class ManifoldConnections final : public Residual {
 public:
  /// One of pre, post, res: base [c, 1], weight [c, n d].
  struct Part {
    Parameter *base, *weight, *gain;
  };
  ManifoldConnections(int64_t streams, int64_t iterations, Part pre, Part post, Part res)
      : streams_(streams), iterations_(iterations), pre_(pre), post_(post), res_(res) {}

  Var read(Tape& tape, const Var& x) const override {
    const ops::Mixture mixture = {sigmoid(tape, logits(tape, pre_, normed(tape, x))), x, streams_};
    return ops::mix_streams(tape, {&mixture, 1});
  }
  Var join(Tape& tape, const Var& x, const Var& branch) const override {
    const Var z = normed(tape, x);
    const ops::Mixture terms[] = {{ops::sinkhorn(tape, iterations_, streams_, logits(tape, res_, z)), x, streams_},
                                  {ops::scale(tape, sigmoid(tape, logits(tape, post_, z)), 2), ops::convert(tape, branch, x.value.dtype()), 1}};
    return ops::mix_streams(tape, terms);
  }

 private:
  static Var sigmoid(Tape& tape, const Var& x) { return ops::activation(tape, {ops::Act::kSigmoid}, x); }
  Var normed(Tape& tape, const Var& x) const {
    const Var side_by_side = ops::reshape(tape, x, Shape{x.rows() / streams_, streams_ * x.cols()});
    return ops::row_norm(tape, {.stat = ops::RowStat::kRms, .eps = 1e-6}, side_by_side, nullptr, nullptr, x.value.dtype());
  }
  Var logits(Tape& tape, const Part& part, const Var& z) const {
    return around(tape, *part.base, *part.gain, ops::linear(tape, z, *part.weight, nullptr));
  }

  int64_t streams_, iterations_;
  Part pre_, post_, res_;
};

}  // namespace

std::unique_ptr<Residual> make_mhc(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  constexpr double kStd = 0.02, kOffDiagonal = -8;
  const int64_t n = config.streams;
  const auto part = [&](const char* name, const std::vector<double>& start) {
    const std::string prefix = cat(place.prefix, ".", name);
    const auto columns = static_cast<int64_t>(start.size());
    return ManifoldConnections::Part{
        &make_coefficients(parameters, prefix + ".base", start),
        &parameters.make(prefix + ".weight", Shape{columns, n * place.width}, {{columns, InitPart::Kind::kNormal, kStd}}, Decay::kYes),
        &parameters.make_constant(prefix + ".gain", Shape{1}, 0.01)};
  };
  const auto each = [n](double value) { return std::vector<double>(static_cast<size_t>(n), value); };
  const double logit_of_one_nth = n > 1 ? -std::log(static_cast<double>(n - 1)) : 8;
  const auto pre = part("pre", each(logit_of_one_nth)), post = part("post", each(0)), res = part("res", diagonal(n, 0, kOffDiagonal));
  return std::make_unique<ManifoldConnections>(n, config.iterations, pre, post, res);
}

}  // namespace gimbal
