// Rows of TSV and CSV files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal {

/// Walks over the rows of a table that is all in memory.
class TableRows {
 public:
  /// kTabs: one row a line, no quoting. kCommas: RFC 4180, fields in double quotes may hold commas, line breaks and doubled quotes.
  enum class Kind : uint8_t { kTabs, kCommas };

  TableRows(std::string_view text, Kind kind) : rest_(text), kind_(kind) {}

  /// The next row that is not empty, or nothing at the end. Error naming the line when a quote is not closed or followed by more text.
  std::optional<std::vector<std::string>> next();
  /// Where the last row began, from 1.
  int64_t line() const { return line_; }

 private:
  std::vector<std::string> quoted_row();

  std::string_view rest_;
  Kind kind_;
  int64_t line_ = 0, next_line_ = 1;
};

}  // namespace gimbal
