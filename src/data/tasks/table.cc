// Cutting tables into fields.
#include "data/tasks/table.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {
namespace {

std::vector<std::string> split_at_tabs(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    const size_t tab = std::min(line.find('\t'), line.size());
    fields.emplace_back(line.substr(0, tab));
    if (tab == line.size()) return fields;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace

std::optional<std::vector<std::string>> TableRows::next() {
  while (!rest_.empty()) {
    line_ = next_line_;
    if (kind_ == Kind::kCommas) {
      std::vector<std::string> row = quoted_row();
      if (row.size() > 1 || !row[0].empty()) return row;
      continue;
    }
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++next_line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return split_at_tabs(line);
  }
  return std::nullopt;
}

std::vector<std::string> TableRows::quoted_row() {
  std::vector<std::string> fields(1);
  const auto skip = [&](size_t n) { rest_.remove_prefix(n); };
  while (!rest_.empty()) {
    const char c = rest_[0];
    if (c == '"' && fields.back().empty()) {
      const int64_t opened = next_line_;
      for (skip(1);; skip(1)) {
        if (rest_.empty()) fail("line ", opened, ": a field opens with a quotation mark that is never closed");
        if (rest_[0] == '\n') ++next_line_;
        if (rest_[0] == '"') {
          skip(1);
          if (!rest_.starts_with('"')) break;
        }
        fields.back() += rest_[0];
      }
      if (!rest_.empty() && rest_[0] != ',' && rest_[0] != '\n' && rest_[0] != '\r')
        fail("line ", next_line_, ": after the closing quotation mark of a field a comma or the line's end is needed");
      continue;
    }
    skip(1);
    if (c == '\n') {
      ++next_line_;
      break;
    }
    if (c == ',')
      fields.emplace_back();
    else if (c != '\r' || !rest_.starts_with('\n'))
      fields.back() += c;
  }
  return fields;
}

}  // namespace gimbal
