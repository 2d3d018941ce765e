// No head: the stack's output itself, for embeddings.
#include "layers/head/head.h"

namespace gimbal {
namespace {

class NoHead final : public Head {
 public:
  std::map<std::string, Var> answers(Tape&, const Var&, const TokenRows&) const override { return {}; }
  std::vector<ops::LinearLogits> maps(Tape&, const Var&, const TokenRows&) const override { return {}; }
  Var loss(Tape&, const Var&, const TokenRows&, const ops::CrossEntropySpec&, const LossScale&, Losses&) const override {
    fail("a model with model.head none has no loss; choose a head");
  }
};

}  // namespace

std::unique_ptr<Head> make_no_head(const HeadParts&) { return std::make_unique<NoHead>(); }

}  // namespace gimbal
