// Batched generation: requests join when they come, every step computes what is pending for all of them in one pass, finished samples leave and make
// room for those that wait.
//
// A sample's tokens are a pure function of the weights, its prompt, its options and (seed, sample): not of what else is in the batch.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "infer/decoder.h"
#include "infer/sampling.h"

namespace gimbal {

/// Why a sample ended.
enum class Finish : uint8_t {
  kLength,       // max_tokens
  kStopToken,    // a token of stop_ids, which is the last of the ids
  kContextFull,  // prompt and answer fill the model's context
  kStopped,      // the listener said so
};
std::string_view name_of(Finish finish);

/// What becomes of a finished sample's keys and values.
enum class AfterFinish : uint8_t { kForget, kKeep };

/// GLM's blanks in a prompt: filled one after another, behind the prompt, each text beginning with the token `start`.
struct Blanks {
  std::vector<int64_t> masks;  // places of their mask tokens in the prompt, in the order of filling; empty: there are none
  int32_t start = 0;           // <|startofpiece|>; the prompt ends with that of the first blank
};

/// What request_for() (infer/prompt.h) makes of a prompt, by the kind of the model; and how to go on from there.
struct GenerationRequest {
  std::vector<int32_t> prompt;  // what the decoder reads first
  std::vector<int32_t> source;  // what the encoder reads, where there is one
  int64_t prefix = 0;           // under a prefix mask: this many first tokens of the prompt see each other
  Blanks blanks;
  SamplingOptions sampling;
  int64_t samples = 1;  // they share the computation of the prompt
  int64_t max_tokens = 128;
  int64_t min_tokens = 0;         // until then no stop id is chosen
  std::vector<int32_t> stop_ids;  // one of them ends the text, or its current blank
  /// Absent: no log-probabilities. n: that of each chosen token and of the n likeliest. They are the model's own, before penalties and filters.
  std::optional<int64_t> top_log_probs;
  /// kKeep: a later request with kKeep whose prompt begins alike does not compute that beginning again. Only the latest such sequence is kept. For
  /// models that continue a prompt (no source, no prefix).
  AfterFinish after = AfterFinish::kForget;
};

struct Generated {
  std::vector<int32_t> ids;  // without the prompt
  std::vector<double> log_probs;
  std::vector<std::vector<TokenLogProb>> top;
  Finish finish = Finish::kLength;
};

/// A token as it is generated.
struct NewToken {
  size_t request = 0;
  int64_t sample = 0;
  int32_t id = 0;
  bool is_stop_id = false;
};
enum class Next : uint8_t { kContinue, kStop };
using OnToken = std::function<Next(const NewToken&)>;

/// Error for an empty prompt or source, a source longer than the context, and ids outside the vocabulary.
void check_prompt(const GenerationRequest& request, const Architecture& a);
/// Error for a request that this model cannot serve: as check_prompt, for a prompt that leaves no room in the context, and for bad options.
void check(const GenerationRequest& request, const Architecture& a);
/// How the request's sequences begin.
SequenceForm form_of(const GenerationRequest& request);

class Generator {
 public:
  /// `decoder` must outlive the generator.
  explicit Generator(Decoder& decoder) : decoder_(decoder) {}

  struct Admission {
    size_t request;      // its number
    int64_t reused = 0;  // tokens at the beginning of the prompt that are in the cache already
  };
  Admission add(GenerationRequest request);

  struct StepCounts {
    int64_t prompt_tokens = 0;  // computed in this step
    int64_t new_tokens = 0;     // chosen in this step
  };
  /// One pass. Long prompts are spread over several, at most rows_per_pass tokens each; a source or a prefix is never cut.
  StepCounts step(const OnToken& on_token);
  bool busy() const { return !streams_.empty(); }

  /// The samples of a finished request.
  std::vector<Generated> take(size_t request);

  static constexpr int64_t rows_per_pass = 2048;
  /// Texts that are in the cache together and share a step's reading of the weights (measured on two cores: 48 small texts are decoded together in a
  /// fifth of the time that they take alone). The others wait.
  static constexpr int64_t texts_at_once = 64;

 private:
  struct Stream {
    size_t request;
    int64_t sample;
    std::optional<Decoder::Sequence> cache;  // none while it waits
    std::vector<int32_t> ids;                // prompt and what was generated
    int64_t computed = 0;                    // of ids: those in the cache
    size_t blanks_filled = 0;
    std::optional<Finish> finish;
  };
  struct Work {
    GenerationRequest request;
    std::vector<Generated> results;
    int64_t streams = 0;  // samples that have begun
  };
  struct Kept {
    Decoder::Sequence cache;
    std::vector<int32_t> ids;
  };
  void plan_pass(StepCounts& counts);
  void fork(size_t stream);
  bool begin_next_blank(Stream& stream);
  void add_token(Stream& stream, std::span<const float> logits_v, const OnToken& on_token);
  void note_log_probs(const Work& work, std::span<const float> logits_v, int32_t id, Generated& out) const;
  void leave(Stream& stream);

  Decoder& decoder_;
  size_t next_request_ = 0;
  std::map<size_t, Work> work_;
  std::vector<Stream> streams_;
  std::optional<Kept> kept_;
  // Of the pass at hand; kept for their memory.
  std::vector<Decoder::Piece> pieces_;
  std::vector<size_t> piece_streams_;
  std::vector<float> row_;
};

/// Runs all requests together to their end; one list of samples a request.
std::vector<std::vector<Generated>> generate(Decoder& decoder, std::span<const GenerationRequest> requests, const OnToken& on_token = nullptr);

}  // namespace gimbal
