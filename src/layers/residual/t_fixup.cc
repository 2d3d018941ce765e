// h' = h + b without norms or warm-up, by smaller starting weights alone   (T-Fixup, Huang et al., ICML 2020)
//
//   embeddings                                          N(0, 1/d) * (9N)^(-1/4)     N layers of the decoder
//   decoder: value, output and feed-forward weights     Xavier * (9N)^(-1/4)
//   encoder: the same                                   Xavier * 0.67 N^(-1/4)      N layers of the encoder; here also of a stack without a partner,
//                                                                                   whose blocks are an encoder's
// The authors' code has another sqrt 2 on value weights, because their library starts queries, keys and values by 1/sqrt 2: this is the paper's.
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

double ninth(double layers) { return std::pow(9 * layers, -0.25); }

class TFixup final : public Residual {
 public:
  explicit TFixup(const Depth& depth) {
    const auto n = static_cast<double>(depth.layers);
    gain_ = depth.role == Role::kDecoder ? ninth(n) : 0.67 * std::pow(n, -0.25);
  }
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, nullptr); }
  double init_gain() const override { return gain_; }

 private:
  double gain_;
};

}  // namespace

std::unique_ptr<Residual> make_t_fixup(const ResidualConfig&, const BranchPlace& place, Parameters&) { return std::make_unique<TFixup>(place.depth); }

double t_fixup_embedding_std(const Architecture& a) { return ninth(static_cast<double>(a.layers)) / std::sqrt(static_cast<double>(a.width)); }

}  // namespace gimbal
