// One step of a search: expand every beam, split the best continuations into finished and running, move the caches to where the running ones go on.
#include "infer/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>

namespace gimbal {
namespace {

constexpr int64_t kMostBeams = 1024;  // each is a sequence of its own in every pass

struct Beam {
  Decoder::Sequence cache = 0;
  std::vector<int32_t> ids;  // prompt and continuation; all but the last are in the cache
  double log_prob = 0;
};

struct Candidate {
  size_t beam;
  int32_t id;
  double log_prob;
};

class Search {
 public:
  Search(Decoder& decoder, const GenerationRequest& request, const BeamOptions& options, std::vector<BeamResult>& finished)
      : decoder_(decoder), request_(request), options_(options), prompt_(static_cast<int64_t>(request.prompt.size())), finished_(finished) {
    most_tokens_ = std::min(request.max_tokens, decoder.architecture().context - prompt_);
    beams_.push_back({decoder_.open(form_of(request), prompt_ + std::min(most_tokens_, Decoder::room_at_first)), request.prompt, 0});
  }
  /// What the next pass has to compute; each piece has one row of logits.
  void add_pieces(std::vector<Decoder::Piece>& pieces) const;
  /// Goes on with the rows of these pieces, from `row` on, which then is behind them.
  void step(const Tensor& logits, int64_t& row);
  bool over() const;
  void close();

 private:
  bool is_stop(int32_t id) const { return std::find(request_.stop_ids.begin(), request_.stop_ids.end(), id) != request_.stop_ids.end(); }
  double score(double log_prob, int64_t tokens) const { return log_prob / std::pow(static_cast<double>(tokens), options_.length_penalty); }
  void score_continuations(const Beam& beam, size_t index, std::span<float> logits_v, size_t most);
  std::vector<Candidate> candidates(const Tensor& logits, int64_t& row);
  void finish_texts(std::span<const Candidate> best);
  void continue_with(std::span<const Candidate> best);

