// Whole examples of the objectives that make pairs from text: mlm's frame, span corruption, the denoising styles, prefixes.
#include "data/objectives/samples_for_tests.h"
#include "data/objectives/spans.h"

namespace gimbal {
namespace {

using namespace samples;

constexpr Frame kFrames[] = {Frame::kEncoderDecoder, Frame::kPrefix, Frame::kCausal};

class DenoisingTest : public ObjectiveTest {
 protected:
  // Stretches of the shard that examples of `style` are made from, in measuring, and their pairs without their eos.
  struct Seen {
    std::vector<Pair> pairs;
    Tokens text;
  };
  Seen measure(const char* objective, const char* style, Frame frame, int64_t context, const std::vector<int>& lengths) {
    std::vector<Tokens> documents;
    int32_t next = 0;
    for (const int length : lengths) {
      Tokens& document = documents.emplace_back();
      for (int i = 0; i < length; ++i) document.push_back(kText + next++ % (kVocab - kText));
    }
    ObjectiveRequest r = request(shard_of(documents), context, frame);
    r.use = Use::kMeasure;
    r.config.style = style;
    const auto examples = make_examples(objective, r);
    Seen seen;
    seen.text = r.shard.tokens(0, r.shard.size());
    for (int64_t i = 0; i < examples->size(); ++i) {
      Pair p = pair_of(batch_of(*examples, i, 1), 0, frame);
      if (std::string(objective) != "prefix" || frame == Frame::kEncoderDecoder) {
        EXPECT_EQ(p.source.back(), kEos);
        EXPECT_EQ(p.target.back(), kEos);
        p.source.pop_back();
        p.target.pop_back();
      }
      seen.pairs.push_back(p);
    }
    return seen;
  }
};

bool is_sentinel(int32_t id) { return id >= kSentinel && id < kSentinel + 100; }

void append(Tokens& to, const Tokens& from) { to.insert(to.end(), from.begin(), from.end()); }

TEST_F(DenoisingTest, SpanCorruptionRestoresTheWholeData) {
  for (const Frame frame : kFrames) {
    for (const char* style : {"", "replaced-spans"}) {
      const Seen seen = measure(*style ? "denoising" : "span-corruption", *style ? style : "bert", frame, 128, {1000, 3, 500});
      Tokens text;
      for (const Pair& p : seen.pairs) {
        std::map<int32_t, Tokens> spans;
        int32_t sentinel = -1;
        for (const int32_t id : p.target) is_sentinel(id) ? void(spans[sentinel = id]) : spans.at(sentinel).push_back(id);
        int32_t expected = kSentinel;
        for (const int32_t id : p.source) {
          if (!is_sentinel(id)) {
            text.push_back(id);
            continue;
          }
          EXPECT_EQ(id, expected++);
          EXPECT_FALSE(spans.at(id).empty());
          append(text, spans.at(id));
        }
      }
      EXPECT_EQ(text, seen.text);
    }
  }
}

TEST_F(DenoisingTest, SpanCorruptionFillsTheContextExactly) {
  ObjectiveRequest r = request(counting_shard({6000}), 512, Frame::kEncoderDecoder);
  r.use = Use::kMeasure;
  const auto examples = make_examples("span-corruption", r);
  EXPECT_EQ(examples->size(), (6001 + 567) / 568);
  const TokenBatch batch = batch_of(*examples, 0, 1);
  EXPECT_EQ(batch.encoder->rows(), 512);
  EXPECT_EQ(batch.rows(), 114);
  r.target_context = 60;  // a short decoder shortens the stretch
  const TokenBatch shorter = batch_of(*make_examples("span-corruption", r), 0, 1);
  EXPECT_LE(shorter.rows(), 60);
  EXPECT_GE(shorter.rows(), 58);
  r.target_context = 0;
  r.frame = Frame::kPrefix;
  const TokenBatch one_stack = batch_of(*make_examples("span-corruption", r), 0, 1);
  EXPECT_LE(one_stack.rows(), 512);
  EXPECT_GE(one_stack.rows(), 509);
}

TEST_F(DenoisingTest, BertAndMassAskForTheWholeText) {
  for (const char* style : {"bert", "mass"}) {
    const Seen seen = measure("denoising", style, Frame::kEncoderDecoder, 101, {200000});
    Tokens text;
    double masked = 0, random = 0;
    for (const Pair& p : seen.pairs) {
      append(text, p.target);
      ASSERT_EQ(p.source.size(), p.target.size());
      for (size_t i = 0; i < p.source.size(); ++i) {
        masked += p.source[i] == kSentinel;
        if (p.source[i] != p.target[i] && p.source[i] != kSentinel) ++random;
        EXPECT_TRUE(p.source[i] == kSentinel || p.source[i] >= kText);
      }
    }
    EXPECT_EQ(text, seen.text);
    const auto n = static_cast<double>(text.size()), drawn = *style == 'b' ? 0.1 : 0;
    expect_share(masked, n, 0.15 * (1 - drawn));
    expect_share(random, n, 0.15 * drawn * (1 - 1.0 / (kVocab - kText)));
  }
}

TEST_F(DenoisingTest, DropDividesTheText) {
  const Seen seen = measure("denoising", "drop", Frame::kCausal, 64, {1800, 1});
  Tokens text;
  for (const Pair& p : seen.pairs) {
    // Tokens count up, so that merging both sides gives the stretch back (the vocabulary starts again only once).
    Tokens merged = p.source;
    append(merged, p.target);
    std::sort(merged.begin(), merged.end());
    append(text, merged);
    EXPECT_TRUE(merged.size() == 1 || !p.target.empty());
  }
  EXPECT_EQ(text, seen.text);
}

TEST_F(DenoisingTest, DeshuffleHasTheSameTokensInAnotherOrder) {
  const Seen seen = measure("denoising", "deshuffle", Frame::kPrefix, 65, {1700});
  Tokens text;
  int moved = 0, total = 0;
  for (const Pair& p : seen.pairs) {
    append(text, p.target);
    for (size_t i = 0; i < p.source.size(); ++i) ++total, moved += p.source[i] != p.target[i];
    Tokens source = p.source;
    std::sort(source.begin(), source.end());
    EXPECT_EQ(source, p.target);
  }
  EXPECT_EQ(text, seen.text);
  EXPECT_GT(moved, total * 9 / 10);
}

TEST_F(DenoisingTest, PrefixesAreCutAnywhere) {
  for (const Frame frame : kFrames) {
    const Seen seen = measure("prefix", "bert", frame, 20, {40000});
    Tokens text;
    const size_t whole = frame == Frame::kEncoderDecoder ? 20 : 21;
    std::vector<int> cuts(whole);
    int full = 0;
    for (const Pair& p : seen.pairs) {
      append(text, p.source);
      append(text, p.target);
      if (p.source.size() + p.target.size() != whole) continue;
      ++full;
      ++cuts[p.source.size()];
    }
    EXPECT_EQ(text, seen.text);
    EXPECT_EQ(cuts[0], 0);
    for (size_t cut = 1; cut < whole; ++cut) expect_share(cuts[cut], full, 1.0 / static_cast<double>(whole - 1));
  }
}

TEST_F(DenoisingTest, MaskedStretchesStandBetweenTheirMarks) {
  ObjectiveRequest r = request(counting_shard({30000}), 66);
  const auto examples = make_examples("mlm", r);
  int shorter = 0;
  std::vector<int> lengths(67);
  for (int64_t i = 0; i < 4000; ++i) {
    const Sequence s = sequence(batch_of(*examples, i, 1), 0);
    EXPECT_EQ(s.ids.front(), kCls);
    EXPECT_EQ(s.ids.back(), kSep);
    EXPECT_EQ(s.types, Tokens(s.ids.size(), 0));
    ++lengths[s.ids.size()];
    shorter += s.ids.size() < 66;
  }
  expect_share(shorter, 4000, 0.1 * 62 / 63 + 0.0015);  // of 2 … 64 tokens; and the last stretch of a pass
  EXPECT_EQ(lengths[2] + lengths[3], 0);
  EXPECT_GT(lengths[4] + lengths[5] + lengths[6] + lengths[7], 5);
}

}  // namespace
}  // namespace gimbal
