// Text in, text out: stop strings, streaming, samples, and bytes that form no character.
#include "infer/text_generator.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

// A model over letters: every text that it can write is readable, and a token is a character.
struct Letters {
  Tokenizer tokenizer = make();
  std::unique_ptr<Model> model = tiny_model(tokenizer.vocab_size(), 96);

  static Tokenizer make() {
    const std::string_view alphabet = "abcdefghijklmnop\n";
    return train_char({&alphabet, 1}, {"<|endoftext|>"});
  }
  std::string write(const TextOptions& options) { return generate_text(*model, tokenizer, "abc", options)[0].text; }
};

TextOptions sampled(int64_t max_tokens) {
  TextOptions options;
  options.max_tokens = max_tokens;
  options.sampling.seed = 4;
  return options;
}

TEST(TextGenerator, DecodesWhatIsGenerated) {
  Letters letters;
  const TextSample sample = generate_text(*letters.model, letters.tokenizer, "abc", sampled(40))[0];
  EXPECT_EQ(sample.text, letters.tokenizer.decode(sample.tokens.ids, SkipSpecial::kYes));
  EXPECT_GE(sample.text.size(), 30u);
}

TEST(TextGenerator, EndsBeforeAStopString) {
  Letters letters;
  const std::string free = letters.write(sampled(40));
  for (const size_t at : {size_t{0}, size_t{7}, size_t{20}}) {
    TextOptions options = sampled(40);
    options.stop = {free.substr(at, 3)};
    const size_t first = free.find(options.stop[0]);
    const TextSample sample = generate_text(*letters.model, letters.tokenizer, "abc", options)[0];
    EXPECT_EQ(sample.text, free.substr(0, first));
    EXPECT_EQ(sample.stop, options.stop[0]);
    EXPECT_EQ(sample.tokens.finish, Finish::kStopped);
    EXPECT_EQ(letters.tokenizer.decode(sample.tokens.ids, SkipSpecial::kYes), free.substr(0, first + 3));
  }
}

TEST(TextGenerator, StreamsEachSamplesText) {
  Letters letters;
  Decoder decoder(*letters.model, DType::kF32);
  std::vector<TextRequest> requests(2);
  for (size_t r = 0; r < 2; ++r) {
    requests[r].tokens.prompt = prompt_ids(letters.tokenizer, letters.model->architecture(), r == 0 ? "abc" : "de");
    requests[r].tokens.samples = 3;
    requests[r].tokens.max_tokens = 20;
    requests[r].stop = {"aa", "ab", "ba"};
  }
  std::vector<std::vector<std::string>> heard(2, std::vector<std::string>(3));
  GenerationTiming timing;
  const auto results = generate_text(
      decoder, &letters.tokenizer, requests,
      [&](size_t r, int64_t s, std::string_view piece) {
        heard[r][static_cast<size_t>(s)] += piece;
        return Next::kContinue;
      },
      &timing);
  for (size_t r = 0; r < 2; ++r)
    for (size_t s = 0; s < 3; ++s) EXPECT_EQ(heard[r][s], results[r][s].text);
  EXPECT_EQ(timing.prompt_tokens, 5);
  EXPECT_GT(timing.decoded_tokens, 0);
}

TEST(TextGenerator, TheEndOfTextIsNotPartOfIt) {
  Letters letters;
  TextOptions options = sampled(40);
  const std::string free = letters.write(options);
  options.stop_ids = {*letters.tokenizer.id(free.substr(5, 1))};
  const TextSample sample = generate_text(*letters.model, letters.tokenizer, "abc", options)[0];
  EXPECT_EQ(sample.text, free.substr(0, free.find(free[5])));
  EXPECT_EQ(sample.tokens.finish, Finish::kStopToken);
}

TEST(TextGenerator, AnEmptyPromptBeginsWithTheBeginOfText) {
  Letters letters;
  EXPECT_EQ(prompt_ids(letters.tokenizer, letters.model->architecture(), ""), (std::vector<int32_t>{0}));
  EXPECT_EQ(generate_text(*letters.model, letters.tokenizer, "", sampled(3)).size(), 1u);
  const std::string_view alphabet = "abc";
  const Tokenizer bare = train_char({&alphabet, 1}, {});
  Architecture a;
  EXPECT_TRUE(prompt_ids(bare, a, "").empty());
}

