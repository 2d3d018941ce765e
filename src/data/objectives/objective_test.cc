// What holds for every objective on the list: rows that fit, targets that are tokens, the same example for the same number, and small data.
#include "data/objectives/objective.h"

#include <set>
#include <thread>

#include "data/objectives/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

bool same(const TokenBatch& a, const TokenBatch& b) {
  const bool both = !a.encoder == !b.encoder;
  return both && a.ids == b.ids && a.targets == b.targets && a.positions == b.positions && a.types == b.types &&
         a.block_positions == b.block_positions && a.offsets == b.offsets && a.prefixes == b.prefixes && a.labels == b.labels &&
         (!a.encoder || same(*a.encoder, *b.encoder));
}

constexpr Frame kFrames[] = {Frame::kEncoderDecoder, Frame::kPrefix, Frame::kCausal, Frame::kBlank};
const std::vector<std::string> kStyles = {"bert", "mass", "replaced-spans", "drop", "deshuffle"};

class EveryObjective : public ObjectiveTest {
 protected:
  using Visit = std::function<void(const std::string& what, const ObjectiveRequest& r, const ObjectiveKind& kind)>;

  // Calls `visit` for each kind in each frame and style that it has, on documents of these lengths.
  void each(const std::vector<int>& lengths, int64_t context, const Visit& visit) {
    const TokenShard closed = counting_shard(lengths), sentences = counting_shard(lengths, kSep);
    TextPairs pairs;
    for (const int length : lengths) {
      Tokens source(static_cast<size_t>(length), kText + length);
      pairs.add(source, std::span(source).first(1));
    }
    for (const ObjectiveKind& kind : objective_kinds()) {
      ObjectiveRequest r = request(kind.documents == Documents::kSentences ? sentences : closed, context);
      r.pairs = {pairs};
      for (const Frame frame : kFrames) {
        r.frame = frame;
        if (!kind.mask.empty() && frame != Frame::kCausal) continue;
        for (const std::string& style : kind.name == "denoising" ? kStyles : std::vector<std::string>{"bert"}) {
          r.config.style = style;
          visit(cat(kind.name, " ", style, " frame ", static_cast<int>(frame), " context ", context), r, kind);
        }
      }
    }
  }
};

void expect_sound(const TokenBatch& batch, const ObjectiveRequest& r, const std::string& what) {
  ASSERT_EQ(batch.targets.size(), batch.ids.size()) << what;
  ASSERT_EQ(batch.positions.size(), batch.ids.size()) << what;
  EXPECT_EQ(batch.encoder != nullptr, r.frame == Frame::kEncoderDecoder) << what;
  for (int64_t i = 0; i < batch.sequences(); ++i) {
    const Sequence s = sequence(batch, i);
    EXPECT_LE(static_cast<int64_t>(s.ids.size()), r.context) << what;
    EXPECT_GE(s.prefix, 0) << what;
    EXPECT_LE(s.prefix, static_cast<int64_t>(s.ids.size())) << what;
    for (const int32_t id : s.ids) EXPECT_TRUE(id >= 0 && id < kVocab) << what;
    for (const int32_t id : s.targets) EXPECT_TRUE(id == kIgnoredTarget || (id >= 0 && id < kVocab)) << what;
    for (const int32_t place : s.positions) EXPECT_TRUE(place >= 0 && place < r.context) << what;
    EXPECT_TRUE(!batch.encoder || static_cast<int64_t>(sequence(*batch.encoder, i).ids.size()) <= r.context) << what;
  }
}

TEST_F(EveryObjective, RowsFitAndTargetsAreTokens) {
  for (const int64_t context : {12, 32, 100}) {
    each({40, 3, 300, 2, 1, 77, 15}, context, [&](const std::string& what, const ObjectiveRequest& r, const ObjectiveKind& kind) {
      const auto examples = make_examples(std::string(kind.name), r);
      ASSERT_GT(examples->size(), 0) << what;
      const TokenBatch batch = batch_of(*examples, 0, 2 * examples->size());
      expect_sound(batch, r, what);
      EXPECT_GT(std::count_if(batch.targets.begin(), batch.targets.end(), [](int32_t t) { return t >= 0; }), 0) << what;
      EXPECT_EQ(batch.labels.size(), kind.head == "pretraining" ? static_cast<size_t>(batch.sequences()) : 0u) << what;
    });
  }
}

TEST_F(EveryObjective, AnExampleIsAFunctionOfItsNumber) {
  each({60, 3, 200, 2, 1, 77}, 24, [&](const std::string& what, const ObjectiveRequest& r, const ObjectiveKind& kind) {
    const auto first = make_examples(std::string(kind.name), r), second = make_examples(std::string(kind.name), r);
    const int64_t n = first->size();
    const TokenBatch expected = batch_of(*first, 0, 3 * n);
    std::vector<int> right(3);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < right.size(); ++t) threads.emplace_back([&, t] { right[t] = same(batch_of(*second, 0, 3 * n), expected); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, (std::vector<int>{1, 1, 1})) << what;
    EXPECT_TRUE(same(batch_of(*second, 2 * n, 1), batch_of(*first, 2 * n, 1))) << what;
    EXPECT_FALSE(same(batch_of(*first, 0, n), batch_of(*first, n, n))) << what << ": the next pass is the first again";
    ObjectiveRequest other = r;
    other.seed = 8;
    EXPECT_FALSE(same(batch_of(*make_examples(std::string(kind.name), other), 0, n), batch_of(*first, 0, n))) << what;
  });
}

