// Blank infilling: the released code's layout, its three kinds, and the way back to the text.
#include "data/objectives/blanks.h"
#include "data/objectives/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

constexpr int32_t kNo = kIgnoredTarget;

TEST(Blanks, LayoutOfTheReleasedCode) {
  // A recorded example of make_block_data of THUDM/GLM: [CLS] 1, [MASK] 2, <sop> 5, <eop> 6, spans shuffled.
  const Tokens text = {1, 70, 43, 80, 39, 34, 101, 70, 79, 117, 80, 70, 60, 91, 29, 39, 91, 29, 76, 59, 104, 11, 95, 109};
  const Sequence s = lay_out_blanks(text, {{2, 4}, {15, 20}, {9, 10}}, {2, 5, 6});
  EXPECT_EQ(s.ids, (Tokens{1, 70, 2, 39, 34, 101, 70, 79, 2, 80, 70, 60, 91, 29, 2, 104, 11, 95, 109, 5, 43, 80, 5, 39, 91, 29, 76, 59, 5, 117}));
  Tokens targets(19, kNo);
  for (const int32_t id : {43, 80, 6, 39, 91, 29, 76, 59, 6, 117, 6}) targets.push_back(id);
  EXPECT_EQ(s.targets, targets);
  EXPECT_EQ(s.positions, (Tokens{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 2, 2, 2, 14, 14, 14, 14, 14, 14, 8, 8}));
  EXPECT_EQ(s.block_positions, (Tokens{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 1, 2, 3, 4, 5, 6, 1, 2}));
  EXPECT_EQ(s.prefix, 19);
}

// An example taken apart again.
struct Infilled {
  Tokens text;
  std::vector<Tokens> spans;  // in the order of part B
  std::vector<int32_t> places;
  int32_t mask = 0;
};

Infilled read_back(const Sequence& s) {
  Infilled e;
  std::map<int32_t, Tokens> at;
  for (auto i = static_cast<size_t>(s.prefix); i < s.ids.size();) {
    EXPECT_EQ(s.ids[i], kSop);
    const int32_t place = s.positions[i];
    EXPECT_FALSE(at.count(place));
    EXPECT_LT(place, s.prefix);
    Tokens span;
    for (int32_t step = 1;; ++step, ++i) {
      EXPECT_EQ(s.positions[i], place);
      EXPECT_EQ(s.block_positions[i], step);
      if (s.targets[i] == kEop) break;
      EXPECT_EQ(s.targets[i], s.ids[i + 1]);
      span.push_back(s.targets[i]);
    }
    ++i;
    e.spans.push_back(at[place] = span);
    e.places.push_back(place);
  }
  for (int32_t i = 0; i < s.prefix; ++i) {
    const auto row = static_cast<size_t>(i);
    EXPECT_EQ(s.positions[row], i);
    EXPECT_EQ(s.block_positions[row], 0);
    EXPECT_EQ(s.targets[row], kNo);
    if (const auto span = at.find(i); span != at.end()) {
      e.mask = s.ids[row];
      e.text.insert(e.text.end(), span->second.begin(), span->second.end());
    } else {
      e.text.push_back(s.ids[row]);
    }
  }
  return e;
}

class BlankInfillingTest : public ObjectiveTest {
 protected:
  // Shares of the kinds: token, sentence, document.
  std::shared_ptr<const Examples> make(TokenShard shard, int64_t context, double token, double sentence, double document) {
    ObjectiveRequest r = request(std::move(shard), context, Frame::kPrefix);
    r.config.token_share = token, r.config.sentence_share = sentence, r.config.document_share = document;
    return make_examples("blank-infilling", r);
  }
};

