// Texts as vectors, and documents beside queries: what models read, what is wanted, what is made of the answers.
#include "data/forms/rankings.h"
#include "data/forms/samples_for_tests.h"
#include "data/forms/scores.h"

namespace gimbal {
namespace {

using namespace samples;

FormRequest embedding_request(const char* task, EmbeddingText::Kind kind, Tokenizer tokenizer, int64_t context = 16) {
  FormRequest request{.task = task_named(task), .tokenizer = std::move(tokenizer), .labels = {}};
  request.context = context;
  request.embedding = kind;
  return request;
}

TEST(EmbeddingTexts, AreLaidAsTheModelWasPretrained) {
  using enum EmbeddingText::Kind;
  EXPECT_EQ(EmbeddingText(letters(), kEncoder, 8).lay("a b").ids, (Ids{kCls, 5, 6, kSep}));
  EXPECT_EQ(EmbeddingText(letters(), kEncoder, 4).lay("a b c d").ids, (Ids{kCls, 5, 6, kSep}));
  EXPECT_EQ(EmbeddingText(bytes(), kTokenizer, 3).lay("abcd").ids, ascii("abc"));
  const Sequence prefix = EmbeddingText(bytes(), kPrefix, 8).lay("ab");
  EXPECT_EQ(prefix.ids, ascii("ab"));
  EXPECT_EQ(prefix.prefix, 2);
  EXPECT_SAYS(refusal([] { EmbeddingText(letters(), kEncoder, 2); }), "no room");
  EXPECT_SAYS(refusal([] { EmbeddingText(train_byte({"<|endoftext|>"}), kEncoder, 9); }), "[CLS]");
}

// A template's tokens stay at both ends of a text that is cut.
TEST(EmbeddingTexts, KeepWhatTheTokenizerPutsAroundThem) {
  nlohmann::json json = nlohmann::json::parse(letters().to_json().dump());
  const auto special = [](const char* token) { return nlohmann::json{{"SpecialToken", {{"id", token}, {"type_id", 0}}}}; };
  const auto text = [](const char* which) { return nlohmann::json{{"Sequence", {{"id", which}, {"type_id", 0}}}}; };
  const auto known = [](const char* token, int id) { return nlohmann::json{{"id", token}, {"ids", {id}}, {"tokens", {token}}}; };
  json["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", {special("[CLS]"), text("A"), special("[SEP]")}},
                            {"pair", {special("[CLS]"), text("A"), text("B"), special("[SEP]")}},
                            {"special_tokens", {{"[CLS]", known("[CLS]", kCls)}, {"[SEP]", known("[SEP]", kSep)}}}};
  const EmbeddingText laid(Tokenizer::from_json(json), EmbeddingText::Kind::kTokenizer, 4);
  EXPECT_EQ(laid.lay("a").ids, (Ids{kCls, 5, kSep}));
  EXPECT_EQ(laid.lay("a b c d").ids, (Ids{kCls, 5, 6, kSep}));
}

TEST(EmbedForm, TheAnchorsLabelIsThePlaceOfItsPositive) {
  const auto form = make_form("embed", embedding_request("embed", EmbeddingText::Kind::kEncoder, letters()));
  TokenBatch batch;
  form->add(record_of({"a", "b", "c"}), 0, batch);
  form->add(record_of({"d", "e"}), 0, batch);
  EXPECT_EQ(batch.sequences(), 5);
  EXPECT_EQ(batch.labels, (Ids{1, -1, -1, 4, -1}));
  EXPECT_TRUE(batch.values.empty());
  const std::vector<float> rows = {1, 0, 0.6f, 0.8f, 0, 1};
  const HeadAnswer answers[] = {{rows, 2}};
  const Prediction p = form->read(record_of({"a", "b", "c"}), answers);
  EXPECT_NEAR(p.scores.at(0), 0.6, 1e-7);
  EXPECT_EQ(p.scores.at(1), 0);
  EXPECT_EQ(p.index, 0);
  EXPECT_EQ(p.vectors.at(2), (std::vector<float>{0, 1}));
  EXPECT_SAYS(refusal([&] { form->check(std::vector<Record>{record_of({"a"})}); }), "an anchor needs a positive");
  EXPECT_SAYS(refusal([&] { form->check(std::vector<Record>{record_of({"a", " "})}); }), "an empty text");
}

TEST(EmbedForm, ASimilarityIsACosine) {
  const auto form = make_form("embed", embedding_request("similarity", EmbeddingText::Kind::kEncoder, letters()));
  Record r = record_of({"a", "b"});
  r.number = 0.25;
  const TokenBatch batch = batch_of(*form, r);
  EXPECT_EQ(batch.values, (std::vector<double>{0.25}));
  EXPECT_TRUE(batch.labels.empty());
  r.number = 4.2;
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "a cosine lies between -1 and 1");
  EXPECT_SAYS(refusal([&] { form->check(std::vector<Record>{record_of({"a", "b", "c"})}); }), "a similarity has two");
}

