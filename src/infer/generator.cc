// The step loop: plan the pass, compute it, choose a token for each row that came out.
#include "infer/generator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "infer/finite.h"

namespace gimbal {
namespace {

int64_t common_prefix(std::span<const int32_t> a, std::span<const int32_t> b) {
  const size_t n = std::min(a.size(), b.size());
  return std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin()).first - a.begin();
}

void check_source(const GenerationRequest& r, const Architecture& a) {
  const auto length = static_cast<int64_t>(r.source.size());
  if (a.encoder_layers == 0) {
    GIMBAL_ASSERT(length == 0, "a decoder has nothing to read a source with");
    return;
  }
  if (length == 0) fail("the text to read is empty, and this model (family ", a.family, ") is an encoder-decoder; give at least one token");
  if (length > a.context) fail("the text to read has ", length, " tokens and the model's context is ", a.context, "; shorten it");
  for (const int32_t id : r.source)
    if (id < 0 || id >= a.vocab) fail("token id ", id, " of the text to read is outside the vocabulary of ", a.vocab, " entries");
}

}  // namespace

std::string_view name_of(Finish finish) {
  switch (finish) {
    case Finish::kLength:
      return "length";
    case Finish::kStopToken:
    case Finish::kStopped:
      return "stop";
    case Finish::kContextFull:
      return "context";
  }
  return "";
}

void check_prompt(const GenerationRequest& r, const Architecture& a) {
  check_source(r, a);
  if (r.prompt.empty()) fail("the prompt is empty, and the model has no token that begins a text; give at least one token");
  for (const int32_t id : r.prompt)
    if (id < 0 || id >= a.vocab) fail("token id ", id, " of the prompt is outside the vocabulary of ", a.vocab, " entries");
}

void check(const GenerationRequest& r, const Architecture& a) {
  check(r.sampling);
  check_prompt(r, a);
  const auto length = static_cast<int64_t>(r.prompt.size());
  if (length >= a.context)
    fail("the prompt has ", length, " tokens and the model's context is ", a.context, ", so nothing can follow; shorten the prompt");
  if (r.samples < 1) fail("samples ", r.samples, " is below 1");
  if (r.max_tokens < 1) fail("max-tokens ", r.max_tokens, " is below 1");
  if (r.min_tokens < 0 || r.min_tokens > r.max_tokens) fail("min-tokens ", r.min_tokens, " is not between 0 and max-tokens (", r.max_tokens, ")");
  if (r.top_log_probs && *r.top_log_probs < 0) fail("logprobs ", *r.top_log_probs, " is below 0; 0 gives those of the chosen tokens");
}

SequenceForm form_of(const GenerationRequest& r) {
  SequenceForm form{r.source, r.prefix, {}};
  if (!r.blanks.masks.empty()) form.blanks.push_back({static_cast<int64_t>(r.prompt.size()) - 1, r.blanks.masks.front()});
  return form;
}

Generator::Admission Generator::add(GenerationRequest request) {
  check(request, decoder_.architecture());
  const auto length = static_cast<int64_t>(request.prompt.size());
  Stream stream{next_request_++, 0, {}, request.prompt, 0, 0, {}};
  if (request.after == AfterFinish::kKeep) GIMBAL_ASSERT(request.source.empty() && request.prefix == 0, "only what is continued can be kept");
  if (request.after == AfterFinish::kKeep && kept_) {
    // The last token of the prompt is always computed: its row gives the first logits.
    stream.computed = std::min(common_prefix(kept_->ids, request.prompt), length - 1);
    stream.cache = kept_->cache;
    decoder_.cache().truncate(*stream.cache, stream.computed);
    kept_.reset();
  }
  const Admission admission{stream.request, stream.computed};
  std::vector<Generated> results(static_cast<size_t>(request.samples));
  work_[stream.request] = {std::move(request), std::move(results), 1};
  streams_.push_back(std::move(stream));
  return admission;
}

// Fills pieces_ and piece_streams_ with what is pending, oldest first, as far as the pass and the cache have room. A source or a prefix that does not
// fit waits for the next pass; one that is longer than any pass has one of its own.
void Generator::plan_pass(StepCounts& counts) {
  pieces_.clear();
  piece_streams_.clear();
  int64_t room = rows_per_pass;
  int64_t open = std::count_if(streams_.begin(), streams_.end(), [](const Stream& stream) { return stream.cache.has_value(); });
  for (size_t s = 0; s < streams_.size() && room > 0; ++s) {
    Stream& stream = streams_[s];
    if (!stream.cache && open == texts_at_once) continue;
    const GenerationRequest& request = work_.at(stream.request).request;
    const auto length = static_cast<int64_t>(stream.ids.size()), prompt = static_cast<int64_t>(request.prompt.size());
    const int64_t source = stream.computed == 0 ? static_cast<int64_t>(request.source.size()) : 0;
    const int64_t uncut = stream.computed == 0 ? std::max<int64_t>(1, request.prefix) : 1;
    if (source + uncut > room && !pieces_.empty()) continue;
    if (!stream.cache) {
      ++open;
      stream.cache = decoder_.open(form_of(request), prompt + std::min(request.max_tokens, Decoder::room_at_first));
    }
    const int64_t take = std::min(length - stream.computed, std::max(room - source, uncut));
    pieces_.push_back({*stream.cache, std::span(stream.ids).subspan(static_cast<size_t>(stream.computed), static_cast<size_t>(take)),
                       stream.computed + take == length ? 1 : 0});
    piece_streams_.push_back(s);
    counts.prompt_tokens += source + std::clamp<int64_t>(prompt - stream.computed, 0, take);
    room -= source + take;
  }
}

