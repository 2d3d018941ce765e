// Planning, running, judging.
#include "lab/runner.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

#include "core/error.h"
#include "lab/processes.h"

namespace gimbal::lab {
namespace {

constexpr size_t kSeedsOfAVerdict = 3;

std::vector<Cell> with_seeds(std::vector<Cell> cells, int64_t seeds) {
  std::vector<Cell> changed;
  std::set<std::string> seen;  // a setting's least seed comes first
  for (const Cell& c : cells)
    if (seen.insert(c.settings.dump()).second)
      for (int64_t seed = c.seed; seed < c.seed + seeds; ++seed) changed.push_back({c.settings, seed});
  return changed;
}

// A number stays a number: an experiment reads its settings as what its own cells have there.
void check_kind(const Experiment& experiment, const std::vector<Cell>& cells, const std::string& name, const Json& value) {
  const auto same = [](const Json& a, const Json& b) { return a.is_number() ? b.is_number() : a.type() == b.type(); };
  std::string known;
  for (const Cell& cell : cells) {
    if (!cell.settings.contains(name)) continue;
    if (same(cell.settings[name], value)) return;
    known = cell.settings[name].dump();
  }
  fail("--add: ", name, " is ", value.dump(), ", and the cells of ", experiment.name, " have something of another kind there, such as ", known);
}

// A user's settings must be some that the experiment's cells have.
void check_added(const Experiment& experiment, const std::vector<Cell>& cells, const Json& added) {
  std::vector<std::string> names;
  for (const Cell& cell : cells)
    for (const auto& item : cell.settings.items())
      if (std::find(names.begin(), names.end(), item.key()) == names.end()) names.push_back(item.key());
  for (const auto& item : added.items())
    if (std::find(names.begin(), names.end(), item.key()) == names.end())
      fail("--add: the cells of ", experiment.name, " have no setting '", item.key(), "'", did_you_mean(item.key(), names), "; they have ",
           joined(names));
  for (const auto& [name, value] : added.items()) check_kind(experiment, cells, name, value);
}

void add_once(std::vector<Cell>& cells, const Cell& cell) {
  if (std::find(cells.begin(), cells.end(), cell) == cells.end()) cells.push_back(cell);
}

struct Missing {
  const Experiment* experiment;
  Cell cell;
};

// JSON has no word for what is not finite; null is not-a-number here as in the store, and infinities are rare enough to be the same.
std::string measured_text(const Missing& m) {
  const auto begin = std::chrono::steady_clock::now();
  const Measured measured = m.experiment->measure(m.cell);
  Json j = {{"numbers", Json::object()}, {"curves", Json::object()}};
  for (const auto& [name, value] : measured.numbers) j["numbers"][name] = value;
  for (const auto& [name, values] : measured.curves) j["curves"][name] = values;
  j["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return j.dump();
}

double number_of(const Json& value) { return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>(); }

Result read_result(const Cell& cell, const std::string& text) {
  const Json answer = parse_json(text, "a cell's answer");
  Result result{cell, {}, answer["seconds"].get<double>()};
  for (const auto& [name, value] : answer["numbers"].items()) result.measured.numbers[name] = number_of(value);
  for (const auto& [name, values] : answer["curves"].items())
    for (const Json& value : values) result.measured.curves[name].push_back(number_of(value));
  return result;
}

}  // namespace

std::vector<Cell> cells_of(const Experiment& experiment, const LabRequest& request) {
  std::vector<Cell> cells = experiment.cells(request.size);
  if (request.only_seeds) cells = with_seeds(std::move(cells), *request.only_seeds);
  if (request.added.empty() || cells.empty()) return cells;
  const std::vector<Cell> own = cells;
  check_added(experiment, own, request.added);
  for (Cell cell : own) {
    const auto items = request.added.items();
    if (!std::all_of(items.begin(), items.end(), [&](const auto& item) { return cell.settings.contains(item.key()); })) continue;
    for (const auto& [key, value] : request.added.items()) cell.settings[key] = value;
    add_once(cells, cell);
  }
  return cells;
}

RunCells run_missing(Store& store, const std::vector<const Experiment*>& experiments, const LabRequest& request, Progress& progress,
                     const std::function<bool()>& stopped) {
  std::vector<Missing> missing;
  for (const Experiment* e : experiments)
    for (const Cell& cell : cells_of(*e, request))
      if (!store.find(*e, cell)) missing.push_back({e, cell});
  RunCells cells;
  if (missing.empty()) return cells;

  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  size_t begun = 0;
  const auto next = [&]() -> Processes::Work {
    if (begun == missing.size() || stopped() || (request.minutes && elapsed() > *request.minutes * 60)) return {};
    return [m = missing[begun++]] { return measured_text(m); };
  };
  Processes(request.at_once).run(next, [&](const Processes::Outcome& outcome) {
    const auto& [experiment, cell] = missing[outcome.number];
    const std::string label = cat(experiment->name, ": ", label_of(cell.settings), ", seed ", cell.seed);
    ++cells.ended;
    if (!outcome.trouble.empty()) {
      if (++cells.without_result == 1) cells.first_trouble = cat(label, ": ", outcome.trouble);
      return progress.note(cat(label, " has no result: ", outcome.trouble));
    }
    store.add(*experiment, read_result(cell, outcome.said));
    progress.update(cat(cells.ended, " of ", missing.size(), " cells, ", duration_text(elapsed()), ", about ",
                        duration_text(elapsed() / static_cast<double>(cells.ended) * static_cast<double>(missing.size() - cells.ended)), " left; ",
                        label));
  });
  progress.finish();
  return cells;
}

Judged judge(const Store& store, const Experiment& experiment, const LabRequest& request) {
  Judged judged;
  judged.experiment = &experiment;
  std::vector<Result> results;
  for (const Cell& cell : cells_of(experiment, request)) {
    ++judged.cells;
    auto result = store.find(experiment, cell);
    if (!result) continue;
    ++judged.finished;
    judged.seconds += result->seconds;
    results.push_back(std::move(*result));
  }
  if (judged.finished < judged.cells || judged.cells == 0) return judged;
  const Results all(std::move(results));
  judged.preview = all.fewest_seeds() < kSeedsOfAVerdict;
  judged.finding = experiment.judge(all);
  return judged;
}

}  // namespace gimbal::lab
