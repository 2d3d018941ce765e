// Running a text through the pipeline, and back.
#include "text/tokenizer.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "core/error.h"
#include "core/threads.h"
#include "text/tokenizer_pipeline.h"

namespace gimbal {
namespace {

using text::AddedToken;
using text::AddedTokens;
using text::AlignedText;
using text::Draft;
using text::Span;
using text::TextRun;
using text::TokenList;
using text::Tracking;

/// Turns byte ranges of a text into character ranges.
class CharacterOffsets {
 public:
  CharacterOffsets(std::string_view text, Tracking tracking) {
    if (tracking == Tracking::kOff) return;
    before_.reserve(text.size() + 1);
    int32_t count = 0;
    for (const char byte : text) {
      before_.push_back(count += text::continues_character(byte) ? 0 : 1);
    }
  }
  /// `bytes` is not empty; its first character is the one that its first byte belongs to.
  std::pair<int32_t, int32_t> of(Span bytes) const { return {before_[bytes.begin] - 1, before_[bytes.end - 1]}; }

 private:
  std::vector<int32_t> before_;  // characters that begin at or before each byte
};

/// One encoding under way.
class Encoder {
 public:
  Encoder(const Tokenizer::Pipeline& pipeline, std::string_view original, Tracking tracking)
      : pipeline_(pipeline), original_(original), characters_(original, tracking) {
    draft_.tracking = tracking;
  }

  Draft encode() {
    for (const AddedTokens::Piece& piece : pipeline_.added.split(original_, AddedTokens::Stage::kAsGiven)) {
      AlignedText part(original_, piece.span, draft_.tracking);
      if (piece.token) {
        put_added(*piece.token, part);
      } else {
        encode_normalized(std::move(part));
      }
    }
    return std::move(draft_);
  }

 private:
  void encode_normalized(AlignedText part) {
    if (pipeline_.normalizer) pipeline_.normalizer->apply(part);
    const std::vector<AddedTokens::Piece> pieces = pipeline_.added.split(part.text(), AddedTokens::Stage::kNormalized);
    if (pieces.size() == 1 && !pieces[0].token) return encode_run(TextRun(std::move(part)));
    for (const AddedTokens::Piece& piece : pieces) {
      if (piece.token) {
        put_added(*piece.token, part.slice(piece.span));
      } else {
        encode_run(TextRun(part.slice(piece.span)));
      }
    }
  }

  void encode_run(TextRun run) {
    if (pipeline_.pre_tokenizer) pipeline_.pre_tokenizer->apply(run);
    TokenList tokens{std::move(draft_.ids), {}, draft_.tracking};
    const size_t first = tokens.ids.size();
    pipeline_.model->tokenize(run, tokens);
    draft_.ids = std::move(tokens.ids);
    for (size_t i = 0; i < tokens.spans.size(); ++i) {
      draft_.offsets.push_back(characters_.of(run.text.origin(tokens.spans[i])));
      draft_.surfaces.emplace_back(pipeline_.model->vocabulary().token(draft_.ids[first + i]).value_or(""));
    }
  }

  void put_added(const AddedToken& token, const AlignedText& matched) {
    draft_.ids.push_back(token.id);
    if (draft_.tracking == Tracking::kOff) return;
    draft_.offsets.push_back(characters_.of(matched.origin({0, static_cast<uint32_t>(matched.text().size())})));
    draft_.surfaces.emplace_back(matched.text());
  }

  const Tokenizer::Pipeline& pipeline_;
  std::string_view original_;
  CharacterOffsets characters_;
  Draft draft_;
};

}  // namespace

Draft Tokenizer::Pipeline::tokens_of(std::string_view original, Tracking tracking) const {
  if (original.size() >= std::numeric_limits<int32_t>::max()) {
    fail("a text of ", original.size(), " bytes is too long to encode at once; cut it into pieces below 2 GiB");
  }
  const size_t bad = find_invalid_utf8(original);
  if (bad != std::string_view::npos) fail("the text is not valid UTF-8: byte ", bad, " is malformed");
  return Encoder(*this, original, tracking).encode();
}

Draft Tokenizer::Pipeline::encode(std::string_view original, AddSpecial add_special, Tracking tracking) const {
  Draft draft = tokens_of(original, tracking);
  if (post_processor) post_processor->apply(draft, add_special);
  return draft;
}

const Tokenizer::Pipeline::Entry& Tokenizer::Pipeline::entry(int32_t id) const {
  const auto place = static_cast<size_t>(id);
  if (id < 0 || place >= entries.size() || !entries[place].in_use) {
    fail("the id ", id, " is not in the tokenizer's vocabulary of ", entries.size(), " ids");
  }
  return entries[place];
}

std::string Tokenizer::Pipeline::decode(std::span<const int32_t> ids, SkipSpecial skip_special) const {
  const bool bytewise = decoder && decoder->is_bytewise();
  std::string bytes;
  std::vector<std::string> tokens;
  for (const int32_t id : ids) {
    const Entry& entry = this->entry(id);
    if (entry.special && skip_special == SkipSpecial::kYes) continue;
    bytewise ? void(bytes += entry.bytes) : tokens.push_back(entry.token);
  }
  if (bytewise) return find_invalid_utf8(bytes) == std::string::npos ? bytes : text::replace_broken_utf8(bytes);
  if (!decoder) return joined(tokens, " ");
  if (!tokens.empty()) decoder->apply(tokens);
  return joined(tokens, "");
}

int32_t Tokenizer::vocab_size() const { return static_cast<int32_t>(pipeline_->entries.size()); }

std::optional<int32_t> Tokenizer::id(std::string_view token) const {
  const AddedToken* added = pipeline_->added.find(token);
  return added ? std::optional(added->id) : pipeline_->model->vocabulary().id(token);
}

std::string Tokenizer::token(int32_t id) const { return pipeline_->entry(id).token; }
const SpecialIds& Tokenizer::special() const { return pipeline_->special; }
bool Tokenizer::is_special(int32_t id) const { return pipeline_->entry(id).special; }
const nlohmann::json& Tokenizer::config() const { return pipeline_->config; }

std::vector<int32_t> Tokenizer::encode(std::string_view text, AddSpecial add_special) const {
  return pipeline_->encode(text, add_special, Tracking::kOff).ids;
}

Encoding Tokenizer::encode_with_offsets(std::string_view text, AddSpecial add_special) const {
  Draft draft = pipeline_->encode(text, add_special, Tracking::kOn);
  return {std::move(draft.ids), std::move(draft.offsets)};
}

std::vector<std::vector<int32_t>> Tokenizer::encode_batch(std::span<const std::string_view> texts, AddSpecial add_special) const {
  // Few texts may be long ones: then each is a piece of its own.
  const auto count = static_cast<int64_t>(texts.size());
  const int64_t texts_a_piece = std::clamp<int64_t>(count / (8 * num_threads()), 1, 16);
  std::vector<std::vector<int32_t>> ids(texts.size());
  std::mutex mutex;
  size_t first_fault = texts.size();  // an Error must not leave a parallel loop
  std::string sentence;
  parallel_for(count, texts_a_piece, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      try {
        ids[i] = encode(texts[i], add_special);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        if (i < first_fault) {
          first_fault = i;
          sentence = error.what();
        }
      }
    }
  });
  if (first_fault < texts.size()) fail("text ", first_fault, " of ", texts.size(), ": ", sentence);
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, SkipSpecial skip_special) const { return pipeline_->decode(ids, skip_special); }

}  // namespace gimbal