Generator::StepCounts Generator::step(const OnToken& on_token) {
  StepCounts counts;
  plan_pass(counts);
  const Tensor logits = decoder_.advance(pieces_);
  int64_t row = 0;
  for (size_t p = 0; p < pieces_.size(); ++p) {
    const size_t s = piece_streams_[p];
    streams_[s].computed += static_cast<int64_t>(pieces_[p].ids.size());
    if (pieces_[p].heads == 0) continue;
    const std::span<const float> row_logits(logits.data<float>() + row++ * logits.cols(), static_cast<size_t>(logits.cols()));
    check_finite(row_logits, "the logits after token ", streams_[s].ids.size());
    const size_t forks_begin = streams_.size();
    fork(s);
    add_token(streams_[s], row_logits, on_token);
    for (size_t f = forks_begin; f < streams_.size(); ++f) add_token(streams_[f], row_logits, on_token);
    counts.new_tokens += 1 + static_cast<int64_t>(streams_.size() - forks_begin);
  }
  for (Stream& stream : streams_)
    if (stream.finish) leave(stream);
  std::erase_if(streams_, [](const Stream& stream) { return stream.finish.has_value(); });
  return counts;
}

// The other samples of a request begin as copies of the first, once the prompt is computed.
void Generator::fork(size_t stream) {
  Work& work = work_.at(streams_[stream].request);
  for (; work.streams < work.request.samples; ++work.streams) {
    Stream copy = streams_[stream];
    copy.sample = work.streams;
    copy.cache = decoder_.fork(*copy.cache, copy.computed + std::min(work.request.max_tokens, Decoder::room_at_first));
    streams_.push_back(std::move(copy));
  }
}

void Generator::note_log_probs(const Work& work, std::span<const float> logits, int32_t id, Generated& out) const {
  if (!work.request.top_log_probs) return;
  out.log_probs.push_back(static_cast<double>(logits[static_cast<size_t>(id)]) - log_sum_exp(logits));
  if (*work.request.top_log_probs > 0) out.top.push_back(top_log_probs(logits, *work.request.top_log_probs));
}

// In place of the token that ended a blank, which no later one sees, stands the one that begins the next.
bool Generator::begin_next_blank(Stream& stream) {
  const Blanks& blanks = work_.at(stream.request).request.blanks;
  if (stream.blanks_filled + 1 >= blanks.masks.size()) return false;
  stream.ids.back() = blanks.start;
  decoder_.begin_blank(*stream.cache, blanks.masks[++stream.blanks_filled]);
  return true;
}

void Generator::add_token(Stream& stream, std::span<const float> logits, const OnToken& on_token) {
  Work& work = work_.at(stream.request);
  const GenerationRequest& request = work.request;
  Generated& out = work.results[static_cast<size_t>(stream.sample)];
  row_.assign(logits.begin(), logits.end());
  apply_penalties(request.sampling, row_, stream.ids, static_cast<int64_t>(request.prompt.size()));
  if (static_cast<int64_t>(out.ids.size()) < request.min_tokens)
    for (const int32_t stop : request.stop_ids)
      if (stop >= 0 && static_cast<size_t>(stop) < row_.size()) row_[static_cast<size_t>(stop)] = -std::numeric_limits<float>::infinity();
  const auto position = static_cast<int64_t>(stream.ids.size());
  const int32_t id = choose(request.sampling, row_, sampling_number(request.sampling.seed, stream.sample, position));

  note_log_probs(work, logits, id, out);
  stream.ids.push_back(id);
  out.ids.push_back(id);
  const bool is_stop = std::find(request.stop_ids.begin(), request.stop_ids.end(), id) != request.stop_ids.end();
  const Next next = on_token ? on_token({stream.request, stream.sample, id, is_stop}) : Next::kContinue;
  if (is_stop && !begin_next_blank(stream)) {
    stream.finish = Finish::kStopToken;
  } else if (next == Next::kStop) {
    stream.finish = Finish::kStopped;
  } else if (static_cast<int64_t>(out.ids.size()) == request.max_tokens) {
    stream.finish = Finish::kLength;
  } else if (static_cast<int64_t>(stream.ids.size()) == decoder_.architecture().context) {
    stream.finish = Finish::kContextFull;
  }
  if (stream.finish) out.finish = *stream.finish;
}

void Generator::leave(Stream& stream) {
  if (work_.at(stream.request).request.after == AfterFinish::kForget) {
    decoder_.close(*stream.cache);
    return;
  }
  if (kept_) decoder_.close(kept_->cache);
  stream.ids.resize(static_cast<size_t>(stream.computed));
  kept_ = Kept{*stream.cache, std::move(stream.ids)};
}

std::vector<Generated> Generator::take(size_t request) {
  const auto node = work_.extract(request);
  GIMBAL_ASSERT(!node.empty(), "request ", request, " is unknown or was taken");
  return node.mapped().results;
}

std::vector<std::vector<Generated>> generate(Decoder& decoder, std::span<const GenerationRequest> requests, const OnToken& on_token) {
  Generator generator(decoder);
  for (const GenerationRequest& r : requests) check(r, decoder.architecture());
  for (const GenerationRequest& r : requests) generator.add(r);
  while (generator.busy()) generator.step(on_token);
  std::vector<std::vector<Generated>> results;
  for (size_t r = 0; r < requests.size(); ++r) results.push_back(generator.take(r));
  return results;
}

}  // namespace gimbal
