// The work of the table of tasks, piece by piece in files below one directory, so that a table that was stopped goes on where it was.
//
//   plan.json                                 the recipe: what scores depend on
//   stories/  data/TASK/                      what is learned from
//   pretrained/FAMILY/                        a run, and `done` when it is over
//   cells/FAMILY.TASK.START.json              a finished cell: score, seconds; or why the family does not carry it
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/files.h"
#include "core/progress.h"
#include "lab/task_table/plan.h"

namespace gimbal::lab {

struct TableCell {
  const TableFamily* family;
  const world::WorldTask* task;
  CellStart start;
};

/// {"score": ..., "seconds": ...}, or {"refused": sentence}; nothing where it is not computed.
std::optional<Json> finished_cell(const fs::path& out, const TableCell& cell);
/// Seconds of a family's pretraining; 0 where it is not over.
double pretraining_seconds(const fs::path& out, const TableFamily& family);
/// What the task's data states: "best", "majority", "metric".
Json task_facts(const fs::path& out, const world::WorldTask& task);

/// Computes what is missing, one process a core, until all is there or the user stops it. Error where the directory was begun by another
/// recipe.
void compute_table(const fs::path& out, const TablePlan& plan, int at_once, Progress& progress, const std::function<bool()>& stopped);

}  // namespace gimbal::lab