TEST_F(EveryObjective, MeasuringIsTheSameInEverySampling) {
  each({60, 3, 200, 2, 1, 77}, 24, [&](const std::string& what, ObjectiveRequest r, const ObjectiveKind& kind) {
    r.use = Use::kMeasure;
    const auto examples = make_examples(std::string(kind.name), r);
    const TokenBatch batch = batch_of(*examples, 0, examples->size());
    expect_sound(batch, r, what);
    r.sampling = Sampling::kWindows;
    const auto windows = make_examples(std::string(kind.name), r);
    EXPECT_TRUE(same(batch_of(*windows, 0, windows->size()), batch)) << what;
  });
}

TEST_F(EveryObjective, SmallData) {
  // One document shorter than the context, of one token, of one sentence and of two; and many of one token. Either all is well or a sentence.
  for (const std::vector<int>& lengths : std::vector<std::vector<int>>{{9}, {1}, {2}, {9, 9}, {1, 1}, std::vector<int>(50, 1)}) {
    each(lengths, 40, [&](const std::string& what, ObjectiveRequest r, const ObjectiveKind& kind) {
      for (const Use use : {Use::kTrain, Use::kMeasure}) {
        for (const Sampling sampling : {Sampling::kShuffle, Sampling::kDocuments, Sampling::kWindows}) {
          r.use = use;
          r.sampling = sampling;
          const std::string said = refusal([&] {
            const auto examples = make_examples(std::string(kind.name), r);
            expect_sound(batch_of(*examples, 0, use == Use::kTrain ? 40 : examples->size()), r, what);
          });
          const bool few = lengths.size() == 1 || lengths[1] == 1;
          const bool may_refuse = kind.name == "causal" || (kind.documents == Documents::kSentences && few);
          EXPECT_TRUE(said.empty() || may_refuse) << what << ": " << said;
        }
      }
    });
  }
}

TEST_F(EveryObjective, TooShortContextsAreRefusedWithASentence) {
  int made = 0, refused = 0;
  for (int64_t context = 1; context < 12; ++context) {
    each({30, 30}, context, [&](const std::string& what, const ObjectiveRequest& r, const ObjectiveKind& kind) {
      const std::string said = refusal([&] {
        const auto examples = make_examples(std::string(kind.name), r);
        expect_sound(batch_of(*examples, 0, 40), r, what);
        ++made;
      });
      if (said.empty()) return;
      ++refused;
      EXPECT_SAYS(said, "short");
      EXPECT_LT(context, r.frame == Frame::kBlank ? 9 : 7) << what << ": " << said;
    });
  }
  EXPECT_GT(made, 50);
  EXPECT_GT(refused, 10);
}

TEST_F(EveryObjective, VeryShortDocumentsAskForSomething) {
  // Documents that end exactly where a stretch does, and whose end is all that is left; none of them may cost a row without a question.
  for (const int64_t context : {12, 13, 14}) {
    for (const int length : {1, 2, 8, 9, 10, 11, 12, 13}) {
      each(std::vector<int>(12, length), context, [&](const std::string& what, ObjectiveRequest r, const ObjectiveKind& kind) {
        if (kind.documents == Documents::kSentences) return;
        const bool closes = r.frame == Frame::kEncoderDecoder && kind.name == "prefix";
        if (kind.name == "mlm" || closes) {  // as shard_recipe() has it: BERT's documents end in [SEP], and these have no end
          std::vector<Tokens> documents(12, Tokens(static_cast<size_t>(length), kText));
          if (!closes)
            for (Tokens& document : documents) document.push_back(kSep);
          r.shard = shard_of(documents);
          if (!closes) r.roles.eos.reset();
        }
        r.sampling = Sampling::kDocuments;
        r.config.short_share = 0;
        const auto examples = make_examples(std::string(kind.name), r);
        for (int64_t i = 0; i < examples->size(); ++i) {
          const TokenBatch batch = batch_of(*examples, i, 1);
          expect_sound(batch, r, what);
          EXPECT_GT(std::count_if(batch.targets.begin(), batch.targets.end(), [](int32_t t) { return t >= 0; }), 0) << what << " length " << length;
          const auto doubled = [](const Tokens& ids) {
            for (size_t at = 1; at < ids.size(); ++at)
              if (ids[at] == ids[at - 1] && (ids[at] == kSep || ids[at] == kEos)) return true;
            return false;
          };
          if (kind.documents == Documents::kClosed) {
            EXPECT_FALSE(doubled(batch.ids) || doubled(batch.targets) || (batch.encoder && doubled(batch.encoder->ids)))
                << what << " length " << length;
          }
        }
      });
    }
  }
}

