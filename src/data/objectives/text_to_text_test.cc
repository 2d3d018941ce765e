// Text-to-text: reading pairs, mixtures and their rates, every pair in turn, and cutting to fit.
#include "data/objectives/samples_for_tests.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

using namespace samples;

class TextToTextTest : public ObjectiveTest {
 protected:
  // Pair i of a task reads `begin` + i and says the same.
  static TextPairs task(int32_t begin, int count) {
    TextPairs pairs;
    for (int32_t i = 0; i < count; ++i) pairs.add(Tokens{begin + i}, Tokens{begin + i});
    return pairs;
  }
  ObjectiveRequest mixture(std::vector<TextPairs> tasks) {
    ObjectiveRequest r = request({}, 16, Frame::kEncoderDecoder);
    r.pairs = std::move(tasks);
    return r;
  }
  fs::path file(const std::string& lines) {
    const fs::path path = folder_ / "pairs.jsonl";
    write_file(path, lines);
    return path;
  }
};

TEST_F(TextToTextTest, ReadsPairsUnderBothNames) {
  const Tokenizer bytes = train_byte({});
  const TextPairs pairs = TextPairs::read(file("{\"source\":\"a\",\"target\":\"bc\"}\n\n{\"input\":\"\",\"output\":\"d\",\"id\":7}"), "x ", bytes);
  ASSERT_EQ(pairs.size(), 2);
  const auto text = [&](std::span<const int32_t> ids) { return bytes.decode(ids, SkipSpecial::kNo); };
  EXPECT_EQ(text(pairs.source(0)), "x a");
  EXPECT_EQ(text(pairs.target(0)), "bc");
  EXPECT_EQ(text(pairs.source(1)), "x ");
  EXPECT_EQ(text(pairs.target(1)), "d");
}

TEST_F(TextToTextTest, WrongLinesAreNamed) {
  const Tokenizer bytes = train_byte({});
  const auto said = [&](const std::string& lines) { return refusal([&] { TextPairs::read(file(lines), "", bytes); }); };
  const std::string good = "{\"source\":\"a\",\"target\":\"b\"}\n";
  EXPECT_SAYS(said(good + "{\"source\":\"a\"}"), "pairs.jsonl line 2");
  EXPECT_SAYS(said(good + "{\"source\":\"a\"}"), "has neither \"target\" nor \"output\"");
  EXPECT_SAYS(said("{\"source\":\"a\",\"input\":\"a\",\"target\":\"b\"}"), "has both \"source\" and \"input\"");
  EXPECT_SAYS(said("{\"source\":1,\"target\":\"b\"}"), "has a \"source\" that is not a string");
  EXPECT_SAYS(said("{\"source\":\"a\",\"target\":\"\"}"), "target is empty");
  EXPECT_SAYS(said("[1]"), "not an object");
  EXPECT_SAYS(said("{"), "line 1");
  EXPECT_SAYS(said("\n\n"), "holds no pairs");
}