  Decoder& decoder_;
  const GenerationRequest& request_;
  const BeamOptions& options_;
  int64_t prompt_, most_tokens_, tokens_ = 0;  // tokens_: generated so far
  std::vector<Beam> beams_;
  std::vector<BeamResult>& finished_;  // best first
  std::vector<Candidate> expanded_;
  std::vector<float> row_;
};

// Adds the best `most` continuations of one beam to expanded_. Penalties work on log-probabilities here, as in transformers' beam search.
void Search::score_continuations(const Beam& beam, size_t index, std::span<float> row, size_t most) {
  const double lse = log_sum_exp(row);
  if (!std::isfinite(lse))
    fail("the logits after token ", beam.ids.size(),
         " hold values that are no numbers; the weights are damaged, or activations overflow (see gimbal forward)");
  for (float& l : row) l = static_cast<float>(static_cast<double>(l) - lse);
  penalize_repetition(row, beam.ids, request_.sampling.repetition_penalty);
  ban_repeated_ngrams(row, beam.ids, request_.sampling.no_repeat_ngram);
  if (tokens_ < request_.min_tokens)
    for (const int32_t id : request_.stop_ids)
      if (id >= 0 && static_cast<size_t>(id) < row.size()) row[static_cast<size_t>(id)] = -std::numeric_limits<float>::infinity();
  const size_t before = expanded_.size();
  for (size_t i = 0; i < row.size(); ++i)
    if (std::isfinite(row[i])) expanded_.push_back({index, static_cast<int32_t>(i), beam.log_prob + static_cast<double>(row[i])});
  const auto first = expanded_.begin() + static_cast<std::ptrdiff_t>(before);
  if (expanded_.size() - before <= most) return;
  std::nth_element(first, first + static_cast<std::ptrdiff_t>(most), expanded_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.log_prob != b.log_prob ? a.log_prob > b.log_prob : a.id < b.id; });
  expanded_.resize(before + most);
}

std::vector<Candidate> Search::candidates(const Tensor& logits, int64_t& row) {
  const size_t most = std::max<size_t>(2, 1 + request_.stop_ids.size()) * static_cast<size_t>(options_.beams);
  expanded_.clear();
  for (size_t b = 0; b < beams_.size(); ++b) {
    const float* values = logits.data<float>() + row++ * logits.cols();
    row_.assign(values, values + logits.cols());
    score_continuations(beams_[b], b, row_, most);
  }
  std::sort(expanded_.begin(), expanded_.end(), [](const Candidate& a, const Candidate& b) {
    if (a.log_prob != b.log_prob) return a.log_prob > b.log_prob;
    return a.beam != b.beam ? a.beam < b.beam : a.id < b.id;
  });
  if (expanded_.size() > most) expanded_.resize(most);
  return expanded_;
}

// Among the first `beams` candidates, those that end here join the finished texts; the best `beams` of these stay.
void Search::finish_texts(std::span<const Candidate> best) {
  const auto full = static_cast<size_t>(options_.beams);
  if (options_.early_stopping == EarlyStopping::kFirstFinished && finished_.size() == full) return;
  for (const Candidate& c : best.first(std::min(best.size(), full))) {
    const bool stop = is_stop(c.id);
    if (!stop && tokens_ < most_tokens_) continue;
    BeamResult result;
    const std::vector<int32_t>& ids = beams_[c.beam].ids;
    result.ids.assign(ids.begin() + prompt_, ids.end());
    result.ids.push_back(c.id);
    result.score = score(c.log_prob, tokens_);
    result.finish = stop ? Finish::kStopToken : most_tokens_ < request_.max_tokens ? Finish::kContextFull : Finish::kLength;
    finished_.push_back(std::move(result));
  }
  std::stable_sort(finished_.begin(), finished_.end(), [](const BeamResult& a, const BeamResult& b) { return a.score > b.score; });
  if (finished_.size() > full) finished_.resize(full);
}

// The best continuations that do not end become the beams. The first child of a beam inherits its rows of the cache; the others copy what lies behind
// the prompt, which is the same in all.
void Search::continue_with(std::span<const Candidate> best) {
  std::vector<Beam> next;
  std::vector<bool> inherited(beams_.size(), false);
  std::vector<size_t> copies;
  for (const Candidate& c : best) {
    if (is_stop(c.id)) continue;
    Beam child = beams_[c.beam];
    child.ids.push_back(c.id);
    child.log_prob = c.log_prob;
    if (inherited[c.beam]) copies.push_back(next.size());
    inherited[c.beam] = true;
    next.push_back(std::move(child));
    if (static_cast<int64_t>(next.size()) == options_.beams) break;
  }
  std::vector<Decoder::Sequence> freed;
  for (size_t b = 0; b < beams_.size(); ++b)
    if (!inherited[b]) freed.push_back(beams_[b].cache);
  for (const size_t c : copies) {
    const Decoder::Sequence from = next[c].cache;
    if (freed.empty()) {
      next[c].cache = decoder_.fork(from, prompt_ + std::min(most_tokens_, Decoder::room_at_first));
      continue;
    }
    next[c].cache = freed.back();
    freed.pop_back();
    decoder_.cache().copy(from, next[c].cache, prompt_, decoder_.cache().length(from));
  }
  for (const Decoder::Sequence id : freed) decoder_.close(id);
  beams_ = std::move(next);
}

bool Search::over() const {
  if (tokens_ == most_tokens_ || beams_.empty()) return true;
  if (static_cast<int64_t>(finished_.size()) < options_.beams) return false;
  if (options_.early_stopping == EarlyStopping::kFirstFinished) return true;
  const bool longest = options_.early_stopping == EarlyStopping::kNever && options_.length_penalty > 0;
  return score(beams_[0].log_prob, longest ? most_tokens_ : tokens_) <= finished_.back().score;
}

void Search::add_pieces(std::vector<Decoder::Piece>& pieces) const {
  for (const Beam& b : beams_) pieces.push_back({b.cache, tokens_ == 0 ? std::span(b.ids) : std::span(b.ids).last(1)});
}

void Search::step(const Tensor& logits, int64_t& row) {
  const std::vector<Candidate> best = candidates(logits, row);
  ++tokens_;
  finish_texts(best);
  continue_with(best);
}

void Search::close() {
  for (const Beam& b : beams_) decoder_.close(b.cache);
}

// Whether one more search may begin beside those that run, in a pass that has to compute `rows` tokens already.
bool has_room(size_t running, int64_t rows, const GenerationRequest& request, const BeamOptions& options) {
  if (running == 0) return true;
  const auto texts = static_cast<int64_t>(running + 1) * options.beams, length = static_cast<int64_t>(request.source.size() + request.prompt.size());
  return texts <= Generator::texts_at_once && rows + length <= Generator::rows_per_pass;
}

void check(const GenerationRequest& request, const BeamOptions& options, const Architecture& a) {
  check(request, a);
  if (options.beams < 1 || options.beams > kMostBeams) fail("beams ", options.beams, " is not from 1 to ", kMostBeams);
  if (!std::isfinite(options.length_penalty)) fail("the length penalty must be a finite number");
  if (request.blanks.masks.size() > 1)
    fail("beam search fills one blank, and the text has ", request.blanks.masks.size(), "; leave out the beams, or fill one at a time");
}

}  // namespace

std::vector<std::vector<BeamResult>> beam_search(Decoder& decoder, std::span<const GenerationRequest> requests, const BeamOptions& options) {
  for (const GenerationRequest& r : requests) check(r, options, decoder.architecture());
  std::vector<std::vector<BeamResult>> results(requests.size());
  std::list<Search> running;
  std::vector<Decoder::Piece> pieces;
  for (size_t next = 0; next < requests.size() || !running.empty();) {
    auto rows = static_cast<int64_t>(running.size()) * options.beams;
    for (; next < requests.size() && has_room(running.size(), rows, requests[next], options); ++next) {
      running.emplace_back(decoder, requests[next], options, results[next]);
      rows += static_cast<int64_t>(requests[next].source.size() + requests[next].prompt.size());
    }
    pieces.clear();
    for (const Search& search : running) search.add_pieces(pieces);
    const Tensor logits = decoder.advance(pieces);
    int64_t row = 0;
    for (Search& search : running) {
      search.step(logits, row);
      if (search.over()) search.close();
    }
    running.remove_if([](const Search& search) { return search.over(); });
  }
  return results;
}

}  // namespace gimbal
