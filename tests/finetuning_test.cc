// Tasks that a tiny model of each kind learns from records to their best score: through a head, and as text.
#include <gtest/gtest.h>

#include <functional>

#include "core/rng.h"
#include "data/forms/samples_for_tests.h"
#include "data/forms/scores.h"
#include "infer/predictor.h"
#include "models/batch_rows.h"
#include "models/family.h"
#include "models/task_form.h"
#include "student.h"

namespace gimbal::testing {
namespace {

using MakeRecord = std::function<Record(Rng&)>;

// Different ones of the letters up to `last`, in some order.
std::vector<std::string> some_letters(Rng& random, size_t count, char last = 'h') {
  std::vector<std::string> letters;
  for (char c = 'a'; c <= last; ++c) letters.emplace_back(1, c);
  for (size_t i = 0; i < count; ++i) std::swap(letters[i], letters[i + random.below(letters.size() - i)]);
  letters.resize(count);
  return letters;
}

// Is an "a" among the letters?
Record holds_a(Rng& random) {
  Record r;
  r.texts = {joined(some_letters(random, 4), " ")};
  r.label = r.texts[0].find('a') == std::string::npos ? "negative" : "positive";
  return r;
}

// Do both texts say the same? Few letters: telling whether tokens are equal is slow to learn.
Record says_same(Rng& random) {
  const std::vector<std::string> letters = some_letters(random, 2, 'd');
  Record r;
  r.texts = {letters[0], letters[random.below(2)]};
  r.label = r.texts[0] == r.texts[1] ? "equivalent" : "not_equivalent";
  return r;
}

// Is an "a" in one of the texts, on whichever side of a cloze it stands?
Record either_holds_a(Rng& random) {
  const std::vector<std::string> letters = some_letters(random, 4);
  Record r;
  r.texts = {joined({letters[0], letters[1]}, " "), joined({letters[2], letters[3]}, " ")};
  r.label = std::find(letters.begin(), letters.end(), "a") == letters.end() ? "not_equivalent" : "equivalent";
  return r;
}

// How many of the first three letters of the alphabet are there?
Record counts(Rng& random) {
  Record r;
  r.texts = {joined(some_letters(random, 4), " ")};
  r.number = static_cast<double>(std::count_if(r.texts[0].begin(), r.texts[0].end(), [](char c) { return c >= 'a' && c <= 'c'; }));
  return r;
}

// An "a" begins an entity, which a "b" behind it goes on with; elsewhere "b" is nothing.
Record entities(Rng& random) {
  Record r;
  for (int i = 0; i < 6; ++i) {
    r.words.emplace_back(1, static_cast<char>('a' + random.below(4)));
    const bool after_a = i > 0 && r.words[static_cast<size_t>(i) - 1] == "a";
    r.tags.push_back(r.words.back() == "a" ? "B-X" : r.words.back() == "b" && after_a ? "I-X" : "O");
  }
  return r;
}

// Where is the question's letter? In one of eight questions, nowhere.
Record where(Rng& random) {
  const std::vector<std::string> letters = some_letters(random, 6);
  Record r;
  r.texts = {letters[random.below(8) == 0 ? 5 : random.below(5)], joined({letters.begin(), letters.end() - 1}, " ")};
  if (const size_t at = r.texts[1].find(r.texts[0]); at != std::string::npos) r.answers = {{r.texts[0], at, at + 1}};
  return r;
}

// Which choice says the same?
Record same(Rng& random) {
  Record r;
  r.choices = some_letters(random, 3, 'd');
  r.choice = static_cast<int32_t>(random.below(3));
  r.texts = {r.choices[static_cast<size_t>(r.choice)]};
  return r;
}

// The letters backwards.
Record backwards(Rng& random) {
  std::vector<std::string> letters = some_letters(random, 3);
  Record r;
  r.texts = {joined(letters, "")};
  std::reverse(letters.begin(), letters.end());
  r.references = {joined(letters, "")};
  return r;
}

// Some of the first four letters, and in the other text those that stand four places on. No text is in both roles: a text is always nearest to
// itself.
Record translated(Rng& random) {
  const uint64_t which = 1 + random.below(15);
  std::vector<std::string> letters, others;
  for (int i = 0; i < 4; ++i) {
    if ((which >> i & 1) == 0) continue;
    letters.emplace_back(1, static_cast<char>('a' + i));
    others.emplace_back(1, static_cast<char>('e' + i));
  }
  Record r;
  r.texts = {joined(letters, " "), joined(others, " ")};
  return r;
}

// Which share of four letters do two texts have in common?
Record shared(Rng& random) {
  const std::vector<std::string> letters = some_letters(random, 8);
  const size_t common = random.below(5);
  Record r;
  r.texts = {joined({letters.begin(), letters.begin() + 4}, " "), ""};
  std::vector<std::string> other(letters.begin() + static_cast<std::ptrdiff_t>(4 - common),
                                 letters.begin() + static_cast<std::ptrdiff_t>(8 - common));
  r.texts[1] = joined(other, " ");
  r.number = static_cast<double>(common) / 4;
  return r;
}

// Which document has the query's letter?
Record holds_the_query(Rng& random) {
  const bool first = random.below(2) == 0;
  const std::vector<std::string> letters = some_letters(random, 6);
  std::vector<std::string> others;
  for (const std::string& letter : letters)
    if (letter != "a" && letter != "b") others.push_back(letter);
  Record r;
  r.texts = {first ? "a" : "b"};
  r.choices = {joined({others[0], r.texts[0]}, " "), joined({others[1], first ? "b" : "a"}, " "), joined({others[2], others[3]}, " ")};
  r.grades = {1, 0, 0};
  return r;
}

Tokenizer tokenizer_of(const std::string& family) {
  if (family == "bert") return samples::letters();
  if (family == "t5") {
    constexpr std::string_view kText = " .:?,abcdefghijklmnopqrstuvwxyz0123456789_";
    return train_char({&kText, 1}, {"<pad>", "</s>", "<unk>"});
  }
  if (family != "glm") return samples::bytes();
  std::vector<std::string> pieces = {":", "?", ".", ",", "it", "was", "great", "terrible", "no", "yes", "summarize"};
  for (const std::string prefix : {"", "##"})
    for (char c = 'a'; c <= 'h'; ++c) pieces.push_back(prefix + c);
  return samples::word_pieces(pieces, {"[gMASK]", "<|startofpiece|>", "<|endofpiece|>", "<|endoftext|>"});
}

Architecture tiny(const std::string& family, const Tokenizer& tokenizer) {
  Architecture a = family_named(family).defaults();
  a.vocab = tokenizer.vocab_size();
  a.context = 64;
  a.layers = 2;
  if (a.encoder_layers > 0) a.encoder_layers = 2, a.bos = roles_of(tokenizer).start;
  a.width = 32;
  a.heads = 4;
  a.kv_heads = std::nullopt;
  a.head_width = std::nullopt;
  a.ffn_width = 64;
  a.dropout = 0;
  a.attention_dropout = a.embedding_dropout = 0;
  if (a.init.kind == "normal") a.init.std = 0.2;  // of a narrow model
  return a;
}

struct Case {
  const char *family, *task;
  Record (*make)(Rng&);
  std::vector<std::string> labels = {};
  double best = 1;
  int steps = 300;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.family << " " << c.task; }

class Finetuning : public ::testing::TestWithParam<Case> {};

TEST_P(Finetuning, ReachesTheBestScore) {
  const Case& c = GetParam();
  const Task& task = task_named(c.task);
  const Tokenizer tokenizer = tokenizer_of(c.family);
  Architecture a = tiny(c.family, tokenizer);
  TaskSetup setup{.task = c.task, .form = form_name(a, task, "auto"), .labels = c.labels, .context = 64};
  a.head = head_of_form(setup.form);
  a.labels = a.head == "language" ? std::vector<std::string>() : c.labels;
  const std::unique_ptr<TaskForm> form = make_form(setup.form, form_request(a, tokenizer, setup));
  Student student(fresh_model(a, 3), {.weight_decay = 0});

  const Rng random(1, "records");
  const auto records = [&](uint64_t part, int count) {
    Rng of_part = random.child(part);
    std::vector<Record> made;
    for (int i = 0; i < count; ++i) made.push_back(c.make(of_part));
    form->check(made);
    return made;
  };
  for (int step = 0; step < c.steps; ++step) {
    TokenBatch batch;
    for (const Record& record : records(static_cast<uint64_t>(step), 32))
      for (int64_t part = 0; part < form->parts(record); ++part) form->add(record, part, batch);
    student.step(rows_of(batch, Device::kCpu), 4e-3 * std::min({1.0, (step + 1) / 20.0, 2.0 * (c.steps - step) / c.steps}));
  }
  const std::vector<Record> held_out = records(static_cast<uint64_t>(c.steps), 200);
  Predictor predictor(student.model(), tokenizer, *form, DType::kF32, {.max_tokens = 8});
  const std::vector<TaskScore> scores = score_predictions(task, c.labels, held_out, predictor.predict(held_out));
  const std::vector<TaskScore> majority = majority_scores(task, c.labels, records(0, 200), held_out);
  RecordProperty("score", cat(scores[0].value));
  EXPECT_GT(scores[0].value, 0.97 * c.best) << scores[0].metric->name;
  EXPECT_FALSE(majority[0].value > 0.85 * c.best) << "the task asks nothing";
}

const std::vector<std::string> kSentiment = {"negative", "positive"}, kPair = {"not_equivalent", "equivalent"}, kTags = {"B-X", "I-X", "O"};

INSTANTIATE_TEST_SUITE_P(Bert, Finetuning,
                         ::testing::Values(Case{"bert", "sst2", holds_a, kSentiment}, Case{"bert", "mrpc", says_same, kPair},
                                           Case{"bert", "stsb", counts}, Case{"bert", "tokens", entities, kTags},
                                           Case{"bert", "squad2", where, {}, 100, 800}, Case{"bert", "swag", same, {}, 1, 800}));
INSTANTIATE_TEST_SUITE_P(Decoders, Finetuning,
                         ::testing::Values(Case{"gpt2", "sst2", holds_a, kSentiment}, Case{"llama", "mrpc", says_same, kPair, 1, 2000},
                                           Case{"gpt2", "stsb", counts}, Case{"llama", "tokens", entities, kTags},
                                           Case{"llama", "squad2", where, {}, 100}, Case{"gpt2", "swag", same, {}, 1, 800},
                                           Case{"llama", "summarize", backwards, {}, 1, 1500}));
INSTANTIATE_TEST_SUITE_P(Text, Finetuning,
                         ::testing::Values(Case{"t5", "sst2", holds_a, kSentiment}, Case{"t5", "summarize", backwards},
                                           Case{"glm", "sst2", holds_a, kSentiment}, Case{"glm", "mrpc", either_holds_a, kPair},
                                           Case{"glm", "summarize", backwards}));
INSTANTIATE_TEST_SUITE_P(Embeddings, Finetuning,
                         ::testing::Values(Case{"bert", "embed", translated, {}, 1, 150}, Case{"gpt2", "embed", translated, {}, 1, 300},
                                           Case{"t5", "embed", translated, {}, 1, 150}, Case{"glm", "embed", translated, {}, 1, 150},
                                           Case{"bert", "similarity", shared, {}, 0.95, 150}));
INSTANTIATE_TEST_SUITE_P(Reranking, Finetuning, ::testing::Values(Case{"bert", "rerank", holds_the_query}, Case{"llama", "rerank", holds_the_query}));

}  // namespace
}  // namespace gimbal::testing
