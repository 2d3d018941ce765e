// The table of tasks as text and as JSON.
#pragma once

#include <string>

#include "lab/task_table/cells.h"

namespace gimbal::lab {

/// Markdown: a row a task with the best possible score and the majority's, a column a family with "after stories / from nothing / together"; then the
/// seconds of each cell. What is not computed yet is "…", what the family does not carry "–".
std::string table_text(const fs::path& out, const TablePlan& plan);
/// A list of {"family", "task", "start", "metric", "best", "majority", "score", "seconds"}.
Json table_json(const fs::path& out, const TablePlan& plan);

}  // namespace gimbal::lab
