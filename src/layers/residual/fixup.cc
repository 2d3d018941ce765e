// h' = h + m F(h + b), m and b learned scalars at 1 and 0, and no norm   (Fixup, arXiv:1901.09321)
//
// Starts: the last map of every branch at 0, the other maps on the way from input to output (value, feed-forward) by Xavier times L^(-1/(2 m - 2)), L
// branches of m = 2 such maps each. The scalar biases inside a branch are the maps' own biases; a tied head cannot start at 0 as the paper's does.
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class Fixup final : public Residual {
 public:
  Fixup(int64_t branches, Parameter& multiplier, Parameter& bias)
      : gain_(1 / std::sqrt(static_cast<double>(branches))), multiplier_(multiplier), bias_(bias) {}
  Var read(Tape& tape, const Var& h) const override {
    const std::vector<double> ones(static_cast<size_t>(h.value.elements()), 1.0);
    const Var one = Tape::constant(Tensor::from<double>(ones, h.value.shape()).to(h.value.dtype(), h.value.device()));
    return ops::join(tape, {}, h, nullptr, one, &bias_);
  }
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, &multiplier_); }
  double init_gain() const override { return gain_; }
  double projection_gain() const override { return 0; }

 private:
  double gain_;
  Parameter &multiplier_, &bias_;
};

}  // namespace

std::unique_ptr<Residual> make_fixup(const ResidualConfig&, const BranchPlace& place, Parameters& parameters) {
  return std::make_unique<Fixup>(place.branches, parameters.make_constant(place.prefix + ".multiplier", Shape{1}, 1),
                                 parameters.make_constant(place.prefix + ".bias", Shape{1}, 0));
}

}  // namespace gimbal
