// Cells in rows and columns.
#include "lab/task_table/page.h"

#include <cmath>
#include <cstdio>

#include "core/error.h"

namespace gimbal::lab {
namespace {

std::string score_text(const Json& value) {
  if (!value.is_number()) return "–";
  char text[32];
  const double v = value.get<double>();
  std::snprintf(text, sizeof text, std::abs(v) > 1 ? "%.1f" : "%.3f", v);
  return text;
}

std::string seconds_text(const Json& value) { return std::to_string(std::llround(value.get<double>())); }

std::string field(const fs::path& out, const TableCell& cell, const char* key, std::string (*text)(const Json&)) {
  const auto finished = finished_cell(out, cell);
  if (!finished) return "…";
  return finished->contains(key) ? text((*finished)[key]) : "–";
}

std::string rows(const fs::path& out, const TablePlan& plan, const char* key, std::string (*text)(const Json&)) {
  std::string rows;
  for (const world::WorldTask* task : plan.tasks) {
    const Json facts = task_facts(out, *task);
    rows += cat("| ", task->name, " | ", task->metric, " | ", score_text(facts["best"]), " | ", score_text(facts["majority"]), " |");
    for (const TableFamily* family : plan.families) {
      std::string cell;
      for (const CellStart start : kStarts) cell += cat(cell.empty() ? " " : " / ", field(out, {family, task, start}, key, text));
      rows += cell + " |";
    }
    rows += "\n";
  }
  return rows;
}

}  // namespace

std::string table_text(const fs::path& out, const TablePlan& plan) {
  std::string head = "| task | metric | best | majority |", line = "|---|---|---|---|", pretraining;
  for (const TableFamily* family : plan.families) {
    head += cat(" ", family->name, " |"), line += "---|";
    pretraining += cat(pretraining.empty() ? "" : ", ", family->name, " ", std::llround(pretraining_seconds(out, *family)));
  }
  head += "\n" + line + "\n";
  return cat("Scores on ", plan.effort.tested, " test records: fine-tuned after pretraining on stories / from nothing / on all tasks together\n\n",
             head, rows(out, plan, "score", score_text), "\nSeconds of fine-tuning on one core (together: of the one run)\n\n", head,
             rows(out, plan, "seconds", seconds_text), "\nSeconds of pretraining on one core: ", pretraining, "\n");
}

Json table_json(const fs::path& out, const TablePlan& plan) {
  Json all = Json::array();
  for (const world::WorldTask* task : plan.tasks) {
    const Json facts = task_facts(out, *task);
    for (const TableFamily* family : plan.families)
      for (const CellStart start : kStarts) {
        Json cell = {{"family", family->name}, {"task", task->name},    {"start", name_of(start)},
                     {"metric", task->metric}, {"best", facts["best"]}, {"majority", facts["majority"]}};
        if (const auto finished = finished_cell(out, {family, task, start})) cell.update(*finished);
        all.push_back(std::move(cell));
      }
  }
  return all;
}

}  // namespace gimbal::lab
