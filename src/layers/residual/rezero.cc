// h' = skip + a * b, one learned scalar a per block that starts at 0 and is shared by its branches   (ReZero, arXiv:2003.04887 and its code)
#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class ReZero final : public Residual {
 public:
  explicit ReZero(Parameter& weight) : weight_(weight) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, &weight_); }

 private:
  Parameter& weight_;
};

}  // namespace

std::unique_ptr<Residual> make_rezero(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  return std::make_unique<ReZero>(parameters.make_constant(place.block + ".rezero", Shape{1}, config.init.value_or(0)));
}

}  // namespace gimbal
