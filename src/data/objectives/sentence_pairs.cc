// Masked tokens and a question about two parts: [CLS] A [SEP] B [SEP], types 0 … 0 1 … 1, and a label.
//
//   mlm+nsp (arXiv:1810.04805)  0: B follows A    1: B begins at a random sentence of another document; half each
//   mlm+sop (arXiv:1909.11942)  0: A then B       1: the same two neighbours the other way round; half each
//
// As in create_pretraining_data of BERT's release, parts are whole sentences: consecutive sentences of one document are gathered until they fill
// the context (or, for a short_share of the examples, a random shorter length), A takes a random number of them, and the longer part then loses
// tokens, each from a random end, until both fit. For mlm+nsp, a sentence that fills the room alone is joined by a neighbour, so that both answers
// can be asked of it; a document of one sentence has nothing that could follow and is always 1, as in the release. The release walks through a
// document and puts back what a random B displaced; here the gathered groups are fixed, so that an example is known by its number, and what is
// displaced in one pass is read in another.
#include <algorithm>

#include "core/error.h"
#include "data/objectives/masking.h"
#include "data/objectives/objective.h"
#include "data/objectives/sentences.h"

namespace gimbal {
namespace {

constexpr int64_t kPairEnds = 3;  // [CLS], [SEP], [SEP]

enum class Question : uint8_t { kNextSentence, kSentenceOrder };

// Sentences [first, end) of document `document`.
struct Group {
  int64_t document, first, end;
};

// Tokens [begin, end) of a part that is being shortened.
struct Part {
  std::vector<int32_t> tokens;
  size_t begin = 0, end = 0;
  size_t size() const { return end - begin; }
};

void shorten(Part& a, Part& b, size_t most, Rng& rng) {
  while (a.size() + b.size() > most) {
    Part& longer = a.size() >= b.size() ? a : b;
    rng.below(2) == 0 ? void(++longer.begin) : void(--longer.end);
  }
}

class SentencePairs final : public Examples {
 public:
  SentencePairs(const ObjectiveRequest& r, Question question)
      : question_(question),
        shard_(r.shard),
        index_(r.shard, *r.roles.sep),
        roles_(r.roles),
        masking_{r.config.mask_rate, r.config.whole_words ? Choice::kWords : Choice::kTokens},
        short_share_(r.config.short_share),
        most_(r.context - kPairEnds),
        use_(r.use),
        rng_(r.seed, question == Question::kNextSentence ? "objective.mlm+nsp" : "objective.mlm+sop") {
    for (int64_t d = 0; d < index_.documents(); ++d) gather(d);
  }

  int64_t size() const override { return static_cast<int64_t>(groups_.size()); }
  int64_t sentences() const { return index_.sentences(); }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng rng = rng_.child(static_cast<uint64_t>(number));
    GIMBAL_ASSERT(use_ == Use::kTrain || number < size(), number, " of ", size());
    Group group = groups_[static_cast<size_t>(use_ == Use::kMeasure ? number : shuffled(number, size(), rng_))];
    int64_t wanted = most_;
    if (rng.uniform() < short_share_) wanted = 2 + static_cast<int64_t>(rng.below(static_cast<uint64_t>(most_ - 1)));
    group.end = filled(group, wanted);
    if (question_ == Question::kNextSentence) join_neighbour(group);
    Part a, b;
    const int32_t label = question_ == Question::kNextSentence ? next_sentence(group, wanted, rng, a, b) : sentence_order(group, rng, a, b);
    shorten(a, b, static_cast<size_t>(most_), rng);
    write(a, b, rng.child(0), batch);
    batch.labels.push_back(label);
  }

 private:
  // The end of the sentences of `group` that reach `tokens` tokens.
  int64_t filled(const Group& group, int64_t tokens) const {
    int64_t count = 0, i = group.first;
    while (i < group.end && count < tokens) count += index_.sentence(i++).size();
    return i;
  }

  // Two sentences at least, where the document has them.
  void join_neighbour(Group& group) const {
    if (group.end - group.first > 1) return;
    if (group.end < index_.first_sentence(group.document + 1)) {
      ++group.end;
    } else if (group.first > index_.first_sentence(group.document)) {
      --group.first;
    }
  }

  void gather(int64_t document) {
    const int64_t last = index_.first_sentence(document + 1);
    for (int64_t first = index_.first_sentence(document); first < last;) {
      const int64_t end = filled({document, first, last}, most_);
      // A single token has no two parts whose order could be asked for.
      const bool divisible = end - first > 1 || index_.sentence(first).size() > 1;
      if (question_ == Question::kNextSentence || divisible) groups_.push_back({document, first, end});
      first = end;
    }
  }

