// h' = omega * skip + b, omega per channel on the shortcut, learned   (Admin, arXiv:2004.08249; constants as its authors' library sets them)
//
//   form "log":       omega^2 = (n + 1) / ln(n + 1) - 1     output change grows as O(log n)
//   form "constant":  omega^2 = n                           output change does not grow       n: branches in the stack
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class Admin final : public Residual {
 public:
  explicit Admin(Parameter& omega) : omega_(omega) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override { return ops::join(tape, {}, skip, &omega_, branch, nullptr); }

 private:
  Parameter& omega_;
};

}  // namespace

std::unique_ptr<Residual> make_admin(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  if (config.form != "log" && config.form != "constant") fail("unknown residual.form '", config.form, "' for admin; known: log, constant");
  const auto n = static_cast<double>(place.branches);
  const double omega = config.form == "log" ? std::sqrt((n + 1) / std::log(n + 1) - 1) : std::sqrt(n);
  return std::make_unique<Admin>(parameters.make_constant(place.prefix + ".omega", Shape{place.width}, omega));
}

}  // namespace gimbal
