// Autoregressive blank infilling (GLM, arXiv:2103.10360 sections 2.1 and 2.2; layout in blanks.h), of three kinds by configured shares:
//
//   token     spans of Poisson(mean_span) tokens, at least one, until mask_rate of the text is covered; each is [MASK]
//   sentence  whole sentences in random order until mask_rate is covered; each is [sMASK]
//   document  one span to the end, of a length uniform from document_least of the text to all of it but its first token; [gMASK]
//
// [CLS] stands in front as in the released code. Short spans and sentences hold no special tokens, so they stay inside a document, and short spans do
// not touch; part B has them in random order. The text leaves room in the context for the masks and the <sop> of its spans; where they would be more
// than fit, fewer or shorter ones are hidden (short spans at the defaults: about one example in a thousand).
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/objectives/blanks.h"
#include "data/objectives/objective.h"

namespace gimbal {
namespace {

constexpr std::string_view kBlankInfilling = "blank-infilling";
constexpr int kLongestShortSpan = 39;  // as in the released code

int64_t spans_for(int64_t text, const ObjectiveConfig& c) {
  return 1 + static_cast<int64_t>(std::ceil(1.25 * c.mask_rate * static_cast<double>(text) / c.mean_span));
}

// Tokens with [CLS] that leave room for what their spans add: a mask and a <sop> each, less one hidden token that the mask stands for.
int64_t text_for(const ObjectiveRequest& r) {
  for (int64_t text = r.context - 2; text >= 2; --text) {
    if (text + 2 * spans_for(text, r.config) <= r.context) return text;
  }
  fail("a context of ", r.context, " tokens is too short for ", kBlankInfilling, "; it must be at least ", 2 + 2 * spans_for(2, r.config));
}

// P(length <= i + 1) of a Poisson number that is not 0.
std::vector<double> span_length_table(double mean) {
  std::vector<double> table;
  double probability = 1, sum = 0;  // the factor exp(-mean) drops out
  for (int length = 1; length <= std::max(kLongestShortSpan, static_cast<int>(4 * mean)); ++length) {
    probability *= mean / length;
    table.push_back(sum += probability);
  }
  for (double& p : table) p /= sum;
  return table;
}

template <class T>
void shuffle(std::vector<T>& items, Rng& rng) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[static_cast<size_t>(rng.below(i))]);
}

class BlankInfilling final : public Examples {
 public:
  explicit BlankInfilling(const ObjectiveRequest& r)
      : text_(text_for(r)),
        stretches_(r.shard, text_ - 1, r.sampling, r.use, r.seed, r.document_end()),
        roles_(r.roles),
        config_(r.config),
        most_spans_(spans_for(text_, r.config)),
        lengths_(span_length_table(r.config.mean_span)),
        rng_(r.seed, "objective.blank-infilling") {}

  int64_t size() const override { return stretches_.size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng rng = rng_.child(static_cast<uint64_t>(number));
    std::vector<int32_t> text = stretches_.at(number);
    text.insert(text.begin(), *roles_.cls);
    const double kind = rng.uniform() * (config_.token_share + config_.sentence_share + config_.document_share);
    if (kind < config_.token_share) return write(text, short_spans(text, rng), *roles_.mask, batch);
    if (kind < config_.token_share + config_.sentence_share) return write(text, sentences(text, rng), *roles_.sentence_mask, batch);
    write(text, {long_span(text, rng)}, *roles_.document_mask, batch);
  }

 private:
  int64_t wanted(const std::vector<int32_t>& text) const {
    return std::max<int64_t>(1, static_cast<int64_t>(config_.mask_rate * static_cast<double>(text.size())));
  }

  std::vector<Blank> short_spans(const std::vector<int32_t>& text, Rng& rng) const {
    std::vector<int64_t> lengths;
    for (int64_t covered = 0; covered < wanted(text) && static_cast<int64_t>(lengths.size()) < most_spans_;) {
      lengths.push_back(1 + (std::upper_bound(lengths_.begin(), lengths_.end(), rng.uniform()) - lengths_.begin()));
      covered += lengths.back();
    }
    std::sort(lengths.rbegin(), lengths.rend());  // long ones while there is room
    std::vector<bool> taken(text.size());         // special tokens, spans, and the token on either side of one
    for (size_t i = 0; i < text.size(); ++i) taken[i] = roles_.is_special(text[i]);
    std::vector<Blank> blanks;
    for (const int64_t length : lengths) place(length, taken, rng, blanks);
    shuffle(blanks, rng);
    return blanks;
  }

