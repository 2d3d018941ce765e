// Beam search against every text there is, where the beams are enough to hold them all.
#include "infer/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "infer/tiny_model.h"

namespace gimbal {
namespace {

constexpr int64_t kVocab = 5;

struct Text {
  std::vector<int32_t> ids;
  double log_prob, score;
};

// All texts of at most `length` tokens that end with `stop` or are that long.
std::vector<Text> all_texts(Model& model, const std::vector<int32_t>& prompt, int64_t length, int32_t stop, double length_penalty) {
  std::vector<Text> texts;
  const std::function<void(std::vector<int32_t>, double)> extend = [&](const std::vector<int32_t>& made, double log_prob) {
    if (static_cast<int64_t>(made.size()) == length || (!made.empty() && made.back() == stop)) {
      texts.push_back({made, log_prob, log_prob / std::pow(static_cast<double>(made.size()), length_penalty)});
      return;
    }
    std::vector<int32_t> ids = prompt;
    ids.insert(ids.end(), made.begin(), made.end());
    const Tensor logits = uncached_logits(model, ids);
    const auto row = row_of(logits, logits.rows() - 1);
    const double lse = log_sum_exp(row);
    for (int32_t v = 0; v < kVocab; ++v) {
      std::vector<int32_t> next = made;
      next.push_back(v);
      extend(next, log_prob + row[static_cast<size_t>(v)] - lse);
    }
  };
  extend({}, 0);
  std::sort(texts.begin(), texts.end(), [](const Text& a, const Text& b) { return a.score > b.score; });
  return texts;
}

GenerationRequest request(int64_t max_tokens) {
  GenerationRequest r;
  r.prompt = {1, 3, 2};
  r.max_tokens = max_tokens;
  r.stop_ids = {4};
  return r;
}

TEST(BeamSearch, FindsTheBestOfAllTexts) {
  const auto model = tiny_model(kVocab, 16);
  for (const double length_penalty : {0.0, 1.0, 2.0, -0.5}) {
    const std::vector<Text> all = all_texts(*model, {1, 3, 2}, 4, 4, length_penalty);
    Decoder decoder(*model, DType::kF32);
    const auto found = beam_search(decoder, request(4), {.beams = 700, .length_penalty = length_penalty, .early_stopping = EarlyStopping::kNever});
    ASSERT_GE(found.size(), 20u);
    for (size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(found[i].ids, all[i].ids) << length_penalty << " " << i;
      EXPECT_NEAR(found[i].score, all[i].score, 1e-5);
      EXPECT_EQ(found[i].finish, all[i].ids.back() == 4 ? Finish::kStopToken : Finish::kLength);
    }
  }
}

// Few beams: caches move between beams at every step; each score must be that of the text it stands for.
TEST(BeamSearch, ScoresBelongToTheirTexts) {
  const auto model = tiny_model(kVocab, 64);
  for (const int64_t beams : {1, 2, 3, 4}) {
    Decoder decoder(*model, DType::kF32);
    for (const BeamResult& result : beam_search(decoder, request(14), {.beams = beams, .length_penalty = 0.7})) {
      std::vector<int32_t> ids = {1, 3, 2};
      double log_prob = 0;
      for (const int32_t id : result.ids) {
        const Tensor logits = uncached_logits(*model, ids);
        const auto row = row_of(logits, logits.rows() - 1);
        log_prob += row[static_cast<size_t>(id)] - log_sum_exp(row);
        ids.push_back(id);
      }
      EXPECT_NEAR(result.score, log_prob / std::pow(static_cast<double>(result.ids.size()), 0.7), 1e-4);
    }
  }
}

// Searches run side by side, more of them than have room at once.
TEST(BeamSearch, TheBatchDoesNotMatter) {
  for (const bool encodes : {false, true}) {
    const auto model = tiny_model(encodes ? tiny_encoder_decoder(20, 64) : tiny_decoder(20, 64));
    std::vector<GenerationRequest> requests;
    for (int32_t i = 0; i < 24; ++i) {
      GenerationRequest r = request(3 + i % 7);
      if (encodes) r.prompt = {0}, r.source = {1 + i % 3, 9};
      (encodes ? r.source : r.prompt).insert((encodes ? r.source : r.prompt).end(), static_cast<size_t>(i % 5), (3 * i) % 20);
      requests.push_back(r);
    }
    Decoder decoder(*model, DType::kF32);
    const BeamOptions options{.beams = 4, .length_penalty = 0.8};
    const auto together = beam_search(decoder, requests, options);
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto alone = beam_search(decoder, requests[i], options);
      ASSERT_EQ(together[i].size(), alone.size());
      for (size_t b = 0; b < alone.size(); ++b) EXPECT_EQ(together[i][b].ids, alone[b].ids) << i;
    }
    const int64_t rows = decoder.memory().rows();
    beam_search(decoder, requests, options);
    EXPECT_EQ(decoder.memory().rows(), rows);
  }
}

TEST(BeamSearch, ScoresOfAnEncoderDecoderBelongToTheirTexts) {
  const auto model = tiny_model(tiny_encoder_decoder(kVocab, 64));
  GenerationRequest r = request(10);
  r.source = std::exchange(r.prompt, {0});
  Decoder decoder(*model, DType::kF32);
  for (const BeamResult& result : beam_search(decoder, r, {.beams = 3})) {
    std::vector<int32_t> ids = {0};
    ids.insert(ids.end(), result.ids.begin(), result.ids.end());
    const Tensor logits = uncached_logits(*model, ids, form_of(r));
    double log_prob = 0;
    for (size_t t = 0; t < result.ids.size(); ++t) {
      const auto row = row_of(logits, static_cast<int64_t>(t));
      log_prob += row[static_cast<size_t>(result.ids[t])] - log_sum_exp(row);
    }
    EXPECT_NEAR(result.score, log_prob / static_cast<double>(result.ids.size()), 1e-4);
  }
}

TEST(BeamSearch, OneBeamIsGreedy) {
  const auto model = tiny_model(60, 64);
  GenerationRequest r = request(12);
  r.stop_ids = {};
  r.sampling.temperature = 0;
  Decoder decoder(*model, DType::kF32);
  EXPECT_EQ(beam_search(decoder, r, {.beams = 1})[0].ids, generate(decoder, {&r, 1})[0][0].ids);
}

TEST(BeamSearch, HonoursMinTokensAndTheContext) {
  const auto model = tiny_model(kVocab, 10);
  GenerationRequest r = request(50);
  r.min_tokens = 5;
  Decoder decoder(*model, DType::kF32);
  for (const BeamResult& result : beam_search(decoder, r, {.beams = 3})) {
    const bool stopped = result.ids.back() == 4;
    EXPECT_GE(result.ids.size(), stopped ? 6u : 7u);
    EXPECT_LE(result.ids.size(), 7u);
    EXPECT_EQ(result.finish, stopped ? Finish::kStopToken : Finish::kContextFull);
  }
}

TEST(BeamSearch, NoNgramComesTwice) {
  const auto model = tiny_model(kVocab, 64);
  GenerationRequest r = request(12);
  r.stop_ids = {};
  r.sampling.no_repeat_ngram = 2;
  Decoder decoder(*model, DType::kF32);
  for (const BeamResult& result : beam_search(decoder, r, {.beams = 3})) {
    std::vector<int32_t> ids = r.prompt;
    ids.insert(ids.end(), result.ids.begin(), result.ids.end());
    for (size_t i = 0; i + 1 < ids.size(); ++i)
      for (size_t j = i + 1; j + 1 < ids.size(); ++j) EXPECT_FALSE(ids[i] == ids[j] && ids[i + 1] == ids[j + 1]);
  }
}

TEST(BeamSearch, LeavesTheCacheEmpty) {
  const auto model = tiny_model(kVocab, 64);
  Decoder decoder(*model, DType::kF32);
  beam_search(decoder, request(20), {.beams = 4});
  const int64_t rows = decoder.cache().rows();
  for (int i = 0; i < 5; ++i) beam_search(decoder, request(20), {.beams = 4});
  EXPECT_EQ(decoder.cache().rows(), rows);
}

TEST(BeamSearch, RefusesBadOptions) {
  const auto model = tiny_model(kVocab, 64);
  Decoder decoder(*model, DType::kF32);
  EXPECT_THROW(beam_search(decoder, request(4), {.beams = 0}), Error);
  EXPECT_THROW(beam_search(decoder, request(4), {.beams = 2, .length_penalty = std::nan("")}), Error);
  GenerationRequest blanks = request(4);
  blanks.blanks.masks = {0, 1};
  EXPECT_THROW(beam_search(decoder, blanks, {.beams = 2}), Error);
}

}  // namespace
}  // namespace gimbal
