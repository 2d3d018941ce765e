// From stretches to pairs.
#include "data/objectives/denoise.h"

#include "core/error.h"

namespace gimbal {
namespace {

class NoisyStretches final : public Examples {
 public:
  NoisyStretches(const ObjectiveRequest& r, std::string_view name, int64_t length, Noise noise)
      : stretches_(r.shard, length, r.sampling, r.use, r.seed),
        roles_(r.roles),
        frame_(r.frame),
        noise_(std::move(noise)),
        rng_(r.seed, cat("objective.", name)) {}

  int64_t size() const override { return stretches_.size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    Corrupted pair = noise_(stretches_.at(number), rng_.child(static_cast<uint64_t>(number)));
    pair.source.push_back(*roles_.eos);
    pair.target.push_back(*roles_.eos);
    add_pair(opened(std::move(pair.source), frame_, roles_), pair.target, frame_, roles_, batch);
  }

 private:
  Stretches stretches_;
  RoleIds roles_;
  Frame frame_;
  Noise noise_;
  Rng rng_;
};

}  // namespace

std::shared_ptr<const Examples> denoise(const ObjectiveRequest& request, std::string_view name, int64_t length, Noise noise) {
  return std::make_shared<NoisyStretches>(request, name, length, std::move(noise));
}

int64_t longest_stretch(const ObjectiveRequest& request, std::string_view name, int64_t most, const Expansion& expansion) {
  const PairLimits limits = request.limits();
  for (int64_t tokens = most; tokens >= 2; --tokens) {
    if (limits.fits(expansion(tokens))) return tokens;
  }
  fail("a context of ", request.context, " tokens", request.frame == Frame::kEncoderDecoder ? cat(" (targets: ", limits.longest_target(), ")") : "",
       " is too short for ", name, ": not even two tokens fit with what it adds");
}

void require_ends(const ObjectiveRequest& request, std::string_view name) { require(name, {{request.roles.eos, "</s> (the end of a text)"}}); }

void require_sentinels(const ObjectiveRequest& request, std::string_view name, int64_t least, std::string_view remedy) {
  const auto have = static_cast<int64_t>(request.roles.sentinels.size());
  if (have >= least) return;
  if (have == 0)
    fail("the objective ", name,
         " writes sentinels <extra_id_0>, <extra_id_1>, …, which the tokenizer does not have; leave tokenizer.path empty to "
         "train one that has them, or add them to its special tokens");
  fail("the objective ", name, " needs ", least, " sentinels at a context of ", request.context, ", and the tokenizer has ", have, "; ", remedy);
}

}  // namespace gimbal
