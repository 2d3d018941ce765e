// Prefix language modelling: a text is cut at a random place, uniform over 1 … n - 1 tokens; the beginning is read, the rest is to be said.
//
// In two stacks both parts end with eos (arXiv:1910.10683 section 3.3.1). In one stack the text stays as it is, nothing between its parts
// (arXiv:1910.10683 section 3.2.1): row i reads token i, and from the cut's last token on is to say token i + 1.
#include "core/error.h"
#include "data/objectives/denoise.h"

namespace gimbal {
namespace {

// Tokens of the beginning; one token has nothing that could follow it, and is followed by the end.
size_t cut_of(size_t tokens, Rng rng) { return tokens < 2 ? tokens : 1 + static_cast<size_t>(rng.below(tokens - 1)); }

class SplitStretches final : public Examples {
 public:
  SplitStretches(const ObjectiveRequest& r, int64_t length)
      : stretches_(r.shard, length, r.sampling, r.use, r.seed, r.document_end()),
        roles_(r.roles),
        frame_(r.frame),
        rng_(r.seed, "objective.prefix") {}

  int64_t size() const override { return stretches_.size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    std::vector<int32_t> tokens = stretches_.at(number);
    if (tokens.size() == 1) tokens.push_back(*roles_.eos);
    const size_t cut = cut_of(tokens.size(), rng_.child(static_cast<uint64_t>(number)));
    const auto middle = tokens.begin() + static_cast<std::ptrdiff_t>(cut);
    add_pair(opened({tokens.begin(), middle}, frame_, roles_), std::span(middle, tokens.end()), frame_, roles_, batch);
  }

 private:
  Stretches stretches_;
  RoleIds roles_;
  Frame frame_;
  Rng rng_;
};

}  // namespace

std::shared_ptr<const Examples> make_prefix(const ObjectiveRequest& r) {
  require_ends(r, "prefix");
  if (r.frame != Frame::kEncoderDecoder) {
    const int64_t length = longest_stretch(r, "prefix", r.limits().shared_tokens(), [](int64_t n) { return PairTokens{n, n, n}; });
    return std::make_shared<SplitStretches>(r, length);
  }
  const int64_t length = longest_stretch(r, "prefix", r.context, [](int64_t n) { return PairTokens{n, n, n + 2}; });
  return denoise(r, "prefix", length, [](std::vector<int32_t> tokens, Rng rng) {
    const auto cut = tokens.begin() + static_cast<std::ptrdiff_t>(cut_of(tokens.size(), rng));
    return Corrupted{{tokens.begin(), cut}, {cut, tokens.end()}};
  });
}

}  // namespace gimbal