  Part part(int64_t first, int64_t end) const {
    Part p;
    for (int64_t i = first; i < end; ++i) {
      const TokenRange range = index_.sentence(i);
      const size_t before = p.tokens.size();
      p.tokens.resize(before + static_cast<size_t>(range.size()));
      shard_.copy(range.begin, std::span(p.tokens).subspan(before));
    }
    p.end = p.tokens.size();
    return p;
  }

  static int64_t random_cut(const Group& group, Rng& rng) {
    return group.first + 1 + static_cast<int64_t>(rng.below(static_cast<uint64_t>(group.end - group.first - 1)));
  }

  int32_t next_sentence(const Group& group, int64_t wanted, Rng& rng, Part& a, Part& b) const {
    const bool single = group.end - group.first == 1;
    const int64_t cut = single ? group.end : random_cut(group, rng);
    a = part(group.first, cut);
    if (!single && rng.below(2) == 0) {
      b = part(cut, group.end);
      return 0;
    }
    int64_t other = group.document;  // the only document there is
    if (index_.documents() > 1) {
      other = static_cast<int64_t>(rng.below(static_cast<uint64_t>(index_.documents() - 1)));
      if (other >= group.document) ++other;
    }
    const int64_t begin = index_.first_sentence(other), end = index_.first_sentence(other + 1);
    const int64_t first = begin + static_cast<int64_t>(rng.below(static_cast<uint64_t>(end - begin)));
    b = part(first, filled({other, first, end}, std::max<int64_t>(1, wanted - static_cast<int64_t>(a.size()))));
    return 1;
  }

  int32_t sentence_order(const Group& group, Rng& rng, Part& a, Part& b) const {
    if (group.end - group.first > 1) {
      const int64_t cut = random_cut(group, rng);
      a = part(group.first, cut);
      b = part(cut, group.end);
    } else {  // one sentence is cut inside
      a = part(group.first, group.end);
      b = a;
      a.end = b.begin = 1 + static_cast<size_t>(rng.below(a.tokens.size() - 1));
    }
    if (rng.below(2) == 0) return 0;
    std::swap(a, b);
    return 1;
  }

  void write(const Part& a, const Part& b, const Rng& rng, TokenBatch& batch) const {
    Sequence s;
    const auto append = [&](const Part& p) {
      const auto tokens = std::span(p.tokens).subspan(p.begin, p.size());
      s.ids.insert(s.ids.end(), tokens.begin(), tokens.end());
      s.ids.push_back(*roles_.sep);
    };
    s.ids.push_back(*roles_.cls);
    append(a);
    s.types.assign(s.ids.size(), 0);
    append(b);
    s.types.resize(s.ids.size(), 1);
    mask_tokens(s, masking_, roles_, rng);
    batch.add(s);
  }

  Question question_;
  TokenShard shard_;
  SentenceIndex index_;
  RoleIds roles_;
  Masking masking_;
  double short_share_;
  int64_t most_;  // tokens of A and B
  Use use_;
  Rng rng_;
  std::vector<Group> groups_;
};

std::shared_ptr<const Examples> make(const ObjectiveRequest& r, Question question, std::string_view name) {
  require(name, {{r.roles.cls, "[CLS]"}, {r.roles.sep, "[SEP]"}, {r.roles.mask, "[MASK]"}});
  if (r.context < kPairEnds + 2) fail("a context of ", r.context, " tokens is too short for ", name, "; it must be at least ", kPairEnds + 2);
  if (r.config.whole_words && !r.roles.knows_words())
    fail("whole_words cannot be had with this tokenizer: it does not tell where words begin; set it to false, or choose another tokenizer");
  const std::string_view data = r.use == Use::kTrain ? "training" : "validation";
  auto pairs = std::make_shared<SentencePairs>(r, question);
  if (pairs->size() == 0) fail("the ", data, " data has no sentence that ", name, " could be learned from");
  if (question == Question::kNextSentence && pairs->sentences() < 2)
    fail("the ", data, " data has a single sentence, and ", name, " needs two at least; write one sentence a line");
  return pairs;
}

}  // namespace

std::shared_ptr<const Examples> make_mlm_nsp(const ObjectiveRequest& r) { return make(r, Question::kNextSentence, "mlm+nsp"); }
std::shared_ptr<const Examples> make_mlm_sop(const ObjectiveRequest& r) { return make(r, Question::kSentenceOrder, "mlm+sop"); }

}  // namespace gimbal
