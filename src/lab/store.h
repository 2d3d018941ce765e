// Every finished cell of every lab in one SQLite file, which plain SQL reads as well:
//
//   cells(id, experiment, edition, settings, label, seed, seconds, finished, commit_id, machine)
//   numbers(cell, name, value)        NULL where a run broke
//   curves(cell, name, place, value)
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/files.h"
#include "lab/experiment.h"

namespace gimbal::lab {

class Store {
 public:
  enum class Access : uint8_t { kWrite, kRead };
  /// Opens the file, and makes it where it may be written. Error when it is not a lab's store, was made by a newer gimbal, or cannot be opened. Read,
  /// neither it nor any other file changes.
  explicit Store(const fs::path& file, Access access = Access::kWrite);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Nothing when the cell is not finished.
  std::optional<Result> find(const Experiment& experiment, const Cell& cell) const;
  /// All finished cells of this edition, in the order of their finishing; also those that a user added.
  std::vector<Result> all(const Experiment& experiment) const;
  /// One transaction: a cell is there as a whole or not at all. A cell that is there already stays as it is.
  void add(const Experiment& experiment, const Result& result);

  /// Any statement that only reads; all columns as text. Error with SQLite's sentence, for statements that would write, and for what follows a ';'.
  Table query(const std::string& sql) const;

 private:
  struct Database;
  std::unique_ptr<Database> db_;
};

}  // namespace gimbal::lab
