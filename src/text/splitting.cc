// The five behaviors, as rules about when a piece joins its neighbour.
#include "text/splitting.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal::text {
namespace {

struct BehaviorName {
  const char* name;
  MatchBehavior behavior;
};

constexpr BehaviorName kBehaviors[] = {
    {"Removed", MatchBehavior::kRemoved},
    {"Isolated", MatchBehavior::kIsolated},
    {"MergedWithPrevious", MatchBehavior::kMergedWithPrevious},
    {"MergedWithNext", MatchBehavior::kMergedWithNext},
    {"Contiguous", MatchBehavior::kContiguous},
};

struct Piece {
  Span span;
  bool is_match;
};

// Matches and the gaps between them, covering the word.
std::vector<Piece> matches_and_gaps(Span word, const std::vector<Span>& matches) {
  std::vector<Piece> pieces;
  uint32_t at = word.begin;
  for (const Span match : matches) {
    if (match.begin > at) pieces.push_back({{at, match.begin}, false});
    pieces.push_back({match, true});
    at = match.end;
  }
  if (at < word.end) pieces.push_back({{at, word.end}, false});
  return pieces;
}

// A piece joins the previous one when they are of the same sort (the text before the first piece counts as a gap).
std::vector<Span> contiguous(const std::vector<Piece>& pieces) {
  std::vector<Span> joined;
  bool previous = false;
  for (const Piece& piece : pieces) {
    if (piece.is_match == previous && !joined.empty()) {
      joined.back().end = piece.span.end;
    } else {
      joined.push_back(piece.span);
    }
    previous = piece.is_match;
  }
  return joined;
}

std::vector<Span> merged_with_previous(const std::vector<Piece>& pieces) {
  std::vector<Span> joined;
  bool previous = false;
  for (const Piece& piece : pieces) {
    if (piece.is_match && !previous && !joined.empty()) {
      joined.back().end = piece.span.end;
    } else {
      joined.push_back(piece.span);
    }
    previous = piece.is_match;
  }
  return joined;
}

std::vector<Span> merged_with_next(const std::vector<Piece>& pieces) {
  std::vector<Span> joined;  // from the last to the first
  bool next = false;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    if (piece->is_match && !next && !joined.empty()) {
      joined.back().begin = piece->span.begin;
    } else {
      joined.push_back(piece->span);
    }
    next = piece->is_match;
  }
  std::reverse(joined.begin(), joined.end());
  return joined;
}

std::vector<Span> kept(const std::vector<Piece>& pieces, MatchBehavior behavior) {
  switch (behavior) {
    case MatchBehavior::kMergedWithPrevious:
      return merged_with_previous(pieces);
    case MatchBehavior::kMergedWithNext:
      return merged_with_next(pieces);
    case MatchBehavior::kContiguous:
      return contiguous(pieces);
    case MatchBehavior::kRemoved:
    case MatchBehavior::kIsolated:
      break;
  }
  std::vector<Span> spans;
  for (const Piece& piece : pieces) {
    if (behavior == MatchBehavior::kIsolated || !piece.is_match) spans.push_back(piece.span);
  }
  return spans;
}

// Isolation is what every byte-level pipeline uses, on all of its text: no pieces are built for it.
void isolate(Span word, const std::vector<Span>& matches, std::vector<Span>& words) {
  uint32_t at = word.begin;
  for (const Span match : matches) {
    if (match.begin > at) words.push_back({at, match.begin});
    if (match.size() > 0) words.push_back(match);
    at = match.end;
  }
  if (at < word.end) words.push_back({at, word.end});
}

}  // namespace

MatchBehavior behavior_from_name(const std::string& name) {
  for (const BehaviorName& known : kBehaviors) {
    if (name == known.name) return known.behavior;
  }
  fail("the split behavior \"", name, "\" is unknown; it is one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
}

void split_words(TextRun& run, const FindMatches& find_matches, MatchBehavior behavior, MatchRole role) {
  if (run.byte_level) spell_bytes(run);
  const std::string_view text = run.text.text();
  std::vector<Span> words, matches;
  matches.reserve(text.size() / 4);
  words.reserve(text.size() / 4);
  for (const Span word : run.words) {
    matches.clear();
    find_matches(cut(text, word), word.begin, matches);
    if (behavior == MatchBehavior::kIsolated) {
      isolate(word, matches, words);
      continue;
    }
    std::vector<Piece> pieces = matches_and_gaps(word, matches);
    if (role == MatchRole::kGaps) {
      for (Piece& piece : pieces) piece.is_match = !piece.is_match;
    }
    for (const Span span : kept(pieces, behavior)) {
      if (span.size() > 0) words.push_back(span);
    }
  }
  run.words = std::move(words);
}

void split_words(TextRun& run, const WordPattern& pattern, MatchBehavior behavior, MatchRole role) {
  split_words(
      run, [&pattern](std::string_view text, uint32_t base, std::vector<Span>& matches) { pattern.find_all(text, base, matches); }, behavior, role);
}

}  // namespace gimbal::text
