// Log-likelihoods against the logits of the whole sequence, computed one pair at a time without a cache.
#include "infer/loglikelihood.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"

namespace gimbal {
namespace {

using Ids = std::vector<int32_t>;
constexpr int64_t kVocab = 30, kContext = 64;

Loglikelihood directly(Model& model, const PromptForm& form, const ContextAndContinuation& pair) {
  const GenerationRequest r = request_for(form, pair.context);
  Ids ids = r.prompt;
  ids.insert(ids.end(), pair.continuation.begin(), pair.continuation.end() - 1);
  const Tensor logits = uncached_logits(model, ids, form_of(r));
  Loglikelihood result;
  for (size_t t = 0; t < pair.continuation.size(); ++t) {
    const auto row = row_of(logits, static_cast<int64_t>(r.prompt.size() - 1 + t));
    result.log_prob += static_cast<double>(row[static_cast<size_t>(pair.continuation[t])]) - log_sum_exp(row);
    result.tokens += 1;
    if (likeliest(row) != pair.continuation[t]) result.greedy = Loglikelihood::Greedy::kNo;
  }
  return result;
}

// Ragged contexts, some with several continuations in a row; the mask of the blanks, where there are any, is token 28.
std::vector<ContextAndContinuation> pairs() {
  std::vector<ContextAndContinuation> pairs;
  for (int32_t i = 0; i < 30; ++i) {
    Ids context = {28};
    for (int32_t t = 0; t < 1 + 3 * (i % 7); ++t) context.insert(context.begin() + t / 2, (i + 5 * t) % 27);
    for (int32_t c = 0; c < 1 + i % 3; ++c) {
      Ids continuation;
      for (int32_t t = 0; t < 1 + (i + 2 * c) % 5; ++t) continuation.push_back((3 * i + 7 * t + c) % 27);
      pairs.push_back({context, continuation});
    }
  }
  return pairs;
}

struct Kind {
  const char* name;
  Architecture architecture;
  PromptForm form;
};
std::vector<Kind> kinds() {
  return {{"decoder", tiny_decoder(kVocab, kContext, "rotary"), {}},
          {"prefix", tiny_prefix_decoder(kVocab, kContext, "learned"), {.kind = PromptKind::kPrefix, .masks = {}}},
          {"encoder-decoder", tiny_encoder_decoder(kVocab, kContext), {.kind = PromptKind::kSource, .masks = {}}},
          {"blanks", tiny_prefix_decoder(kVocab, kContext), {.kind = PromptKind::kBlanks, .start = 29, .masks = {28}}}};
}

TEST(Loglikelihood, IsThatOfTheLogits) {
  for (const Kind& kind : kinds()) {
    const auto model = tiny_model(kind.architecture);
    Decoder decoder(*model, DType::kF32);
    const std::vector<ContextAndContinuation> all = pairs();
    const std::vector<Loglikelihood> got = loglikelihood(decoder, kind.form, all);
    ASSERT_EQ(got.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      const Loglikelihood want = directly(*model, kind.form, all[i]);
      EXPECT_NEAR(got[i].log_prob, want.log_prob, 1e-4) << kind.name << i;
      EXPECT_EQ(got[i].tokens, want.tokens);
      EXPECT_EQ(got[i].greedy, want.greedy) << kind.name << i;
    }
  }
}

TEST(Loglikelihood, KnowsTheGreedyContinuation) {
  for (const Kind& kind : kinds()) {
    const auto model = tiny_model(kind.architecture);
    Decoder decoder(*model, DType::kF32);
    GenerationRequest r = request_for(kind.form, {4, 28, 9});
    r.max_tokens = 5;
    r.sampling.temperature = 0;
    const Ids said = generate(decoder, {&r, 1})[0][0].ids;
    std::vector<ContextAndContinuation> asked = {{{4, 28, 9}, said}, {{4, 28, 9}, said}};
    asked[1].continuation[3] = (said[3] + 1) % 27;
    const auto got = loglikelihood(decoder, kind.form, asked);
    EXPECT_EQ(got[0].greedy, Loglikelihood::Greedy::kYes) << kind.name;
    EXPECT_EQ(got[1].greedy, Loglikelihood::Greedy::kNo) << kind.name;
  }
}

// More rows than a pass holds, and nothing stays behind.
TEST(Loglikelihood, TakesSeveralBatches) {
  const auto model = tiny_model(tiny_encoder_decoder(kVocab, kContext));
  const PromptForm form{.kind = PromptKind::kSource, .masks = {}};
  std::vector<ContextAndContinuation> many;
  for (int32_t i = 0; i < 120; ++i) many.push_back({Ids(static_cast<size_t>(40 + i % 20), i % 27), {i % 5, 3}});
  Decoder decoder(*model, DType::kF32);
  const auto got = loglikelihood(decoder, form, many);
  for (const size_t i : {size_t{0}, size_t{60}, size_t{119}}) EXPECT_NEAR(got[i].log_prob, directly(*model, form, many[i]).log_prob, 1e-4);
  const int64_t rows = decoder.cache().rows(), memory_rows = decoder.memory().rows();
  EXPECT_LE(memory_rows, 2 * Generator::rows_per_pass);
  loglikelihood(decoder, form, many);
  EXPECT_EQ(decoder.cache().rows(), rows);
  EXPECT_EQ(decoder.memory().rows(), memory_rows);
}

TEST(Loglikelihood, RefusesWhatTheModelCannotServe) {
  const auto model = tiny_model(tiny_decoder(kVocab, 8));
  Decoder decoder(*model, DType::kF32);
  const auto score = [&](ContextAndContinuation pair, const PromptForm& form = {}) { return loglikelihood(decoder, form, {&pair, 1}); };
  EXPECT_NO_THROW(score({Ids(8, 1), {2}}));
  EXPECT_THROW(score({Ids(8, 1), {2, 3}}), Error);
  EXPECT_THROW(score({{}, {2}}), Error);
  EXPECT_THROW(score({{1}, {}}), Error);
  EXPECT_THROW(score({{1}, {30}}), Error);
  EXPECT_THROW(score({{1, 28, 28}, {2}}, {.kind = PromptKind::kBlanks, .start = 29, .masks = {28}}), Error);
}

}  // namespace
}  // namespace gimbal
