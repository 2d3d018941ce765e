// Generation against the same model without a cache, in any batch, with any way to end.
#include "infer/generator.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"
#include "layers/norm/norm.h"
#include "layers/residual/residual.h"
#include "layers/weights/weights.h"

namespace gimbal {
namespace {

constexpr int64_t kVocab = 60, kContext = 64;

GenerationRequest greedy(std::vector<int32_t> prompt, int64_t max_tokens) {
  GenerationRequest r;
  r.prompt = std::move(prompt);
  r.max_tokens = max_tokens;
  r.sampling.temperature = 0;
  return r;
}

Generated run_one(Model& model, const GenerationRequest& request) {
  Decoder decoder(model, DType::kF32);
  return generate(decoder, {&request, 1})[0][0];
}

std::vector<int32_t> greedy_without_cache(Model& model, std::vector<int32_t> ids, int64_t count, const SequenceForm& form = {}) {
  std::vector<int32_t> made;
  for (int64_t i = 0; i < count; ++i) {
    const Tensor logits = uncached_logits(model, ids, form);
    made.push_back(likeliest(row_of(logits, logits.rows() - 1)));
    ids.push_back(made.back());
  }
  return made;
}

void expect_pieces_as_the_whole(Model& model, const std::string& what) {
  const std::vector<int32_t> ids = {3, 14, 15, 9, 26, 5, 35, 8, 9, 7};
  const Tensor whole = uncached_logits(model, ids);
  Decoder decoder(model, DType::kF32);
  const auto other = decoder.open({}, 2), id = decoder.open({}, 1);
  const std::vector<int32_t> noise = {50, 51, 52};
  double largest = 1;
  for (int64_t i = 0; i < whole.elements(); ++i) largest = std::max(largest, std::abs(whole.at(i)));
  size_t done = 0;
  for (const size_t count : {3, 1, 4, 1, 1}) {
    const Decoder::Piece pieces[] = {{other, noise, 0}, {id, std::span(ids).subspan(done, count)}};
    const Tensor logits = decoder.advance(pieces);
    done += count;
    ASSERT_EQ(logits.rows(), 1);
    for (int64_t v = 0; v < kVocab; ++v) ASSERT_NEAR(logits.at(v), whole.at(static_cast<int64_t>(done - 1) * kVocab + v), 2e-5 * largest) << what;
  }
}

TEST(Decoder, PiecesGiveTheLogitsOfTheWhole) {
  for (const char* positions : {"alibi", "learned", "rotary"}) expect_pieces_as_the_whole(*tiny_model(kVocab, kContext, positions), positions);
}

TEST(Decoder, PiecesInEveryNormAndWeightScheme) {
  for (const NormKind& norm : norm_kinds())
    for (const WeightScheme& scheme : weight_schemes()) {
      Architecture a = tiny_decoder(kVocab, kContext);
      a.placement = "pre";
      a.init.std = 0.1;
      a.norm.kind = norm.name;
      a.weights = scheme.name;
      if (norm.per_head()) a.slot_norms.qk = a.norm;
      expect_pieces_as_the_whole(*tiny_model(a), cat(norm.name, " ", scheme.name));
    }
}

// Whatever flows beside the stream, a cache holds all that later tokens need.
TEST(Decoder, PiecesInEveryPlacementAndResidualRule) {
  for (const Placement& placement : placements())
    for (const ResidualKind& residual : residual_kinds()) {
      Architecture a = tiny_decoder(kVocab, kContext);
      a.norm.kind = residual.needs == ResidualNeeds::kNoNorm ? "none" : "layer";
      a.placement = placement.name;
      a.residual.kind = residual.name;
      a.init.std = 0.1;
      if (std::ranges::any_of(refusals(), [&](const Refusal& r) { return r.applies(a, placement); })) continue;
      expect_pieces_as_the_whole(*tiny_model(a), cat(placement.name, " ", residual.name));
    }
}

TEST(Decoder, RefusesIdsAndLengthsThatTheModelLacks) {
  const auto model = tiny_model(kVocab, 4);
  Decoder decoder(*model, DType::kF32);
  const auto id = decoder.open({}, 4);
  const std::vector<int32_t> unknown = {1, 60}, too_long = {1, 2, 3, 4, 5};
  const Decoder::Piece bad{id, unknown}, longer{id, too_long};
  EXPECT_THROW(decoder.advance({&bad, 1}), Error);
  EXPECT_THROW(decoder.advance({&longer, 1}), Error);
  EXPECT_EQ(decoder.cache().length(id), 0);
}

TEST(Generator, GreedyEqualsTheModelWithoutACache) {
  const auto model = tiny_model(kVocab, kContext);
  const std::vector<int32_t> prompt = {1, 2, 3, 4, 5};
  const Generated made = run_one(*model, greedy(prompt, 20));
  EXPECT_EQ(made.ids, greedy_without_cache(*model, prompt, 20));
  EXPECT_EQ(made.finish, Finish::kLength);
}

TEST(Generator, TheBatchDoesNotMatter) {
  const auto model = tiny_model(kVocab, kContext);
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 5; ++i) {
    GenerationRequest r = greedy({}, 6 + 5 * i);
    for (int t = 0; t <= 3 * i; ++t) r.prompt.push_back((7 * i + 11 * t) % kVocab);
    r.sampling.temperature = i % 2 == 0 ? 0 : 1.2;
    r.sampling.repetition_penalty = 1.1;
    r.sampling.seed = i;
    r.samples = 1 + i % 3;
    requests.push_back(r);
  }
  Decoder decoder(*model, DType::kF32);
  const auto together = generate(decoder, requests);
  for (size_t i = 0; i < requests.size(); ++i) {
    Decoder own(*model, DType::kF32);
    const auto alone = generate(own, {&requests[i], 1})[0];
    ASSERT_EQ(together[i].size(), alone.size());
    for (size_t s = 0; s < alone.size(); ++s) EXPECT_EQ(together[i][s].ids, alone[s].ids) << i << " " << s;
  }
}

// Sources of other lengths, one of them longer than the last bucket of distances, in one batch with several samples.
TEST(Generator, EncoderDecodersWriteAboutTheirSources) {
  for (const char* positions : {"relative", "sinusoid"}) {
    const auto model = tiny_model(tiny_encoder_decoder(kVocab, kContext, positions));
    std::vector<GenerationRequest> requests;
    for (int32_t i = 0; i < 5; ++i) {
      GenerationRequest r = greedy({0}, 6 + i);
      for (int32_t t = 0; t < 1 + 4 * i; ++t) r.source.push_back((5 * i + 13 * t) % kVocab);
      requests.push_back(r);
    }
    requests[1].samples = 3;
    Decoder decoder(*model, DType::kF32);
    const auto made = generate(decoder, requests);
    for (size_t i = 0; i < requests.size(); ++i)
      for (const Generated& sample : made[i])
        EXPECT_EQ(sample.ids, greedy_without_cache(*model, {0}, requests[i].max_tokens, form_of(requests[i]))) << positions << i;
    EXPECT_NE(made[2][0].ids, std::vector<int32_t>(made[3][0].ids.begin(), made[3][0].ids.begin() + 8)) << "the source is not read";
  }
}

TEST(Generator, SourcesLeaveTheMemory) {
  const auto model = tiny_model(tiny_encoder_decoder(kVocab, kContext));
  Decoder decoder(*model, DType::kF32);
  GenerationRequest r = greedy({0}, 3);
  r.source.assign(20, 7);
  r.samples = 2;
  const std::vector<GenerationRequest> three(3, r);
  generate(decoder, three);
  const int64_t rows = decoder.memory().rows();
  EXPECT_GE(rows, 60);
  for (int i = 0; i < 4; ++i) generate(decoder, three);
  EXPECT_EQ(decoder.memory().rows(), rows);
}

TEST(Generator, TokensOfAPrefixSeeEachOther) {
  const auto model = tiny_model(tiny_prefix_decoder(kVocab, kContext, "learned"));
  GenerationRequest r = greedy({5, 3, 50, 1, 21, 2}, 8);
  const std::vector<int32_t> causal = run_one(*model, r).ids;
  r.prefix = 6;
  const std::vector<int32_t> whole = run_one(*model, r).ids;
  EXPECT_EQ(whole, greedy_without_cache(*model, r.prompt, 8, form_of(r)));
  EXPECT_NE(whole, causal);
}

// A pass never cuts a prefix, whatever else it holds.
TEST(Generator, PrefixesAndSourcesWaitForRoom) {
  for (const bool encodes : {false, true}) {
    const Architecture a = encodes ? tiny_encoder_decoder(kVocab, 1500) : tiny_prefix_decoder(kVocab, 1500, "learned");
    const auto model = tiny_model(a);
    std::vector<GenerationRequest> requests;
    for (int32_t i = 0; i < 3; ++i) {
      std::vector<int32_t> ids;
      for (int32_t t = 0; t < 1000 + i; ++t) ids.push_back((t * (7 + i)) % kVocab);
      GenerationRequest r = greedy(encodes ? std::vector<int32_t>{0} : ids, 2);
      r.prefix = encodes ? 0 : static_cast<int64_t>(ids.size());
      if (encodes) r.source = ids;
      requests.push_back(r);
    }
    Decoder decoder(*model, DType::kF32);
    Generator generator(decoder);
    for (const GenerationRequest& r : requests) generator.add(r);
    EXPECT_EQ(generator.step(nullptr).new_tokens, 2);
    EXPECT_EQ(generator.step(nullptr).new_tokens, 3);
    while (generator.busy()) generator.step(nullptr);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(generator.take(i)[0].ids, greedy_without_cache(*model, requests[i].prompt, 2, form_of(requests[i])));
  }
}

// Two blanks: the first ends with its stop id, which the second does not see; the second stands at its own mask and counts from 1.
TEST(Generator, BlanksAreFilledOneAfterAnother) {
  constexpr int32_t kStart = 58;
  const auto model = tiny_model(tiny_prefix_decoder(kVocab, kContext));
  GenerationRequest r = greedy({3, 57, 9, 57, 4, kStart}, 14);
  r.prefix = 5;
  r.blanks = {{1, 3}, kStart};
  const std::vector<int32_t> free = greedy_without_cache(*model, r.prompt, 4, form_of(r));
  r.stop_ids = {free[3]};
  ASSERT_EQ(std::count(free.begin(), free.end(), free[3]), 1);
  const Generated made = run_one(*model, r);

  ASSERT_GT(made.ids.size(), 4u);
  EXPECT_EQ(std::vector<int32_t>(made.ids.begin(), made.ids.begin() + 4), free);
  std::vector<int32_t> ids = r.prompt;
  ids.insert(ids.end(), free.begin(), free.end() - 1);
  SequenceForm form = form_of(r);
  form.blanks.push_back({static_cast<int64_t>(ids.size()), 3});
  ids.push_back(kStart);
  const std::vector<int32_t> second(made.ids.begin() + 4, made.ids.end());
  EXPECT_EQ(second, greedy_without_cache(*model, ids, static_cast<int64_t>(second.size()), form));
  EXPECT_EQ(made.finish, second.back() == free[3] ? Finish::kStopToken : Finish::kLength);
}

TEST(Generator, MoreRequestsThanTheCacheHoldsAtOnce) {
  const auto model = tiny_model(kVocab, kContext);
  std::vector<GenerationRequest> requests;
  for (int32_t i = 0; i < 137; ++i) requests.push_back(greedy({i % 60, (7 * i) % 60}, 2 + i % 9));
  Decoder decoder(*model, DType::kF32);
  const auto made = generate(decoder, requests);
  for (size_t i = 0; i < requests.size(); i += 10)
    EXPECT_EQ(made[i][0].ids, greedy_without_cache(*model, requests[i].prompt, requests[i].max_tokens));
  EXPECT_LE(decoder.cache().rows(), 4 * Generator::texts_at_once * 12);
}

TEST(Generator, RequestsMayJoinLater) {
  const auto model = tiny_model(kVocab, kContext);
  const GenerationRequest first = greedy({1, 2, 3}, 12), second = greedy({9, 8}, 7);
  Decoder decoder(*model, DType::kF32);
  Generator generator(decoder);
  generator.add(first);
  for (int i = 0; i < 4; ++i) generator.step(nullptr);
  generator.add(second);
  while (generator.busy()) generator.step(nullptr);
  EXPECT_EQ(generator.take(0)[0].ids, run_one(*model, first).ids);
  EXPECT_EQ(generator.take(1)[0].ids, run_one(*model, second).ids);
}

TEST(Generator, SamplesDifferAndRepeat) {
  const auto model = tiny_model(kVocab, kContext);
  GenerationRequest r = greedy({1, 2, 3}, 12);
  r.sampling.temperature = 1.5;
  r.samples = 4;
  Decoder decoder(*model, DType::kF32);
  const auto a = generate(decoder, {&r, 1})[0], b = generate(decoder, {&r, 1})[0];
  for (size_t s = 0; s < 4; ++s) EXPECT_EQ(a[s].ids, b[s].ids);
  EXPECT_NE(a[0].ids, a[1].ids);
  r.sampling.seed = 1;
  EXPECT_NE(generate(decoder, {&r, 1})[0][0].ids, a[0].ids);
}

TEST(Generator, EndsAtAStopId) {
  const auto model = tiny_model(kVocab, kContext);
  GenerationRequest r = greedy({1, 2, 3, 4, 5}, 20);
  const std::vector<int32_t> free = run_one(*model, r).ids;
  r.stop_ids = {free[3]};
  const auto first = std::find(free.begin(), free.end(), free[3]);
  const Generated stopped = run_one(*model, r);
  EXPECT_EQ(stopped.ids, std::vector<int32_t>(free.begin(), first + 1));
  EXPECT_EQ(stopped.finish, Finish::kStopToken);
  r.min_tokens = 10;
  const Generated later = run_one(*model, r);
  EXPECT_GT(later.ids.size(), 10u);
  EXPECT_EQ(std::count(later.ids.begin(), later.ids.begin() + 10, free[3]), 0);
}

TEST(Generator, SaysWhenTheContextIsFull) {
  const auto model = tiny_model(kVocab, 16);
  const Generated made = run_one(*model, greedy({1, 2, 3, 4, 5}, 100));
  EXPECT_EQ(made.ids.size(), 11u);
  EXPECT_EQ(made.finish, Finish::kContextFull);
  EXPECT_EQ(run_one(*model, greedy({1, 2, 3, 4, 5}, 11)).finish, Finish::kLength);
}

TEST(Generator, TheListenerHearsEachTokenAndMayStop) {
  const auto model = tiny_model(kVocab, kContext);
  const GenerationRequest r = greedy({1, 2, 3}, 20);
  Decoder decoder(*model, DType::kF32);
  std::vector<int32_t> heard;
  const Generated made = generate(decoder, {&r, 1}, [&](const NewToken& t) {
    heard.push_back(t.id);
    return heard.size() == 5 ? Next::kStop : Next::kContinue;
  })[0][0];
  EXPECT_EQ(heard.size(), 5u);
  EXPECT_EQ(made.ids, heard);
  EXPECT_EQ(made.finish, Finish::kStopped);
}

TEST(Generator, LogProbabilitiesAreTheModelsOwn) {
  const auto model = tiny_model(kVocab, kContext);
  GenerationRequest r = greedy({1, 2, 3}, 4);
  r.sampling = {};
  r.sampling.top_k = 3;
  r.sampling.repetition_penalty = 1.5;
  r.top_log_probs = 2;
  const Generated made = run_one(*model, r);
  ASSERT_EQ(made.log_probs.size(), 4u);
  ASSERT_EQ(made.top.size(), 4u);
  std::vector<int32_t> ids = r.prompt;
  for (size_t t = 0; t < 4; ++t) {
    const Tensor logits = uncached_logits(*model, ids);
    const auto row = row_of(logits, logits.rows() - 1);
    EXPECT_NEAR(made.log_probs[t], row[static_cast<size_t>(made.ids[t])] - log_sum_exp(row), 1e-4);
    EXPECT_EQ(made.top[t].size(), 2u);
    EXPECT_EQ(made.top[t][0].id, likeliest(row));
    ids.push_back(made.ids[t]);
  }
}

TEST(Generator, LongPromptsTakeSeveralPasses) {
  const auto model = tiny_model(kVocab, 3000);
  std::vector<int32_t> prompt;
  for (int t = 0; t < 2100; ++t) prompt.push_back((t * t + 3 * t) % kVocab);
  Decoder decoder(*model, DType::kF32);
  Generator generator(decoder);
  generator.add(greedy(prompt, 2));
  EXPECT_EQ(generator.step(nullptr).prompt_tokens, Generator::rows_per_pass);
  const Generator::StepCounts rest = generator.step(nullptr);
  EXPECT_EQ(rest.prompt_tokens, 2100 - Generator::rows_per_pass);
  EXPECT_EQ(rest.new_tokens, 1);
  generator.step(nullptr);
  EXPECT_EQ(generator.take(0)[0].ids, greedy_without_cache(*model, prompt, 2));
}

TEST(Generator, AKeptSequenceIsReused) {
  const auto model = tiny_model(kVocab, kContext);
  Decoder decoder(*model, DType::kF32);
  Generator generator(decoder);
  const auto run = [&](std::vector<int32_t> prompt) {
    GenerationRequest r = greedy(std::move(prompt), 6);
    r.after = AfterFinish::kKeep;
    const Generator::Admission admission = generator.add(r);
    int64_t computed = 0;
    while (generator.busy()) computed += generator.step(nullptr).prompt_tokens;
    EXPECT_EQ(computed, static_cast<int64_t>(r.prompt.size()) - admission.reused);
    EXPECT_EQ(generator.take(admission.request)[0].ids, run_one(*model, greedy(r.prompt, 6)).ids);
    return admission.reused;
  };
  EXPECT_EQ(run({1, 2, 3, 4}), 0);
  std::vector<int32_t> longer = {1, 2, 3, 4};
  const std::vector<int32_t> answer = run_one(*model, greedy(longer, 6)).ids;
  longer.insert(longer.end(), answer.begin(), answer.end());
  longer.insert(longer.end(), {20, 21});
  EXPECT_EQ(run(longer), 4 + 5);  // the last token of the answer was never computed
  EXPECT_EQ(run(longer), static_cast<int64_t>(longer.size()) - 1);
  EXPECT_EQ(run({1, 2, 30}), 2);
  EXPECT_EQ(run({40}), 0);
  EXPECT_LE(decoder.cache().rows(), 4 * kContext);
}

TEST(Generator, RefusesWhatTheModelCannotServe) {
  const auto model = tiny_model(kVocab, 8);
  Decoder decoder(*model, DType::kF32);
  const auto refused = [&](auto change) {
    GenerationRequest r = greedy({1, 2}, 4);
    change(r);
    EXPECT_THROW(generate(decoder, {&r, 1}), Error);
  };
  refused([](auto& r) { r.prompt.clear(); });
  refused([](auto& r) { r.prompt = {1, 60}; });
  refused([](auto& r) { r.prompt = {-1}; });
  refused([](auto& r) { r.prompt.assign(8, 1); });
  refused([](auto& r) { r.samples = 0; });
  refused([](auto& r) { r.max_tokens = 0; });
  refused([](auto& r) { r.min_tokens = 5; });
  refused([](auto& r) { r.sampling.top_p = 0; });
}

TEST(Generator, RefusesSourcesThatTheModelCannotRead) {
  const auto model = tiny_model(tiny_encoder_decoder(kVocab, 8));
  Decoder decoder(*model, DType::kF32);
  for (const std::vector<int32_t>& source : {std::vector<int32_t>{}, {1, 60}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
    GenerationRequest r = greedy({0}, 4);
    r.source = source;
    EXPECT_THROW(generate(decoder, {&r, 1}), Error);
  }
}

TEST(Generator, AnEncoderIsRefused) {
  Architecture a = tiny_decoder(kVocab, kContext);
  a.mask = "full";
  const auto model = tiny_model(a);
  try {
    const Decoder decoder(*model, DType::kF32);
    FAIL() << "an encoder was taken";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("gimbal predict"), std::string::npos) << e.what();
  }
}

TEST(Generator, NonFiniteLogitsAreAnError) {
  const auto model = tiny_model(kVocab, kContext);
  model->parameters().all().front().value.data<float>()[5] = std::nanf("");
  GenerationRequest r = greedy({0, 1}, 4);
  Decoder decoder(*model, DType::kF32);
  EXPECT_THROW(generate(decoder, {&r, 1}), Error);
}

}  // namespace
}  // namespace gimbal
