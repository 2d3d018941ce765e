// The generator's tokens, turned to text one by one.
#include "infer/text_generator.h"

#include <algorithm>
#include <chrono>

namespace gimbal {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Counts a pass as prefill when it holds prompt tokens, else as decoding.
void add_pass(const Generator::StepCounts& counts, double seconds, GenerationTiming& timing) {
  if (counts.prompt_tokens > 0) {
    timing.prompt_tokens += counts.prompt_tokens;
    timing.prefill_s += seconds;
  } else {
    timing.decoded_tokens += counts.new_tokens;
    timing.decode_s += seconds;
  }
}

bool fills_blanks(const GenerationRequest& request) { return !request.blanks.masks.empty(); }

}  // namespace

TextStream::TextStream(const Tokenizer& tokenizer, std::span<const int32_t> prompt, std::vector<std::string> stops)
    : decoder_(tokenizer, SkipSpecial::kYes), stops_(std::move(stops)) {
  for (const int32_t id : prompt) decoder_.feed(id);
}

std::string TextStream::finish() {
  std::string rest = stops_.feed(decoder_.finish());
  return rest + stops_.finish();
}

std::string text_of(const Tokenizer& tokenizer, const GenerationRequest& request, std::span<const int32_t> ids) {
  if (fills_blanks(request)) return filled_text(tokenizer, request, ids);
  const bool stopped = !ids.empty() && std::find(request.stop_ids.begin(), request.stop_ids.end(), ids.back()) != request.stop_ids.end();
  TextStream stream(tokenizer, request.prompt, {});
  std::string text;
  for (const int32_t id : ids.first(ids.size() - (stopped ? 1 : 0))) text += stream.feed(id);
  return text + stream.finish();
}

std::vector<std::vector<TextSample>> generate_text(Decoder& decoder, const Tokenizer* tokenizer, std::span<const TextRequest> requests,
                                                   const OnText& on_text, GenerationTiming* timing) {
  const auto start = Clock::now();
  Generator generator(decoder);
  std::vector<std::vector<TextStream>> streams;  // none without a tokenizer
  std::vector<std::vector<TextSample>> results;
  for (const TextRequest& r : requests) {
    check(r.tokens, decoder.architecture());
    GIMBAL_ASSERT(tokenizer || r.stop.empty(), "stop strings need a tokenizer");
    if (fills_blanks(r.tokens) && !r.stop.empty()) fail("a stop string ends a text that goes on, and this one has blanks to be filled; leave it out");
    if (tokenizer) streams.emplace_back(static_cast<size_t>(r.tokens.samples), TextStream(*tokenizer, r.tokens.prompt, r.stop));
    results.emplace_back(static_cast<size_t>(r.tokens.samples));
  }
  for (const TextRequest& r : requests) generator.add(r.tokens);

  const auto hear = [&](const NewToken& token, std::string_view piece) {
    results[token.request][static_cast<size_t>(token.sample)].text += piece;
    return on_text ? on_text(token.request, token.sample, piece) : Next::kContinue;
  };
  const auto on_token = [&](const NewToken& token) {
    if (timing && timing->first_token_s == 0) timing->first_token_s = seconds_since(start);
    if (token.is_stop_id || !tokenizer || fills_blanks(requests[token.request].tokens)) return hear(token, "");
    TextStream& stream = streams[token.request][static_cast<size_t>(token.sample)];
    const Next next = hear(token, stream.feed(token.id));
    return stream.stopped() ? Next::kStop : next;
  };
  while (generator.busy()) {
    const auto pass = Clock::now();
    const Generator::StepCounts counts = generator.step(on_token);
    if (timing) add_pass(counts, seconds_since(pass), *timing);
  }
  for (size_t r = 0; r < requests.size(); ++r) {
    std::vector<Generated> samples = generator.take(r);
    for (size_t s = 0; s < samples.size(); ++s) {
      if (tokenizer && fills_blanks(requests[r].tokens)) {
        hear({r, static_cast<int64_t>(s)}, filled_text(*tokenizer, requests[r].tokens, samples[s].ids));
      } else if (tokenizer) {
        hear({r, static_cast<int64_t>(s)}, streams[r][s].finish());
        results[r][s].stop = streams[r][s].stop();
      }
      results[r][s].tokens = std::move(samples[s]);
    }
  }
  return results;
}

std::vector<TextSample> generate_text(Model& model, const Tokenizer& tokenizer, std::string_view prompt, const TextOptions& options) {
  Decoder decoder(model, options.compute);
  TextRequest request;
  const Architecture& a = model.architecture();
  request.tokens = request_for(prompt_form(a, &tokenizer), prompt_ids(tokenizer, a, prompt));
  request.tokens.sampling = options.sampling;
  request.tokens.samples = options.samples;
  request.tokens.max_tokens = options.max_tokens;
  request.tokens.stop_ids = options.stop_ids;
  request.stop = options.stop;
  return std::move(generate_text(decoder, &tokenizer, {&request, 1}).front());
}

}  // namespace gimbal