Record ranked_record(std::string query, std::vector<std::string> documents, std::vector<double> grades) {
  Record r = record_of({std::move(query)});
  r.choices = std::move(documents), r.grades = std::move(grades);
  return r;
}

TEST(RerankForm, OneSequenceADocument) {
  FormRequest request = encoder_request("rerank", 16);
  request.top_grade = 4;
  const auto form = make_form("rerank", request);
  const Record r = ranked_record("a", {"b", "c d"}, {1, 8});
  EXPECT_EQ(form->parts(r), 2);
  const TokenBatch batch = batch_of(*form, r, 0), next = batch_of(*form, r, 1);
  EXPECT_EQ(batch.ids, (Ids{kCls, 5, kSep, 6, kSep}));
  EXPECT_EQ(batch.types, (Ids{0, 0, 0, 1, 1}));
  EXPECT_EQ(batch.values, (std::vector<double>{0.25}));
  EXPECT_EQ(next.values, (std::vector<double>{1}));  // a grade above all that were learned from
  const std::vector<float> zero = {0.f}, large = {-100.f};
  const HeadAnswer answers[] = {{zero, 1}, {large, 1}};
  const Prediction p = form->read(r, answers);
  EXPECT_EQ(p.scores.at(0), 0.5);
  EXPECT_NEAR(p.scores.at(1), 0, 1e-40);
  EXPECT_EQ(p.index, 0);
  EXPECT_SAYS(refusal([&] { form->check(std::vector<Record>{ranked_record("a", {"b", ""}, {1, 0})}); }), "empty document (number 1)");
  EXPECT_SAYS(refusal([&] { form->check(std::vector<Record>{ranked_record("a", {}, {})}); }), "no documents");
}

Prediction scored(std::vector<double> scores) {
  Prediction p;
  p.scores = std::move(scores);
  return p;
}

TEST(Rankings, RecordsOfOneDocumentAreRankedTogetherByTheirQuery) {
  const std::vector<Record> records = {ranked_record("a", {"b"}, {0}), ranked_record("c", {"d", "e"}, {1, 0}), ranked_record("a", {"f"}, {2}),
                                       ranked_record("c", {"f", "g"}, {0, 1})};
  const std::vector<Prediction> predictions = {scored({0.9}), scored({0.7, 0.1}), scored({0.2}), scored({0.9, 0.3})};
  const auto rankings = rankings_of_documents(records, predictions);
  ASSERT_EQ(rankings.size(), 3u);
  EXPECT_EQ(rankings[0].relevant, (std::vector<metrics::Ranking::Relevant>{{2, 2}}));
  EXPECT_EQ(rankings[1].relevant, (std::vector<metrics::Ranking::Relevant>{{1, 1}}));
  EXPECT_EQ(rankings[2].relevant, (std::vector<metrics::Ranking::Relevant>{{2, 1}}));
}

Prediction with_vectors(std::vector<std::vector<float>> vectors) {
  Prediction p;
  p.vectors = std::move(vectors);
  return p;
}

// Three documents, one of them in two records; the first query has two positives.
TEST(Rankings, AQuerySearchesTheDocumentsOfAllRecords) {
  const std::vector<float> east = {1, 0}, north = {0, 1}, between = {0.6f, 0.8f};
  const std::vector<Record> records = {record_of({"a", "x", "y"}), record_of({"b", "y"}), record_of({"a", "z"})};
  const std::vector<Prediction> predictions = {with_vectors({east, between, north}), with_vectors({east, north}), with_vectors({east, east})};
  const auto rankings = rankings_by_cosine(records, predictions);
  ASSERT_EQ(rankings.size(), 2u);
  EXPECT_EQ(rankings[0].relevant, (std::vector<metrics::Ranking::Relevant>{{1, 1}, {2, 1}}));
  EXPECT_EQ(rankings[1].relevant, (std::vector<metrics::Ranking::Relevant>{{3, 1}}));
  const auto scores = score_predictions(task_named("embed"), {}, std::span(records).subspan(1, 1), std::span(predictions).subspan(1, 1));
  for (const TaskScore& score : scores) EXPECT_NE(score.metric->name, "accuracy");  // there are no negatives to choose among
}

}  // namespace
}  // namespace gimbal
