// Reads a story back from its text alone and says of each sentence whether it is English of this world and agrees with the rest.
//
// A sentence is accepted when the grammar can make it and the facts told so far allow it, contradictory when the grammar can make it
// but no reading agrees with the facts, and unparsed otherwise. A contradictory sentence changes nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/world/facts.h"

namespace gimbal::world {

enum class Verdict : uint8_t { kAccepted, kContradictory, kUnparsed };

struct Checked {
  std::string_view sentence;  ///< a piece of the text given to check()
  Verdict verdict;
  const char* reason = "";  ///< what a contradiction goes against
};

struct Rates {
  size_t sentences = 0, accepted = 0, contradictory = 0, unparsed = 0;
  void add(const std::vector<Checked>& story);
  double accepted_share() const { return sentences == 0 ? 0 : static_cast<double>(accepted) / static_cast<double>(sentences); }
};

/// Reusable; one for each thread.
class Checker {
 public:
  Checker();
  ~Checker();
  /// One story. The views in the result point into `text`.
  std::vector<Checked> check(std::string_view text);
  /// What the text has told, after check().
  const Facts& facts() const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace gimbal::world
