// y = x: a slot left open.
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

class NoNorm final : public Norm {
 public:
  Var apply(Tape& tape, const Var& x, DType out) const override { return ops::convert(tape, x, out); }
};

}  // namespace

std::unique_ptr<Norm> make_no_norm(const NormConfig&, int64_t, Parameters&, const std::string&) { return std::make_unique<NoNorm>(); }

}  // namespace gimbal
