// Masked language modelling on stretches of text: [CLS] x1 … xn [SEP], some of x hidden (masking.h; arXiv:1810.04805, without its pairs as in
// arXiv:1907.11692). A short_share of the examples keeps only the first 2 … n tokens, uniformly, so that short texts are known too.
#include "core/error.h"
#include "data/objectives/masking.h"
#include "data/objectives/objective.h"

namespace gimbal {
namespace {

constexpr int64_t kEnds = 2;  // [CLS] and [SEP]

class MaskedStretches final : public Examples {
 public:
  explicit MaskedStretches(const ObjectiveRequest& r)
      : stretches_(r.shard, r.context - kEnds, r.sampling, r.use, r.seed, r.document_end()),
        roles_(r.roles),
        masking_{r.config.mask_rate, r.config.whole_words ? Choice::kWords : Choice::kTokens},
        short_share_(r.config.short_share),
        rng_(r.seed, "objective.mlm") {}

  int64_t size() const override { return stretches_.size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    const Rng rng = rng_.child(static_cast<uint64_t>(number));
    std::vector<int32_t> tokens = stretches_.at(number);
    Rng cut = rng.child(0);
    if (cut.uniform() < short_share_ && tokens.size() > 2) tokens.resize(2 + static_cast<size_t>(cut.below(tokens.size() - 1)));
    if (tokens.size() > 1 && tokens.back() == *roles_.sep) tokens.pop_back();  // where [SEP] closes documents, one is enough
    Sequence s;
    s.ids.push_back(*roles_.cls);
    s.ids.insert(s.ids.end(), tokens.begin(), tokens.end());
    s.ids.push_back(*roles_.sep);
    mask_tokens(s, masking_, roles_, rng.child(1));
    batch.add(s);
  }

 private:
  Stretches stretches_;
  RoleIds roles_;
  Masking masking_;
  double short_share_;
  Rng rng_;
};

}  // namespace

std::shared_ptr<const Examples> make_mlm(const ObjectiveRequest& r) {
  require("mlm", {{r.roles.cls, "[CLS]"}, {r.roles.sep, "[SEP]"}, {r.roles.mask, "[MASK]"}});
  if (r.context <= kEnds)
    fail("a context of ", r.context, " tokens is too short for mlm, which adds [CLS] and [SEP]; it must be at least ", kEnds + 1);
  if (r.config.whole_words && !r.roles.knows_words())
    fail("whole_words cannot be had with this tokenizer: it does not tell where words begin; set it to false, or choose another tokenizer");
  return std::make_shared<MaskedStretches>(r);
}

}  // namespace gimbal
