// h' = h + b, and a second shortcut: attention reads l1 v_1 + l2 v_l for its values, v_1 those of the first layer   (ResFormer, arXiv:2410.17897)
//
// l1 = l2 = 1/2 unless set (residual.alpha, residual.beta). The mixture itself is layers/first_values.h; caches keep mixed values.
#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class ValueResidual final : public Residual {
 public:
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, nullptr, branch, nullptr); }
};

}  // namespace

std::unique_ptr<Residual> make_value_residual(const ResidualConfig&, const BranchPlace&, Parameters&) { return std::make_unique<ValueResidual>(); }

}  // namespace gimbal
