// Stories of the small world: text, and beside it the events that it tells and the state of the world after each sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/world/facts.h"
#include "data/world/grammar.h"

namespace gimbal::world {

struct StoryOptions {
  int min_words = 80, max_words = 400;
};

/// One sentence: where it stands in the text and what it says.
struct Sentence {
  uint32_t begin = 0, end = 0;           ///< bytes of Story::text
  uint32_t first_event = 0, events = 0;  ///< in Story::events
  Shape shape = Shape::kOne;
  uint16_t moment = kNoWord;  ///< in moments(): "the next morning"
  uint8_t place = kNobody;    ///< site: "at the market, ..."
};

struct Story {
  std::string text;
  std::string_view plot;  ///< the name of its plot, such as "lost thing"
  std::vector<Sentence> sentences;
  std::vector<Event> events;  ///< in the order told; Event's people, things and places index into the facts
  Facts cast;                 ///< everybody and everything, before the first sentence

  /// Who is where, who has what, who feels what and why, after the first `count` sentences.
  Facts state_after(size_t count) const;
};

/// A pure function of its arguments.
Story make_story(uint64_t seed, uint64_t index, const StoryOptions& options = {});

struct Split {
  double valid = 0.02;  ///< share of the stories, by bytes, that go to valid.jsonl
};

struct CorpusSize {
  uint64_t stories = 0, bytes = 0, words = 0;  ///< both files together; bytes of text
};

/// Writes dir/train.jsonl and dir/valid.jsonl, {"text": ...} a line, until together they hold at least `bytes` bytes of text.
/// Training stories have even indices, validation stories odd ones, and one whose text also occurs in training is left out.
/// What is written depends on seed, bytes and split alone, not on threads. Each file appears whole. Error when the disk refuses.
CorpusSize write_corpus(const std::filesystem::path& dir, uint64_t seed, uint64_t bytes, const Split& split = {});

}  // namespace gimbal::world