TEST(Mixture, RatesOfThePaper) {
  const std::vector<int64_t> sizes = {100, 900, 10000};
  EXPECT_EQ(mixture_rates(sizes, {}), (std::vector<double>{100.0 / 11000, 900.0 / 11000, 10000.0 / 11000}));
  EXPECT_EQ(mixture_rates(sizes, {"proportional", 1000, 1}), (std::vector<double>{0.05, 0.45, 0.5}));
  EXPECT_EQ(mixture_rates(sizes, {"equal", 0, 1}), (std::vector<double>(3, 1.0 / 3)));
  const std::vector<double> roots = mixture_rates(sizes, {"proportional", 0, 2});
  EXPECT_NEAR(roots[0], 10.0 / 140, 1e-12);
  EXPECT_NEAR(roots[2], 100.0 / 140, 1e-12);
  EXPECT_SAYS(refusal([&] { mixture_rates(sizes, {"proportinal", 0, 1}); }), "did you mean 'proportional'");
  EXPECT_SAYS(refusal([&] { mixture_rates(sizes, {"equal", 0, 0}); }), "temperature is 0");
  EXPECT_EQ(apportioned(10, {0.05, 0.45, 0.5}), (std::vector<int64_t>{1, 4, 5}));
  EXPECT_EQ(apportioned(3, {0.01, 0.01, 0.98}), (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(apportioned(7, {1.0}), (std::vector<int64_t>{7}));
}

TEST_F(TextToTextTest, EachPassHasItsSharesAndEachPairItsTurn) {
  ObjectiveRequest r = mixture({task(200, 10), task(300, 30), task(500, 160)});
  r.config.mixture.rule = "equal";
  const auto examples = make_examples("text-to-text", r);
  ASSERT_EQ(examples->size(), 200);
  std::map<int32_t, int> seen;
  for (int64_t pass = 0; pass < 12; ++pass) {
    std::vector<int> counts(3);
    for (int64_t i = 0; i < 200; ++i) {
      const Pair p = pair_of(batch_of(*examples, pass * 200 + i, 1), 0, Frame::kEncoderDecoder);
      ASSERT_EQ(p.source, p.target);
      ++seen[p.source[0]];
      ++counts[p.source[0] >= 500 ? 2 : p.source[0] >= 300 ? 1 : 0];
    }
    for (const int count : counts) EXPECT_NEAR(count, 200.0 / 3, 1);
  }
  ASSERT_EQ(seen.size(), 200u);
  // 12 passes ask each task about 800 times: 80, 26 or 27, and 5 or so of each pair, and never two more of one than of another.
  for (const auto& [begin, end] : std::vector<std::pair<int32_t, int32_t>>{{200, 210}, {300, 330}, {500, 660}}) {
    int least = 1000, most = 0;
    for (int32_t id = begin; id < end; ++id) least = std::min(least, seen[id]), most = std::max(most, seen[id]);
    EXPECT_LE(most - least, 1);
  }
}

TEST_F(TextToTextTest, MeasuringTakesEveryPairOnceInOrder) {
  ObjectiveRequest r = mixture({task(200, 3), task(300, 2)});
  r.use = Use::kMeasure;
  r.config.mixture.rule = "equal";
  const auto examples = make_examples("text-to-text", r);
  ASSERT_EQ(examples->size(), 5);
  Tokens order;
  for (int64_t i = 0; i < 5; ++i) order.push_back(pair_of(batch_of(*examples, i, 1), 0, Frame::kEncoderDecoder).source[0]);
  EXPECT_EQ(order, (Tokens{200, 201, 202, 300, 301}));
}

TEST_F(TextToTextTest, LongPairsKeepTheirBeginnings) {
  TextPairs pairs;
  Tokens source(50), target(40);
  std::iota(source.begin(), source.end(), 200);
  std::iota(target.begin(), target.end(), 400);
  pairs.add(source, target);
  pairs.add(std::span(source).first(4), target);
  pairs.add(source, std::span(target).first(4));
  const auto pair = [&](Frame frame, int64_t i) {
    ObjectiveRequest r = mixture({pairs});
    r.use = Use::kMeasure;
    r.frame = frame;
    r.target_context = 10;
    return pair_of(batch_of(*make_examples("text-to-text", r), i, 1), 0, frame);
  };
  const auto check = [&](const Pair& p, size_t source_size, size_t target_size) {
    ASSERT_EQ(p.source.size(), source_size);
    ASSERT_EQ(p.target.size(), target_size);
    for (size_t i = 0; i + 1 < source_size; ++i) EXPECT_EQ(p.source[i], 200 + static_cast<int32_t>(i));
    for (size_t i = 0; i + 1 < target_size; ++i) EXPECT_EQ(p.target[i], 400 + static_cast<int32_t>(i));
    EXPECT_EQ(p.source.back(), kEos);
    EXPECT_EQ(p.target.back(), kEos);
  };
  check(pair(Frame::kEncoderDecoder, 0), 16, 10);
  check(pair(Frame::kPrefix, 0), 9, 8);   // 16 rows hold 17 tokens, the last one as a target only
  check(pair(Frame::kCausal, 1), 5, 12);  // a short source leaves its room to the target
  check(pair(Frame::kPrefix, 2), 12, 5);
}

}  // namespace
}  // namespace gimbal