TEST_F(BlankInfillingTest, EveryKindRestoresItsTextInOrder) {
  std::vector<int> lengths(200, 3);  // short documents, whose ends no span may hold
  lengths[0] = 900, lengths[50] = 1;
  const TokenShard shard = counting_shard(lengths);
  for (int kind = 0; kind < 3; ++kind) {
    const auto examples = make(shard, 64, kind == 0, kind == 1, kind == 2);
    Tokens text;
    std::map<Tokens, int> stretches;
    for (int64_t i = 0; i < examples->size(); ++i) {
      const Sequence s = sequence(batch_of(*examples, i, 1), 0);
      EXPECT_LE(s.ids.size(), 64u);
      const Infilled e = read_back(s);
      EXPECT_EQ(e.mask, (std::vector<int32_t>{kMask, kSentenceMask, kDocumentMask})[static_cast<size_t>(kind)]);
      EXPECT_EQ(e.text[0], kCls);
      for (const Tokens& span : e.spans) EXPECT_TRUE(kind == 2 || std::find(span.begin(), span.end(), kEos) == span.end());
      text.insert(text.end(), e.text.begin() + 1, e.text.end());
    }
    Tokens expected = shard.tokens(0, shard.size());
    std::sort(text.begin(), text.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(text, expected) << "kind " << kind;
  }
}

TEST_F(BlankInfillingTest, ShortSpansArePoissonAndCoverTheShare) {
  const auto examples = make(counting_shard({60000}), 512, 1, 0, 0);
  std::vector<double> lengths(60);
  double spans = 0, hidden = 0, text = 0, in_order = 0, neighbours = 0;
  for (int64_t i = 0; i < 600; ++i) {
    const Infilled e = read_back(sequence(batch_of(*examples, i, 1), 0));
    text += static_cast<double>(e.text.size());
    for (size_t k = 0; k < e.spans.size(); ++k) {
      ++lengths[e.spans[k].size()], ++spans, hidden += static_cast<double>(e.spans[k].size());
      for (const int32_t id : e.spans[k]) EXPECT_GE(id, kText);
      if (k > 0) ++neighbours, in_order += e.places[k - 1] < e.places[k];
    }
    std::vector<int32_t> places = e.places;
    std::sort(places.begin(), places.end());
    EXPECT_EQ(std::adjacent_find(places.begin(), places.end(), [](int32_t a, int32_t b) { return b == a + 1; }), places.end()) << "masks touch";
  }
  EXPECT_NEAR(hidden / text, 0.15, 0.006);  // the last span goes beyond the share by 1.2 tokens of 455 on average
  EXPECT_NEAR(hidden / spans, 3 / (1 - std::exp(-3)), 0.08);
  double probability = std::exp(-3) / (1 - std::exp(-3));
  for (int length = 1; length <= 6; ++length) {
    probability *= 3.0 / length;
    // Stopping at the share makes the last span of an example a little longer than a plain draw: six hundred of 14,000.
    EXPECT_NEAR(lengths[static_cast<size_t>(length)] / spans, probability, 0.02) << length;
  }
  expect_share(in_order, neighbours, 0.5);
}

TEST_F(BlankInfillingTest, TheLongSpanGoesToTheEndAndTakesHalfOrMore) {
  const auto examples = make(counting_shard({20000}), 102, 0, 0, 1);
  double share = 0;
  int64_t counted = 0, least = 1000, most = 0;
  for (int64_t i = 0; i < 2 * examples->size(); ++i) {
    const Infilled e = read_back(sequence(batch_of(*examples, i, 1), 0));
    ASSERT_EQ(e.spans.size(), 1u);
    const auto size = static_cast<int64_t>(e.spans[0].size()), n = static_cast<int64_t>(e.text.size());
    EXPECT_EQ(Tokens(e.text.end() - size, e.text.end()), e.spans[0]);
    if (n < 80) continue;  // the last, short stretch
    share += static_cast<double>(size) / static_cast<double>(n), ++counted;
    least = std::min(least, size), most = std::max(most, n - size);
    EXPECT_GE(size, n / 2);
    EXPECT_GE(n - size, 2);
  }
  EXPECT_NEAR(share / static_cast<double>(counted), 0.74, 0.03);
  EXPECT_LE(least, 48);
  EXPECT_GE(most, 40);
}

TEST_F(BlankInfillingTest, SentencesAreHiddenWhole) {
  const auto examples = make(counting_shard({8000}), 128, 0, 1, 0);  // a sentence ends at ids that end in 9: every ten tokens
  for (int64_t i = 0; i < examples->size(); ++i) {
    const Infilled e = read_back(sequence(batch_of(*examples, i, 1), 0));
    int64_t hidden = 0;
    for (const Tokens& span : e.spans) {
      hidden += static_cast<int64_t>(span.size());
      const bool at_end = e.text.back() == span.back(), at_begin = e.text[1] == span.front();
      EXPECT_TRUE(span.back() % 10 == 9 || at_end);
      EXPECT_TRUE(span.front() % 10 == 0 || at_begin);
      EXPECT_LE(span.size(), 10u);
    }
    EXPECT_GE(hidden, std::min<int64_t>(static_cast<int64_t>(0.15 * static_cast<double>(e.text.size())), static_cast<int64_t>(e.text.size()) - 2));
  }
}

TEST_F(BlankInfillingTest, KindsComeByTheirShares) {
  const auto examples = make(counting_shard({60000}), 32, 0.5, 0.3, 0.2);
  std::map<int32_t, double> kinds;
  for (int64_t i = 0; i < 4000; ++i) ++kinds[read_back(sequence(batch_of(*examples, i, 1), 0)).mask];
  expect_share(kinds[kMask], 4000, 0.5);
  expect_share(kinds[kSentenceMask], 4000, 0.3);
  expect_share(kinds[kDocumentMask], 4000, 0.2);
}

TEST_F(BlankInfillingTest, SaysWhatIsMissing) {
  ObjectiveRequest r = request(counting_shard({90}), 32);
  r.roles.document_mask.reset();
  r.roles.piece_end.reset();
  EXPECT_SAYS(refusal([&] { make_examples("blank-infilling", r); }), "writes [gMASK], <|endofpiece|>, which the tokenizer does not have");
  r.config.document_share = 0;
  EXPECT_SAYS(refusal([&] { make_examples("blank-infilling", r); }), "writes <|endofpiece|>, which");
}

}  // namespace
}  // namespace gimbal
