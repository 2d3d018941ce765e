// What an experiment is: a claim with its source, the cells that test it, how one cell is measured, and the criterion, stated before anything runs.
//
// An experiment is one file in lab/experiments and one line in experiments/kinds.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/cell.h"
#include "lab/results.h"

namespace gimbal::lab {

/// How much is run: quick in all takes under 90 s on two cores, standard under 20 minutes, long as long as it needs. The cells of a larger size
/// include those of the smaller ones wherever they can, so that what is finished counts.
enum class Size : uint8_t { kQuick, kStandard, kLong };

enum class Verdict : uint8_t {
  kHolds,          // the criterion is met; it says whether ranges over seeds must lie apart
  kNotReproduced,  // it is not met at this scale, which says nothing about other scales
  kMeasured,       // there is no criterion: numbers only
};
std::string_view name_of(Verdict verdict);

struct Table {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

enum class Scale : uint8_t { kLinear, kLog };

/// Lines over x with a range over seeds; values that are not finite are left out.
struct Chart {
  struct Point {
    double x, median, least, most;
  };
  struct Series {
    std::string name;
    std::vector<Point> points;
  };
  std::string title, x_name, y_name;
  Scale x_scale = Scale::kLinear, y_scale = Scale::kLinear;
  std::vector<Series> series;
};

/// A value for each of rows x columns; not-a-number leaves a field empty. `note` is shown where the pointer is.
struct HeatMap {
  struct Field {
    double value;
    std::string text, note;
    bool framed = false;
  };
  std::string title, rows_name, columns_name;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<Field>> fields;
  Scale scale = Scale::kLinear;
};

/// What this experiment says about one of the common statements (lab/statements.h).
struct Evidence {
  std::string statement;  // "S5"
  Verdict verdict;        // of the statement as it is commonly printed
  std::string sentence;   // with the number
};

struct Finding {
  Verdict verdict = Verdict::kMeasured;
  std::string sentence;  // with the numbers that decide
  std::vector<Table> tables;
  std::vector<Chart> charts;
  std::vector<HeatMap> maps;
  std::vector<Evidence> evidence;
};

struct Experiment {
  std::string_view name, code;  // "warm-up", "E2"
  std::string_view claim;       // one sentence
  std::string_view source;      // paper and place in it
  std::string_view published;   // figures as printed there, or empty; nothing that has not been read
  std::string_view criterion;   // what must be seen for the claim to hold here
  std::string_view cost;        // "4 s a cell"
  int edition = 1;              // raised when cells would come out otherwise: stored ones of older editions are not used

  /// Empty when the experiment has no such size.
  std::vector<Cell> (*cells)(Size size);
  /// Runs in a process of its own on one thread; a pure function of the cell.
  Measured (*measure)(const Cell& cell);
  /// All cells of a size are there.
  Finding (*judge)(const Results& results);
};

std::span<const Experiment> experiments();
/// Error that names the nearest when there is none of this name or code.
const Experiment& experiment_named(const std::string& name);

}  // namespace gimbal::lab
