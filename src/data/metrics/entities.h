// Entity-level F1 of tag sequences, as conlleval counts (Tjong Kim Sang, Buchholz 2000) and seqeval's default mode does.
//
// A tag is O, or a letter of B I E S and, after a dash, a type. An entity begins at B or S, where the type changes, and at I or E after an end,
// so that IOB1, IOB2 and IOBES are read alike. The L, U and M of BILOU and BMES go on with an entity as I does, as they do there. It is right when
// its type, first and last word are.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/metrics/f1.h"

namespace gimbal::metrics {

struct Entity {
  std::string type;           ///< "_" for a bare B or I
  size_t begin = 0, end = 0;  ///< words, half-open
  friend bool operator==(const Entity&, const Entity&) = default;
};

/// Whether tags of these names mark entities: one has a letter of B I E S L U M with a type behind a dash, or all are such letters and O. Parts of
/// speech and bare numbers do not.
bool mark_entities(std::span<const std::string> names);

/// The entities of one sentence, in order.
std::vector<Entity> entities(std::span<const std::string> tags);

struct EntityReport {
  HitCounts all;                           ///< over all types together (micro)
  std::map<std::string, HitCounts> types;  ///< those that occur
};

/// Sentence by sentence; both sides have the same sentences of the same lengths.
EntityReport entity_report(std::span<const std::vector<std::string>> guess, std::span<const std::vector<std::string>> gold);

}  // namespace gimbal::metrics
