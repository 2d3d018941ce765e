// Entity-level F1 of tag sequences, as conlleval counts (Tjong Kim Sang, Buchholz 2000) and seqeval's default mode does.
//
// A tag is O, or a letter of B I E S and, after a dash, a type. An entity begins at B or S, where the type changes, and at I or E after an end,
// so that IOB1, IOB2 and IOBES are read alike. It is right when its type, first and last word are.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace gimbal::metrics {

struct Entity {
  std::string type;           ///< "_" for a bare B or I
  size_t begin = 0, end = 0;  ///< words, half-open
  friend bool operator==(const Entity&, const Entity&) = default;
};

/// The entities of one sentence, in order.
std::vector<Entity> entities(std::span<const std::string> tags);

struct EntityScores {
  int64_t hits = 0, guessed = 0, present = 0;
  double precision() const { return guessed == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(guessed); }
  double recall() const { return present == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(present); }
  double f1() const { return guessed + present == 0 ? 0 : 2 * static_cast<double>(hits) / static_cast<double>(guessed + present); }
};

struct EntityReport {
  EntityScores all;                           ///< over all types together (micro)
  std::map<std::string, EntityScores> types;  ///< those that occur
};

/// Sentence by sentence; both sides have the same sentences of the same lengths.
EntityReport entity_report(std::span<const std::vector<std::string>> guess, std::span<const std::vector<std::string>> gold);

}  // namespace gimbal::metrics
