// Sentences and pairs of parts: cutting texts, what follows what, balance of the labels, and fitting into the context.
#include "data/objectives/samples_for_tests.h"
#include "data/objectives/sentences.h"
#include "data/world/story.h"

namespace gimbal {
namespace {

using namespace samples;

using Strings = std::vector<std::string_view>;

TEST(Sentences, LinesAreSentences) {
  EXPECT_EQ(split_sentences("One.\n\n  Mr. J. R. Two met Dr. Three. \r\nfour"), (Strings{"One.", "Mr. J. R. Two met Dr. Three.", "four"}));
  EXPECT_EQ(split_sentences(" \n\t\n"), Strings{});
  EXPECT_EQ(split_sentences(""), Strings{});
}

TEST(Sentences, RunningTextIsCutInEveryLine) {
  EXPECT_EQ(split_sentences("One. Two.\n\n  three \r\nFour? So do I. Six"), (Strings{"One.", "Two.", "three", "Four?", "So do I.", "Six"}));
}

TEST(Sentences, ASingleLineIsCutAfterStops) {
  EXPECT_EQ(split_sentences("It cost 3.14. \"Really?\" she said. Yes! No end"),
            (Strings{"It cost 3.14.", "\"Really?\"", "she said.", "Yes!", "No end"}));
  EXPECT_EQ(split_sentences("Wait... what?! (Gone.) \u201CSo.\u201D Done.\n"), (Strings{"Wait...", "what?!", "(Gone.)", "\u201CSo.\u201D", "Done."}));
  EXPECT_EQ(split_sentences("no stop at all"), (Strings{"no stop at all"}));
}

class SentencePairsTest : public ObjectiveTest {
 protected:
  // Documents of sentences of these many tokens; tokens count up through a document, and document d begins at kText + 300 d.
  TokenShard shard_with(const std::vector<std::vector<int>>& documents) {
    std::vector<Tokens> all;
    for (size_t d = 0; d < documents.size(); ++d) {
      Tokens& document = all.emplace_back();
      int32_t next = kText + 300 * static_cast<int32_t>(d);
      for (const int length : documents[d]) {
        for (int i = 0; i < length; ++i) document.push_back(next++);
        document.push_back(kSep);
      }
    }
    return shard_of(all);
  }
  TokenShard six_documents() {
    return shard_with(
        {std::vector<int>(40, 7), std::vector<int>(100, 3), {5, 9, 2, 30, 1, 1, 8}, std::vector<int>(290, 1), {200}, std::vector<int>(20, 14)});
  }
};

// The parts of an example as they were before masking.
struct Parts {
  Tokens a, b;
};

Parts parts_of(const Sequence& s) {
  Tokens ids = s.ids;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (s.targets[i] >= 0) ids[i] = s.targets[i];
  }
  EXPECT_EQ(ids.front(), kCls);
  EXPECT_EQ(ids.back(), kSep);
  const auto first_sep = std::find(ids.begin(), ids.end(), kSep);
  Parts p{{ids.begin() + 1, first_sep}, {first_sep + 1, ids.end() - 1}};
  EXPECT_FALSE(p.a.empty() || p.b.empty());
  Tokens types(p.a.size() + 2, 0);
  types.resize(ids.size(), 1);
  EXPECT_EQ(s.types, types);
  return p;
}

int document_of(int32_t id) { return (id - kText) / 300; }

bool consecutive(const Tokens& part) {
  for (size_t i = 1; i < part.size(); ++i) {
    if (part[i] != part[i - 1] + 1) return false;
  }
  return true;
}

TEST_F(SentencePairsTest, NextSentencesFollowAndRandomOnesAreFromElsewhere) {
  const auto examples = make_examples("mlm+nsp", request(six_documents(), 64));
  std::map<int32_t, int> labels;
  int64_t divisible = 0, random = 0;
  for (int64_t i = 0; i < 6000; ++i) {
    const TokenBatch batch = batch_of(*examples, i, 1);
    const Parts p = parts_of(sequence(batch, 0));
    ASSERT_LE(batch.rows(), 64);
    ASSERT_EQ(batch.labels.size(), 1u);
    EXPECT_TRUE(consecutive(p.a) && consecutive(p.b));
    ++labels[batch.labels[0]];
    if (batch.labels[0] == 0) {
      ASSERT_EQ(document_of(p.a[0]), document_of(p.b[0]));
      EXPECT_GT(p.b[0], p.a.back());
    } else {
      EXPECT_NE(document_of(p.a[0]), document_of(p.b[0]));
    }
    const bool single = document_of(p.a[0]) == 4;  // one sentence: a random part is all that can follow
    EXPECT_TRUE(!single || batch.labels[0] == 1);
    if (!single) ++divisible, random += batch.labels[0];
  }
  EXPECT_EQ(labels.size(), 2u);
  // Beside document 4, groups of one sentence are rare but random: the 30 tokens of document 2 never stand alone at 61 tokens.
  expect_share(static_cast<double>(random), static_cast<double>(divisible), 0.5);
}

// Words of a text as ids that say nothing but how many there are.
Tokens words_of(std::string_view text) {
  Tokens ids = {kText};
  for (const char c : text)
    if (c == ' ') ids.push_back(kText + static_cast<int32_t>(ids.size()));
  return ids;
}

TEST_F(SentencePairsTest, LabelsOfStoriesInParagraphsBalance) {
  std::vector<Tokens> documents;
  for (uint64_t i = 0; i < 300; ++i) {
    Tokens& document = documents.emplace_back();
    const world::Story story = world::make_story(1, i);
    for (const std::string_view sentence : split_sentences(story.text)) {
      const Tokens words = words_of(sentence);
      document.insert(document.end(), words.begin(), words.end());
      document.push_back(kSep);
    }
  }
  const TokenShard shard = shard_of(documents);
  for (const int64_t context : {24, 64, 128}) {
    for (const char* name : {"mlm+nsp", "mlm+sop"}) {
      const auto examples = make_examples(name, request(shard, context));
      const TokenBatch batch = batch_of(*examples, 0, 2000);
      const auto ones = static_cast<double>(std::count(batch.labels.begin(), batch.labels.end(), 1));
      EXPECT_NEAR(ones / 2000, 0.5, 0.05) << name << " at " << context;
    }
  }
}

TEST_F(SentencePairsTest, LongSentencesAreAskedBothWays) {
  // Each sentence fills the room alone, but has a neighbour: that of a last one stands before it.
  const auto examples = make_examples("mlm+nsp", request(shard_with({{40, 40, 40}, {40, 40, 40}}), 32));
  int ones = 0;
  for (int64_t i = 0; i < 2000; ++i) {
    const TokenBatch batch = batch_of(*examples, i, 1);
    const Parts p = parts_of(sequence(batch, 0));
    ones += batch.labels[0];
    EXPECT_EQ(document_of(p.a[0]) == document_of(p.b[0]), batch.labels[0] == 0);
    EXPECT_TRUE(batch.labels[0] == 1 || p.a.back() < p.b[0]);
  }
  expect_share(ones, 2000, 0.5);
}

TEST_F(SentencePairsTest, WithoutShorteningNeighboursTouch) {
  ObjectiveRequest r = request(shard_with({std::vector<int>(90, 3), std::vector<int>(60, 5)}), 33);  // 30 tokens: ten or six whole sentences
  r.config.short_share = 0;
  for (const char* name : {"mlm+nsp", "mlm+sop"}) {
    const auto examples = make_examples(name, r);
    for (int64_t i = 0; i < 300; ++i) {
      const TokenBatch batch = batch_of(*examples, i, 1);
      const Parts p = parts_of(sequence(batch, 0));
      if (batch.labels[0] == 0) {
        EXPECT_EQ(batch.rows(), 33);
        EXPECT_EQ(p.b[0], p.a.back() + 1);
      } else if (std::string(name) == "mlm+sop") {
        EXPECT_EQ(p.a[0], p.b.back() + 1);
      }
    }
  }
}

TEST_F(SentencePairsTest, OrdersComeInHalf) {
  const auto examples = make_examples("mlm+sop", request(six_documents(), 64));
  int64_t swapped = 0;
  for (int64_t i = 0; i < 4000; ++i) {
    const TokenBatch batch = batch_of(*examples, i, 1);
    const Parts p = parts_of(sequence(batch, 0));
    EXPECT_EQ(document_of(p.a[0]), document_of(p.b[0]));
    EXPECT_EQ(p.a[0] > p.b[0], batch.labels[0] == 1);
    swapped += batch.labels[0];
  }
  expect_share(static_cast<double>(swapped), 4000, 0.5);
}

TEST_F(SentencePairsTest, LongPartsLoseTokensAtBothEnds) {
  ObjectiveRequest r = request(shard_with({{100, 100}, {100, 100}}), 43);
  r.config.short_share = 0;
  const auto examples = make_examples("mlm+nsp", r);
  int64_t front = 0, lost = 0;
  for (int64_t i = 0; i < 200; ++i) {
    const TokenBatch batch = batch_of(*examples, i, 1);
    EXPECT_EQ(batch.rows(), 43);
    for (const Tokens& part : {parts_of(sequence(batch, 0)).a, parts_of(sequence(batch, 0)).b}) {
      EXPECT_EQ(part.size(), 20u);
      front += (part[0] - kText) % 100;  // sentences begin at multiples of 100
      lost += 80;
    }
  }
  expect_share(static_cast<double>(front), static_cast<double>(lost), 0.5);
}

TEST_F(SentencePairsTest, ShortExamplesComeByTheirShare) {
  ObjectiveRequest r = request(shard_with({std::vector<int>(290, 1), std::vector<int>(290, 1)}), 103);
  int64_t shorter = 0;
  const auto examples = make_examples("mlm+sop", r);
  for (int64_t i = 0; i < 3000; ++i) {
    const auto rows = batch_of(*examples, i, 1).rows();
    shorter += rows < 103 && rows != 93;  // 290 = 2 * 100 + 90
  }
  EXPECT_NEAR(static_cast<double>(shorter) / 3000, 0.1, 0.03);
}

TEST_F(SentencePairsTest, SmallDocuments) {
  EXPECT_SAYS(refusal([&] { make_examples("mlm+nsp", request(shard_with({{5}}), 32)); }), "a single sentence");
  EXPECT_SAYS(refusal([&] { make_examples("mlm+sop", request(shard_with({{1}}), 32)); }), "has no sentence");
  const auto one_document = make_examples("mlm+nsp", request(shard_with({{2, 3}}), 32));
  for (int64_t i = 0; i < 50; ++i) parts_of(sequence(batch_of(*one_document, i, 1), 0));
  const auto single_tokens = make_examples("mlm+nsp", request(shard_with({{1}, {1}}), 32));
  EXPECT_EQ(batch_of(*single_tokens, 0, 5).labels, (std::vector<int32_t>{1, 1, 1, 1, 1}));
  const auto one_sentence = make_examples("mlm+sop", request(shard_with({{1}, {2}}), 32));
  EXPECT_EQ(one_sentence->size(), 1);  // one token has no order
  EXPECT_SAYS(refusal([&] { make_examples("mlm+nsp", request(shard_with({{2, 3}}), 4)); }), "must be at least 5");
}

}  // namespace
}  // namespace gimbal