TEST(TextGenerator, FillsBlanks) {
  const std::string_view alphabet = "abcdefgh. ";
  const Tokenizer tokenizer = train_char({&alphabet, 1}, {"<|endoftext|>", "[CLS]", "[MASK]", "<|startofpiece|>", "<|endofpiece|>"});
  const auto model = tiny_model(tiny_prefix_decoder(tokenizer.vocab_size(), 64));
  Decoder decoder(*model, DType::kF32);
  TextRequest request;
  request.tokens = request_for(prompt_form(model->architecture(), &tokenizer), prompt_ids(tokenizer, model->architecture(), "ab[MASK]cd[MASK]."));
  request.tokens.max_tokens = 30;
  request.tokens.samples = 4;
  // Any token may end a blank here, so that random blanks do end.
  for (const char* letter : {"e", "f", "g", "h"}) request.tokens.stop_ids.push_back(*tokenizer.id(letter));
  std::vector<std::string> heard(4);
  const auto samples = generate_text(decoder, &tokenizer, {&request, 1}, [&](size_t, int64_t s, std::string_view piece) {
    heard[static_cast<size_t>(s)] += piece;
    return Next::kContinue;
  })[0];
  size_t ended = 0;
  for (size_t s = 0; s < samples.size(); ++s) {
    const auto is_stop = [&](int32_t id) { return std::count(request.tokens.stop_ids.begin(), request.tokens.stop_ids.end(), id) > 0; };
    const std::vector<int32_t>& ids = samples[s].tokens.ids;
    const auto first_end = std::find_if(ids.begin(), ids.end(), is_stop);
    if (first_end == ids.end()) continue;
    ++ended;
    const auto text = [&](auto begin, auto end) { return tokenizer.decode(std::vector<int32_t>(begin, end), SkipSpecial::kYes); };
    const auto second_end = std::find_if(first_end + 1, ids.end(), is_stop);
    EXPECT_EQ(samples[s].text, "ab" + text(ids.begin(), first_end) + "cd" + text(first_end + 1, second_end) + ".");
    EXPECT_EQ(heard[s], samples[s].text);
    EXPECT_EQ(text_of(tokenizer, request.tokens, ids), samples[s].text);
  }
  EXPECT_GE(ended, 2u);
  request.stop = {"a"};
  EXPECT_THROW(generate_text(decoder, &tokenizer, {&request, 1}), Error);
}

// A random model over bytes writes mostly what is no UTF-8; every piece that is heard must be.
TEST(TextGenerator, StreamsValidUtf8) {
  const Tokenizer bytes = train_byte({"<|endoftext|>"});
  const auto model = tiny_model(bytes.vocab_size(), 256);
  Decoder decoder(*model, DType::kF32);
  TextRequest request;
  request.tokens.prompt = bytes.encode("Grüße, 世界", AddSpecial::kNo);
  request.tokens.max_tokens = 120;
  request.tokens.samples = 5;
  request.tokens.sampling.temperature = 2;
  const auto results = generate_text(decoder, &bytes, {&request, 1}, [&](size_t, int64_t, std::string_view piece) {
    EXPECT_EQ(find_invalid_utf8(piece), std::string::npos);
    return Next::kContinue;
  });
  for (const TextSample& sample : results[0]) EXPECT_EQ(sample.text, bytes.decode(sample.tokens.ids, SkipSpecial::kYes));
}

TEST(TextGenerator, WorksWithoutATokenizer) {
  Letters letters;
  Decoder decoder(*letters.model, DType::kF32);
  TextRequest request;
  request.tokens.prompt = {1, 2, 3};
  request.tokens.max_tokens = 5;
  const TextSample sample = generate_text(decoder, nullptr, {&request, 1})[0][0];
  EXPECT_EQ(sample.tokens.ids.size(), 5u);
  EXPECT_EQ(sample.text, "");
}

}  // namespace
}  // namespace gimbal