TEST_F(EveryObjective, ASourceOfGlmBeginsAsItsTextsDo) {
  each({40, 3, 300, 2, 1, 77, 15}, 24, [&](const std::string& what, const ObjectiveRequest& r, const ObjectiveKind& kind) {
    if (r.frame != Frame::kBlank) return;
    const auto examples = make_examples(std::string(kind.name), r);
    for (int64_t i = 0; i < examples->size(); ++i) {
      const Sequence s = sequence(batch_of(*examples, i, 1), 0);
      EXPECT_EQ(s.ids[0], kCls) << what;
      EXPECT_EQ(s.ids[static_cast<size_t>(s.prefix) - 1], kDocumentMask) << what;
      EXPECT_EQ(s.ids[static_cast<size_t>(s.prefix)], kSop) << what;
    }
  });
}

TEST_F(EveryObjective, TheLeastContextsThatAreNamedAreEnough) {
  for (const double rate : {0.15, 0.9}) {
    for (const char* name : {"blank-infilling", "text-to-text"}) {
      for (const Frame frame : kFrames) {
        if (*name == 'b' && frame != Frame::kCausal) continue;
        TextPairs pairs;
        pairs.add(Tokens(9, kText), Tokens(9, kText));
        ObjectiveRequest r = request(counting_shard({90}), 1, frame);
        r.pairs = {pairs};
        r.config.mask_rate = rate;
        r.config.mean_span = 1;
        const std::string said = refusal([&] { make_examples(name, r); });
        EXPECT_SAYS(said, "too short");
        const int64_t least = std::stoll(said.substr(said.find_first_of("0123456789", said.find(';'))));
        r.context = least - 1;
        EXPECT_FALSE(refusal([&] { make_examples(name, r); }).empty()) << name << " " << least;
        r.context = least;
        expect_sound(batch_of(*make_examples(name, r), 0, 1), r, name);
      }
    }
  }
}

TEST_F(EveryObjective, StretchesOfAPassAreEachTokenOnce) {
  for (const Sampling sampling : {Sampling::kShuffle, Sampling::kDocuments}) {
    const TokenShard shard = counting_shard({400, 7, 1, 90});
    const Stretches stretches(shard, 16, sampling, Use::kTrain, 3);
    std::vector<Tokens> orders(2);
    for (int64_t i = 0; i < 2 * stretches.size(); ++i) {
      const Tokens stretch = stretches.at(i);
      EXPECT_LE(stretch.size(), 16u);
      EXPECT_TRUE(sampling == Sampling::kShuffle || std::count(stretch.begin(), stretch.end() - 1, kEos) == 0);
      Tokens& order = orders[static_cast<size_t>(i / stretches.size())];
      order.insert(order.end(), stretch.begin(), stretch.end());
    }
    EXPECT_NE(orders[0], orders[1]);
    Tokens expected = shard.tokens(0, shard.size());
    std::sort(expected.begin(), expected.end());
    for (Tokens& order : orders) {
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, expected);
    }
  }
}

TEST_F(EveryObjective, NamesAndSettingsThatAreWrong) {
  EXPECT_SAYS(refusal([] { objective_named("span-coruption"); }), "did you mean 'span-corruption'");
  ObjectiveRequest r = request(counting_shard({90}), 32);
  const auto said = [&](const char* objective) { return refusal([&] { make_examples(objective, r); }); };
  r.config.mask_rate = 0;
  EXPECT_SAYS(said("mlm"), "mask_rate is 0");
  r.config = {};
  r.config.mean_span = 0.5;
  EXPECT_SAYS(said("span-corruption"), "mean_span is 0.5");
  r.config = {};
  r.config.style = "deshufle";
  EXPECT_SAYS(said("denoising"), "did you mean 'deshuffle'");
  r.config = {};
  r.roles.mask.reset();
  r.roles.sep.reset();
  EXPECT_SAYS(said("mlm"), "writes [SEP], [MASK], which the tokenizer does not have");
  r.roles.sentinels.resize(1);
  r.context = 512;
  EXPECT_SAYS(said("span-corruption"), "needs 23 sentinels at a context of 512, and the tokenizer has 1");
  r.config.style = "replaced-spans";
  EXPECT_SAYS(said("denoising"), "and the tokenizer has 1; shorten the context, or lower mask_rate");
  r.roles = roles();  // 100 sentinels: enough for T5's 512 rows, and not for twice as many
  r.frame = Frame::kEncoderDecoder;
  EXPECT_EQ(said("denoising"), "");
  r.context = 1024;
  EXPECT_SAYS(said("denoising"), "sentinels at a context of 1024, and the tokenizer has 100");
  r.frame = Frame::kCausal;
  r.config = {};
  r.roles.sentinels.clear();
  EXPECT_SAYS(said("denoising"), "<extra_id_0>");
  r.roles.eos.reset();
  EXPECT_SAYS(said("prefix"), "</s>");
  r.pairs.clear();
  r.roles = roles();
  EXPECT_SAYS(said("text-to-text"), "no pairs");
  r.roles.joins_before.clear();
  r.config.whole_words = true;
  EXPECT_SAYS(said("mlm"), "where words begin");
}

}  // namespace
}  // namespace gimbal
