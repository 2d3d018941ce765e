// Metrics against values worked out by hand, or recorded from scikit-learn, seqeval, rouge-score and sacreBLEU where hands would be tedious.
#include "data/metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "data/metrics/accuracy.h"
#include "data/metrics/bleu.h"
#include "data/metrics/chrf.h"
#include "data/metrics/correlation.h"
#include "data/metrics/entities.h"
#include "data/metrics/f1.h"
#include "data/metrics/matthews.h"
#include "data/metrics/perplexity.h"
#include "data/metrics/python_text.h"
#include "data/metrics/ranking.h"
#include "data/metrics/rouge.h"
#include "data/metrics/squad.h"

namespace gimbal::metrics {
namespace {

using Classes = std::vector<int64_t>;
using Numbers = std::vector<double>;
using Tags = std::vector<std::string>;
using Texts = std::vector<std::string>;
using References = std::vector<std::vector<std::string>>;

TEST(ClassMetrics, CountByHand) {
  const Classes gold = {1, 1, 1, 0, 0, 0, 0, 1}, guess = {1, 1, 0, 0, 0, 1, 0, 0};  // tp 2, fp 1, fn 2, tn 3
  EXPECT_DOUBLE_EQ(accuracy(guess, gold), 5.0 / 8);
  EXPECT_DOUBLE_EQ(f1_of_class(guess, gold), 4.0 / 7);
  EXPECT_DOUBLE_EQ(f1_of_class(guess, gold, 0), 6.0 / 9);
  EXPECT_DOUBLE_EQ(f1_macro(guess, gold), (4.0 / 7 + 6.0 / 9) / 2);
  EXPECT_DOUBLE_EQ(matthews(guess, gold), (2.0 * 3 - 1 * 2) / std::sqrt(3.0 * 4 * 4 * 5));
}

TEST(ClassMetrics, SeveralClasses) {
  const Classes gold = {0, 1, 2, 2, 5}, guess = {0, 2, 2, 2, 1};
  // Classes 0, 1, 2 and 5 occur: F1 of 1, 0, 4/5 and 0.
  EXPECT_DOUBLE_EQ(f1_macro(guess, gold), 1.8 / 4);
  // c = 3, s = 5, p = (1, 1, 3, 0), t = (1, 1, 2, 1).
  EXPECT_DOUBLE_EQ(matthews(guess, gold), (3.0 * 5 - 8) / std::sqrt((25.0 - 11) * (25 - 7)));
}

TEST(ClassMetrics, AreDefinedWhereNothingCanBeCounted) {
  EXPECT_EQ(accuracy({}, {}), 0);
  EXPECT_EQ(f1_macro({}, {}), 0);
  EXPECT_EQ(matthews({}, {}), 0);
  const Classes zeros = {0, 0, 0}, mixed = {0, 1, 0};
  EXPECT_EQ(f1_of_class(zeros, zeros), 0);
  EXPECT_EQ(matthews(zeros, mixed), 0);
  EXPECT_EQ(matthews(zeros, zeros), 0);
}

TEST(Correlation, ByHand) {
  const Numbers x = {1, 2, 3, 4}, y = {2, 1, 4, 3};
  EXPECT_DOUBLE_EQ(pearson(x, y), 0.6);
  EXPECT_DOUBLE_EQ(spearman(x, y), 0.6);
  EXPECT_DOUBLE_EQ(pearson(x, Numbers{-10, -20, -30, -40}), -1);
  EXPECT_DOUBLE_EQ(spearman(Numbers{1, 10, 100, 1e300}, x), 1);
}

TEST(Correlation, TiesShareTheirRanks) {
  EXPECT_EQ(average_ranks(Numbers{7, 1, 7, 3, 7}), (Numbers{4, 1, 4, 2, 4}));
  // Ranks (1.5, 1.5, 3) and (1, 2, 3): centred (-.5, -.5, 1) and (-1, 0, 1), r = 1.5 / sqrt(1.5 * 2).
  EXPECT_DOUBLE_EQ(spearman(Numbers{5, 5, 9}, Numbers{1, 2, 3}), 1.5 / std::sqrt(3.0));
}

TEST(Correlation, SurvivesOffsetsAndScales) {
  EXPECT_NEAR(pearson(Numbers{1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4}, Numbers{2, 1, 4, 3}), 0.6, 1e-12);
  EXPECT_NEAR(pearson(Numbers{1e-200, 2e-200, 3e-200, 4e-200}, Numbers{2e200, 1e200, 4e200, 3e200}), 0.6, 1e-12);
}

TEST(Correlation, IsNotANumberWithoutSpread) {
  EXPECT_TRUE(std::isnan(pearson(Numbers{3, 3, 3}, Numbers{1, 2, 3})));
  EXPECT_TRUE(std::isnan(spearman(Numbers{1, 2, 3}, Numbers{0.1, 0.1, 0.1})));
  EXPECT_TRUE(std::isnan(pearson({}, {})));
  EXPECT_TRUE(std::isnan(pearson(Numbers{1}, Numbers{1})));
  EXPECT_TRUE(std::isnan(spearman(Numbers{1, std::nan(""), 2}, Numbers{1, 2, 3})));
}

TEST(Entities, ReadsAllNotations) {
  using E = std::vector<Entity>;
  EXPECT_EQ(entities(Tags{"B-PER", "I-PER", "O", "B-LOC"}), (E{{"PER", 0, 2}, {"LOC", 3, 4}}));
  EXPECT_EQ(entities(Tags{"I-PER", "I-PER", "I-LOC", "O"}), (E{{"PER", 0, 2}, {"LOC", 2, 3}}));  // IOB1, the type changes
  EXPECT_EQ(entities(Tags{"I-PER", "B-PER", "I-PER"}), (E{{"PER", 0, 1}, {"PER", 1, 3}}));       // IOB1, B only between neighbours
  EXPECT_EQ(entities(Tags{"S-PER", "B-LOC", "E-LOC", "I-LOC"}), (E{{"PER", 0, 1}, {"LOC", 1, 3}, {"LOC", 3, 4}}));
  EXPECT_EQ(entities(Tags{"B-creative-work", "I-creative-work"}), (E{{"creative-work", 0, 2}}));
  EXPECT_EQ(entities(Tags{"B", "I", "O"}), (E{{"_", 0, 2}}));
  EXPECT_EQ(entities(Tags{"O", "O"}), E{});
  EXPECT_EQ(entities(Tags{}), E{});
}

TEST(Entities, CountWhenTypeAndBothEndsAreRight) {
  const std::vector<Tags> gold = {{"B-PER", "I-PER", "O", "B-LOC"}, {"B-ORG"}}, guess = {{"B-PER", "O", "O", "B-LOC"}, {"B-LOC"}};
  const EntityReport report = entity_report(guess, gold);
  EXPECT_EQ(report.all.hits, 1);
  EXPECT_DOUBLE_EQ(report.all.precision(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(report.all.recall(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(report.types.at("LOC").precision(), 0.5);
  EXPECT_DOUBLE_EQ(report.types.at("LOC").recall(), 1);
  EXPECT_EQ(report.types.at("ORG").guessed, 0);
  EXPECT_EQ(entity_report({}, {}).all.f1(), 0);
}

TEST(Entities, AreMarkedByLettersWithTypes) {
  for (const Tags& names : {Tags{"O", "B-PER", "I-PER"}, Tags{"B", "M", "E", "S"}, Tags{"O", "U-LOC", "x"}, Tags{"O"}})
    EXPECT_TRUE(mark_entities(names)) << names[0];
  for (const Tags& names : {Tags{"0", "3", "7"}, Tags{"NN", "VB", "."}, Tags{"M", "NN"}, Tags{"X-Y", "-LRB-"}})
    EXPECT_FALSE(mark_entities(names)) << names[0];
}

TEST(Squad, NormalizesAnswers) {
  EXPECT_EQ(normalize_answer("  The \"Cat\",\ta  DOG; an   ant. "), "cat dog ant");
  EXPECT_EQ(normalize_answer("theatre, another a-b"), "theatre another ab");
  EXPECT_EQ(normalize_answer("a\u0301 the\u00E9 \u201Cthe\u201D"), "\u0301 the\u00E9 \u201C \u201D");  // a mark bounds a word, a letter does not
  EXPECT_EQ(normalize_answer("\u039F\u0394\u039F\u03A3\u3000\u0130"), "\u03BF\u03B4\u03BF\u03C2 i\u0307");
  EXPECT_EQ(normalize_answer("The a an."), "");
}

TEST(Squad, TakesTheBestOfSeveralAnswers) {
  const Texts gold = {"Denver Broncos", "the Broncos of Denver"};
  const AnswerScore score = score_answer("The Broncos", gold, SquadRules::k11);
  EXPECT_EQ(score.exact, 0);
  EXPECT_DOUBLE_EQ(score.f1, 2.0 / 3);  // one of one word, of two
  EXPECT_EQ(score_answer("denver, BRONCOS!", gold, SquadRules::k11).exact, 1);
  EXPECT_DOUBLE_EQ(score_answer("x x y", Texts{"x y y"}, SquadRules::k11).f1, 2.0 / 3);  // words count as often as both have them
}

TEST(Squad, KnowsQuestionsWithoutAnswer) {
  EXPECT_EQ(score_answer("", {}, SquadRules::k20).f1, 1);
  EXPECT_EQ(score_answer("", {}, SquadRules::k20).exact, 1);
  EXPECT_EQ(score_answer("yes", {}, SquadRules::k20).f1, 0);
  EXPECT_EQ(score_answer("", Texts{"yes"}, SquadRules::k20).exact, 0);
  EXPECT_EQ(score_answer("", {}, SquadRules::k11).exact, 0);
  EXPECT_EQ(score_answer("the", Texts{"a"}, SquadRules::k11).f1, 0);
  EXPECT_EQ(score_answer("the", Texts{"a"}, SquadRules::k11).exact, 1);
  const SquadScores scores = squad_scores(Texts{"cat", "", "dog"}, References{{"a cat"}, {}, {}}, SquadRules::k20);
  EXPECT_DOUBLE_EQ(scores.all.exact, 200.0 / 3);
  EXPECT_EQ(scores.answerable.exact, 100);
  EXPECT_EQ(scores.unanswerable.exact, 50);
  EXPECT_EQ(scores.unanswerable.questions, 2u);
}

TEST(Rouge, CountsWordsAndPairs) {
  EXPECT_EQ(rouge_words("The naïve Cat's 3.5\n\u212Aelvin!"),
            (Texts{"the", "na", "ve", "cat", "s", "3", "5", "kelvin"}));  // the Kelvin sign lowers to k
  const RougeScore one = rouge_n("the cat was found under the bed", "the cat was under the bed", 1);
  EXPECT_DOUBLE_EQ(one.precision, 6.0 / 7);
  EXPECT_DOUBLE_EQ(one.recall, 1);
  const RougeScore two = rouge_n("the cat was found under the bed", "the cat was under the bed", 2);
  EXPECT_DOUBLE_EQ(two.precision, 4.0 / 6);
  EXPECT_DOUBLE_EQ(two.recall, 4.0 / 5);
  EXPECT_EQ(rouge_n("", "word", 1).f, 0);
  EXPECT_EQ(rouge_n("one", "one", 2).f, 0);
  EXPECT_EQ(rouge_n("…", "…", 1).f, 0);
}

TEST(Rouge, FindsCommonSubsequences) {
  EXPECT_DOUBLE_EQ(rouge_l("police kill the gunman", "police killed the gunman").f, 0.75);
  EXPECT_DOUBLE_EQ(rouge_l("the gunman kill police", "police killed the gunman").f, 0.5);
  // Lin's example: the union of two lines' subsequences with w1 w2 w3 w4 w5 is w1 w2 w3 w5.
  EXPECT_DOUBLE_EQ(rouge_l_sum("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5").recall, 0.8);
  EXPECT_EQ(rouge_l_sum("\n\n", "a").f, 0);
  EXPECT_EQ(rouge(Rouge::k1, Texts{"a b"}, References{{"c", "a b", "a"}}), 1);
}

TEST(Bleu, TokenizesLikeMteval13a) {
  EXPECT_EQ(tokenize_13a("Hello, world! It's 3.5 or 1,000 -- well-known (i.e. 5-6)."),
            "Hello , world ! It's 3.5 or 1,000 -- well-known ( i . e . 5 - 6 ) .");
  EXPECT_EQ(tokenize_13a("&quot;a&amp;b&quot; <skipped>x-\ny\nz &lt;"), "\" a & b \" xy z <");
  EXPECT_EQ(tokenize_13a("\u00A0caf\u00E9.\u3000x"), "caf\u00E9 . x");
  EXPECT_EQ(tokenize_13a(" \n"), "");
}

TEST(Bleu, TokenizesChineseByCharacters) {
  EXPECT_EQ(bleu_tokenized("我们3.5公里，abc. 中文", BleuWords::kChinese), "我 们 3.5 公 里 ， abc . 中 文");
  EXPECT_EQ(bleu_tokenized("“x”…\U00020000y", BleuWords::kChinese), "“ x ” … \U00020000y");  // as sacreBLEU's ranges have it
  EXPECT_EQ(bleu_tokenized("\u2007,3中 ", BleuWords::kChinese), ",3 中");
  EXPECT_EQ(bleu_tokenized("ไป ab\u3000c", BleuWords::kCharacters), "ไ ป a b c");
  EXPECT_EQ(bleu_tokenized("a-b, c", BleuWords::k13a), tokenize_13a("a-b, c"));
}

TEST(Bleu, WordsFollowTheLanguage) {
  for (const char* code : {"zh", "zh-TW", "zho_Hans", "yue"}) EXPECT_EQ(bleu_words_of(code), BleuWords::kChinese) << code;
  for (const char* code : {"ja", "th", "tha_Thai", "my"}) EXPECT_EQ(bleu_words_of(code), BleuWords::kCharacters) << code;
  for (const char* code : {"", "de", "ko", "en-GB", "zhx"}) EXPECT_EQ(bleu_words_of(code), BleuWords::k13a) << code;
  Judged judged;
  judged.text_guess = {"我们今天去北京看故宫。", "他昨天买了两本新书。"};
  judged.text_gold = {{"我们今天去北京看长城。"}, {"他昨天买了三本新书。"}};
  EXPECT_EQ(metric_named("bleu").score(judged), 0);
  judged.text_language = {"zh", "zh"};
  EXPECT_NEAR(metric_named("bleu").score(judged), 68.32702854192149, 1e-9);  // sacreBLEU's
}

TEST(Bleu, ByHand) {
  EXPECT_DOUBLE_EQ(bleu(Texts{"a b c d e"}, References{{"a b c d e"}}).score, 100);
  // Matches 4 of 4, 3 of 3, 2 of 2, 1 of 1; four words for five.
  EXPECT_DOUBLE_EQ(bleu(Texts{"a b c d"}, References{{"a b c d e"}}).score, 100 * std::exp(-0.25));
  // No four-gram and no three-gram matches: 5/6, 2/5, 1/(2*4), 1/(4*3).
  EXPECT_NEAR(bleu(Texts{"a b x c d e"}, References{{"b a b y d e"}}).score, 100 * std::pow(4.0 / 6 * 2.0 / 5 / 8 / 12, 0.25), 1e-9);
}

TEST(Bleu, AgreesWithRecordedScores) {
  const Texts guess = {"The cat sat on the mat.", "It is 3.5 km, i.e. far - far away!"};
  const References gold = {{"The cat sat on a mat.", "A cat is on the mat."}, {"It's 3.5 km, that is far away!", "It is 3.5 km, far - far away."}};
  const BleuScore score = bleu(guess, gold);
  EXPECT_EQ(score.guess_length, 21);
  EXPECT_EQ(score.reference_length, 17);
  EXPECT_EQ(score.brevity_penalty, 1);
  EXPECT_NEAR(score.precisions[0], 100.0 * 18 / 21, 1e-12);
  EXPECT_NEAR(score.score, 59.32, 0.005);
  EXPECT_NEAR(bleu(Texts{"the the the the", "x"}, References{{"the cat is here"}, {"x y"}}).score, 14.71, 0.005);
}

TEST(Bleu, IsZeroWhereNothingMatches) {
  EXPECT_EQ(bleu(Texts{"x"}, References{{"y"}}).score, 0);
  EXPECT_EQ(bleu(Texts{""}, References{{"y"}}).score, 0);
  EXPECT_EQ(bleu(Texts{"a b c"}, References{{"a b c"}}).score, 0);  // no four-gram was written
  EXPECT_EQ(bleu({}, {}).score, 0);
}

TEST(Chrf, CountsCharacters) {
  EXPECT_DOUBLE_EQ(chrf(Texts{"na\u00EFve"}, References{{"na\u00EFve"}}), 100);
  EXPECT_DOUBLE_EQ(chrf(Texts{"a b\u00A0c"}, References{{"abc"}}), 100);  // white space does not count
  // Orders 1 and 2 of "ab" and "ac": P = R = (1/2 + 0) / 2.
  EXPECT_DOUBLE_EQ(chrf(Texts{"ab"}, References{{"ac"}}), 25);
  EXPECT_NEAR(chrf(Texts{"The cat sat on the mat.", "na\u00EFve \u6771\u4EAC"}, References{{"The cat sat on a mat."}, {"naive \u6771\u4EAC"}}),
              63.986607080527754, 1e-9);
  EXPECT_EQ(chrf(Texts{""}, References{{"x"}}), 0);
}

TEST(RankingMetrics, ByHand) {
  // Scores 0.9 0.2 0.7 0.4 put the grades 0 3 1 0 in the order 0 1 0 3: relevant documents at the ranks 2 (grade 1) and 4 (grade 3).
  const Numbers scores = {0.9, 0.2, 0.7, 0.4}, grades = {0, 3, 1, 0};
  const Ranking a = rank_documents(scores, grades);
  EXPECT_EQ(a.relevant, (std::vector<Ranking::Relevant>{{2, 1}, {4, 3}}));
  const Ranking b = {{{1, 2}}}, nothing = {};
  const std::vector<Ranking> all = {a, b, nothing};  // a query without relevant documents does not count
  EXPECT_DOUBLE_EQ(mrr(all, 10), (1.0 / 2 + 1) / 2);
  EXPECT_DOUBLE_EQ(mrr(all, 1), (0.0 + 1) / 2);
  const double best = 3 / std::log2(2) + 1 / std::log2(3);
  EXPECT_DOUBLE_EQ(ndcg(all, 10), ((1 / std::log2(3) + 3 / std::log2(5)) / best + 1) / 2);
  EXPECT_DOUBLE_EQ(ndcg(all, 2), ((1 / std::log2(3)) / best + 1) / 2);
  EXPECT_DOUBLE_EQ(ndcg({&a, 1}, 1), 0);
  EXPECT_DOUBLE_EQ(recall(all, 2), (1.0 / 2 + 1) / 2);
  EXPECT_DOUBLE_EQ(recall(all, 4), 1);
  EXPECT_DOUBLE_EQ(mean_average_precision(all), ((1.0 / 2 + 2.0 / 4) / 2 + 1) / 2);
  EXPECT_EQ(mrr({}, 10), 0);
  EXPECT_EQ(ndcg({&nothing, 1}, 10), 0);
}

TEST(RankingMetrics, SayingTheSameOfAllEarnsNothing) {
  const Numbers same = {0.5, 0.5, 0.5}, grades = {1, 0, 0};
  EXPECT_EQ(rank_documents(same, grades).relevant, (std::vector<Ranking::Relevant>{{3, 1}}));
  const Numbers unknown = {std::nan(""), -5, -6};
  EXPECT_EQ(rank_documents(unknown, grades).relevant, (std::vector<Ranking::Relevant>{{3, 1}}));
}

TEST(Likelihood, PerTokenAndPerByte) {
  EXPECT_NEAR(perplexity(3 * std::log(7.0), 3), 7, 1e-12);
  EXPECT_NEAR(bits_per_byte(8 * std::log(2.0), 4), 2, 1e-12);
  EXPECT_TRUE(std::isnan(perplexity(1, 0)));
  EXPECT_TRUE(std::isnan(bits_per_byte(1, 0)));
  EXPECT_TRUE(std::isinf(perplexity(1e9, 1)));
}

TEST(PythonText, LowersAndSplits) {
  EXPECT_EQ(python_lower("AB\u00C4\u0130"), "ab\u00E4i\u0307");
  EXPECT_EQ(python_lower("\u0391\uFF0E\u03A3 \u0391\u03A3\u2018 \u03A3\u00AA\u03A3"), "\u03B1\uFF0E\u03C2 \u03B1\u03C2\u2018 \u03C3\u00AA\u03C2");
  EXPECT_EQ(python_lower("\u03A3\u0391\u03A3 \u03A3. \u0391\u03A3\u0391"), "\u03C3\u03B1\u03C2 \u03C3. \u03B1\u03C3\u03B1");
  EXPECT_EQ(python_split("\x1C a\u2028b\u00A0 \u3000"), (std::vector<std::string_view>{"a", "b"}));
}

// Every metric of the list, given perfect guesses, reports its best score.
TEST(AllMetrics, ReachTheirBest) {
  Judged judged;
  judged.class_guess = judged.class_gold = {0, 1, 2, 1, 0};
  judged.number_guess = judged.number_gold = {0, 1.5, 3, 5};
  judged.tags_guess = judged.tags_gold = {{"B-PER", "I-PER", "O"}, {"B-LOC"}};
  judged.text_guess = {"the story of a red kite", "it was found under a bush"};
  judged.text_gold = {{"the story of a red kite"}, {"something else", "it was found under a bush"}};
  judged.rankings = {{{{1, 2}}}, {{{1, 1}}}};
  judged.nats = 0;
  judged.tokens = judged.bytes = 10;
  std::set<std::string_view> names;
  Judged unanswerable;
  unanswerable.text_guess = {""};
  unanswerable.text_gold = {{}};
  for (const Metric& metric : all_metrics()) {
    const bool has_none = metric.name == "squad2-f1-unanswerable";
    EXPECT_NEAR(metric.score(has_none ? unanswerable : judged), metric.best, 1e-9) << metric.name;
    if (has_none) {
      EXPECT_TRUE(std::isnan(metric.score(judged)));
    }
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_EQ(&metric_named(metric.name), &metric);
  }
}

TEST(AllMetrics, NamesTheNearest) {
  try {
    metric_named("acuracy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'accuracy'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gimbal::metrics
