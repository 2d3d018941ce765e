// Prompt text to text: tokenizer, stop strings, valid UTF-8 while streaming, several samples at once.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/prompt.h"
#include "infer/stop_strings.h"
#include "text/stream_decoder.h"

namespace gimbal {

/// The text of one sample, from its tokens as they come.
class TextStream {
 public:
  /// The prompt's ids decide how the first token looks (with or without a leading space).
  TextStream(const Tokenizer& tokenizer, std::span<const int32_t> prompt, std::vector<std::string> stops);

  /// The text that has become certain with this token; valid UTF-8, often "".
  std::string feed(int32_t id) { return stops_.feed(decoder_.feed(id)); }
  /// What was held back. Call once, at the end.
  std::string finish();

  bool stopped() const { return stops_.stopped(); }
  /// The stop string that ended the text, or "".
  std::string stop() const { return stopped() ? stops_.found() : ""; }

 private:
  StreamDecoder decoder_;
  StopStrings stops_;
};

struct TextRequest {
  GenerationRequest tokens;       // made of the text's ids by request_for()
  std::vector<std::string> stop;  // the text ends before the first of these; not where blanks are filled
};

struct TextSample {
  std::string text;  // without the prompt and without what stopped it; where blanks are filled: the prompt with its blanks filled
  std::string stop;  // the stop string that ended it, or ""
  Generated tokens;  // with the tokens that the stop string or stop id took
};

struct GenerationTiming {
  int64_t prompt_tokens = 0, decoded_tokens = 0;  // computed in passes that hold prompts; chosen in the passes after
  double prefill_s = 0, decode_s = 0;             // of these passes
  double first_token_s = 0;                       // from the start until the first token is chosen
};

/// Hears each sample's text as it becomes certain: valid UTF-8, once a token and once at the end; the piece may be "". A text with blanks is certain
/// at its end.
using OnText = std::function<Next(size_t request, int64_t sample, std::string_view piece)>;

/// What generated ids say, without the stop id that ended them; where blanks are filled, the prompt with its blanks filled.
std::string text_of(const Tokenizer& tokenizer, const GenerationRequest& request, std::span<const int32_t> ids);

/// Runs all requests together; one list of samples a request. Without a tokenizer there are tokens only: texts are "", stop strings not allowed.
std::vector<std::vector<TextSample>> generate_text(Decoder& decoder, const Tokenizer* tokenizer, std::span<const TextRequest> requests,
                                                   const OnText& on_text = nullptr, GenerationTiming* timing = nullptr);

struct TextOptions {
  SamplingOptions sampling;
  int64_t samples = 1, max_tokens = 128;
  std::vector<int32_t> stop_ids;
  std::vector<std::string> stop;
  DType compute = DType::kF32;
};
/// The samples of one prompt, which is taken as prompt_ids() says.
std::vector<TextSample> generate_text(Model& model, const Tokenizer& tokenizer, std::string_view prompt, const TextOptions& options);

}  // namespace gimbal