  // Puts a span anywhere it fits, each place having the same chance; a span that fits nowhere becomes as short as the longest gap.
  static void place(int64_t length, std::vector<bool>& taken, Rng& rng, std::vector<Blank>& blanks) {
    std::vector<int64_t> free_until(taken.size());  // free tokens that end at this one
    int64_t free = 0, longest = 0;
    for (size_t i = 0; i < taken.size(); ++i) {
      free_until[i] = free = taken[i] ? 0 : free + 1;
      longest = std::max(longest, free);
    }
    length = std::min(length, longest);
    if (length == 0) return;
    std::vector<int64_t> places;
    for (size_t i = 0; i < taken.size(); ++i) {
      if (free_until[i] >= length) places.push_back(static_cast<int64_t>(i) + 1 - length);
    }
    const int64_t begin = places[static_cast<size_t>(rng.below(places.size()))];
    blanks.push_back({begin, begin + length});
    const int64_t stop = std::min(begin + length + 1, static_cast<int64_t>(taken.size()));
    for (int64_t i = begin - 1; i < stop; ++i) taken[static_cast<size_t>(i)] = true;  // row 0 is [CLS], so begin is at least 1
  }

  std::vector<Blank> sentences(const std::vector<int32_t>& text, Rng& rng) const {
    std::vector<Blank> all, chosen;
    int64_t begin = 1;
    for (int64_t i = 1; i <= static_cast<int64_t>(text.size()); ++i) {
      const bool end = i == static_cast<int64_t>(text.size()), special = !end && roles_.is_special(text[static_cast<size_t>(i)]);
      const bool stop = !end && !special && static_cast<size_t>(text[static_cast<size_t>(i)]) < roles_.ends_sentence.size() &&
                        roles_.ends_sentence[static_cast<size_t>(text[static_cast<size_t>(i)])];
      if (!end && !special && !stop) continue;
      const int64_t stop_at = stop ? i + 1 : i;
      if (begin < stop_at) all.push_back({begin, stop_at});
      begin = i + 1;
    }
    shuffle(all, rng);
    int64_t covered = 0;
    for (const Blank& sentence : all) {
      if (covered >= wanted(text) || static_cast<int64_t>(chosen.size()) == most_spans_) break;
      chosen.push_back(sentence);
      covered += sentence.end - sentence.begin;
    }
    return chosen;
  }

  Blank long_span(const std::vector<int32_t>& text, Rng& rng) const {
    const auto size = static_cast<int64_t>(text.size());
    const int64_t most = std::max<int64_t>(1, size - 2);
    const int64_t least = std::clamp<int64_t>(static_cast<int64_t>(config_.document_least * static_cast<double>(size)), 1, most);
    return {size - least - static_cast<int64_t>(rng.below(static_cast<uint64_t>(most - least + 1))), size};
  }

  void write(const std::vector<int32_t>& text, const std::vector<Blank>& blanks, int32_t mask, TokenBatch& batch) const {
    batch.add(lay_out_blanks(text, blanks, {mask, *roles_.piece_start, *roles_.piece_end}));
  }

  int64_t text_;
  Stretches stretches_;
  RoleIds roles_;
  ObjectiveConfig config_;
  int64_t most_spans_;
  std::vector<double> lengths_;
  Rng rng_;
};

}  // namespace

std::shared_ptr<const Examples> make_blank_infilling(const ObjectiveRequest& r) {
  const ObjectiveConfig& c = r.config;
  const std::optional<int32_t> unused = 0;  // stands for a mask that no example writes
  require(kBlankInfilling, {{r.roles.cls, "[CLS]"},
                            {c.token_share > 0 ? r.roles.mask : unused, "[MASK]"},
                            {c.sentence_share > 0 ? r.roles.sentence_mask : unused, "[sMASK]"},
                            {c.document_share > 0 ? r.roles.document_mask : unused, "[gMASK]"},
                            {r.roles.piece_start, "<|startofpiece|>"},
                            {r.roles.piece_end, "<|endofpiece|>"}});
  if (c.token_share + c.sentence_share + c.document_share <= 0)
    fail("blank-infilling has no kind to make: token_share, sentence_share and document_share are all 0");
  return std::make_shared<BlankInfilling>(r);
}

}  // namespace gimbal
