// gimbal lab: what is known about norms, placements and residual schemes, measured on this machine.
#include <algorithm>
#include <cstdio>

#include "cli/command.h"
#include "core/fields.h"
#include "core/threads.h"
#include "lab/doctor/atlas.h"
#include "lab/report/page.h"
#include "train/stop_signal.h"

namespace gimbal {
namespace {

using lab::Experiment;
using lab::Size;

struct Flags {
  std::string verb, out = "runs/lab", add;
  std::vector<std::string> names;
  double minutes = 0;
  int64_t seeds = 0;
};

const std::vector<std::string> kVerbs = {"list", "run", "quick", "standard", "long", "all", "report", "query", "atlas"};

std::optional<Size> size_named(const std::string& name) {
  if (name == "quick") return Size::kQuick;
  if (name == "standard") return Size::kStandard;
  if (name == "long" || name == "all") return Size::kLong;
  return std::nullopt;
}

int list(const CommonFlags& common) {
  if (common.json) {
    Json all = Json::array();
    for (const Experiment& e : lab::experiments())
      all.push_back({{"name", e.name}, {"code", e.code}, {"claim", e.claim}, {"source", e.source}, {"criterion", e.criterion}, {"cost", e.cost}});
    std::printf("%s\n", all.dump(2).c_str());
    return 0;
  }
  for (const Experiment& e : lab::experiments()) {
    std::string cells;
    for (const auto& [size, name] : {std::pair{Size::kQuick, "quick"}, std::pair{Size::kStandard, "standard"}, std::pair{Size::kLong, "long"}})
      if (const size_t n = e.cells(size).size()) cells += cat(cells.empty() ? "" : ", ", name, " ", n);
    std::printf("%s  %s\n    %s\n    %s\n    cells: %s; %s\n", std::string(e.code).c_str(), std::string(e.name).c_str(), std::string(e.claim).c_str(),
                std::string(e.source).c_str(), cells.c_str(), std::string(e.cost).c_str());
  }
  return 0;
}

// Of the setting at `at`: the next comma outside of brackets.
size_t end_of_setting(const std::string& text, size_t at) {
  int open = 0;
  for (; at < text.size(); ++at) {
    open += (text[at] == '[' || text[at] == '{') - (text[at] == ']' || text[at] == '}');
    if (text[at] == ',' && open <= 0) break;
  }
  return at;
}

// "norm=rms,scheme=pre"
Json settings_of(const std::string& text) {
  Json settings = Json::object();
  for (size_t at = 0; at < text.size();) {
    const size_t end = end_of_setting(text, at), equals = text.find('=', at);
    if (equals >= end) fail("--add takes settings such as norm=rms,scheme=pre; '", text.substr(at, end - at), "' has no '='");
    settings[text.substr(at, equals - at)] = parse_scalar(text.substr(equals + 1, end - equals - 1));
    at = end + 1;
  }
  return settings;
}

// Names may be experiments or a size; "run" takes both.
struct Wanted {
  std::vector<const Experiment*> experiments;
  Size size = Size::kStandard;
};
Wanted wanted_of(const Flags& flags) {
  Wanted wanted;
  std::vector<std::string> names = flags.names;
  if (size_named(flags.verb)) names.insert(names.begin(), flags.verb);
  for (const std::string& name : names) {
    if (const auto size = size_named(name)) {
      wanted.size = *size;
    } else {
      wanted.experiments.push_back(&lab::experiment_named(name));
    }
  }
  for (const Experiment* e : wanted.experiments)
    if (e->cells(wanted.size).empty())
      fail("the experiment ", e->name, " has no cells of that size (standard, where none is named); `gimbal lab run ", e->name, " long` has");
  if (!wanted.experiments.empty()) return wanted;
  for (const Experiment& e : lab::experiments())
    if (!e.cells(wanted.size).empty()) wanted.experiments.push_back(&e);
  return wanted;
}

int print_findings(const std::vector<lab::Judged>& judged, const Flags& flags) {
  Json all = Json::array();
  for (const lab::Judged& j : judged) {
    Json one = {{"name", j.experiment->name}, {"code", j.experiment->code}, {"cells", j.cells}, {"finished", j.finished}, {"seconds", j.seconds}};
    one["verdict"] = j.finding ? Json(lab::name_of(j.finding->verdict)) : Json();
    one["preview"] = j.preview;
    one["sentence"] = j.finding ? Json(j.finding->sentence) : Json();
    all.push_back(std::move(one));
  }
  std::printf("%s\n", Json({{"report", fs::path(flags.out) / "report.html"}, {"experiments", all}}).dump(2).c_str());
  return 0;
}

fs::path existing_store(const Flags& flags, const char* makes_one) {
  const fs::path file = fs::path(flags.out) / "lab.sqlite";
  if (!fs::exists(file)) fail("there is no lab at '", flags.out, "' (no ", file.string(), "); `", makes_one, "` makes one");
  return file;
}

int run(const Flags& flags, const CommonFlags& common, bool compute) {
  if (!compute) existing_store(flags, "gimbal lab quick");
  if (common.seed_given) fail("an experiment's seeds are its own; --seeds says how many of them");
  const Wanted wanted = wanted_of(flags);
  lab::LabRequest request;
  request.size = wanted.size;
  request.at_once = num_threads();
  request.added = settings_of(flags.add);
  if (flags.minutes > 0) request.minutes = flags.minutes;
  if (flags.seeds > 0) request.only_seeds = flags.seeds;
  lab::Store store(fs::path(flags.out) / "lab.sqlite");
  lab::RunCells cells;
  if (compute) {
    StopSignal signal;
    Progress progress(Progress::style_for(common.quiet));
    cells = lab::run_missing(store, wanted.experiments, request, progress, [&] { return signal.requested(); });
  }
  std::vector<lab::Judged> judged;
  bool unfinished = false;
  for (const Experiment* e : wanted.experiments) {
    judged.push_back(lab::judge(store, *e, request));
    unfinished = unfinished || !judged.back().finding;
  }
  lab::write_report(flags.out, judged);
  // Of an arm of the user's own, or of everything.
  if (cells.without_result > 0 && (cells.without_result == cells.ended || !request.added.empty()))
    fail(cells.without_result, " of ", cells.ended, " cells have no result; the first: ", cells.first_trouble);
  if (common.json) return print_findings(judged, flags);
  std::printf("%s%s\n", lab::text_of(judged).c_str(), (fs::path(flags.out) / "report.html").c_str());
  if (unfinished && compute) std::printf("Not all cells are finished; the same command goes on.\n");
  return 0;
}

int query(const Flags& flags, const CommonFlags& common) {
  const lab::Table table =
      lab::Store(existing_store(flags, "gimbal lab quick"), lab::Store::Access::kRead)
          .query(flags.names.empty() ? "SELECT experiment, count(*) AS cells, round(sum(seconds)) AS seconds FROM cells GROUP BY experiment"
                                     : flags.names[0]);
  if (common.json) {
    Json rows = Json::array();
    for (const auto& row : table.rows) {
      Json& one = rows.emplace_back(Json::object());
      for (size_t i = 0; i < row.size(); ++i) one[table.columns[i]] = row[i];
    }
    std::printf("%s\n", rows.dump(2).c_str());
    return 0;
  }
  const auto print = [](const std::vector<std::string>& row) {
    for (size_t i = 0; i < row.size(); ++i) std::printf("%s%s", i ? "\t" : "", row[i].c_str());
    std::printf("\n");
  };
  print(table.columns);
  for (const auto& row : table.rows) print(row);
  return 0;
}

int atlas(const Flags& flags) {
  const lab::Store store(existing_store(flags, "gimbal lab run atlas long"), lab::Store::Access::kRead);
  std::printf("%s", lab::atlas_lines(store).c_str());
  return 0;
}

}  // namespace

std::function<int()> add_lab(CommandLine& line, const CommonFlags& common) {
  auto flags = std::make_shared<Flags>();
  line.value("verb", flags->verb, "list, run, quick, standard, long, report, query, or atlas: its finished rows as the doctor reads them").required();
  line.rest("names", flags->names, "run, report: experiments by name or code, and a size; query: one SQL statement");
  line.value("-o,--out", flags->out, "directory of the store (lab.sqlite), the report, its tables and charts");
  line.value("--add", flags->add, "run: another arm, as settings laid over the experiment's own: norm=rms,scheme=pre");
  line.value("--minutes", flags->minutes, "begin no cell after so many minutes; the same command goes on later").between(0, 1e9);
  line.value("--seeds", flags->seeds, "seeds of every arm instead of the experiment's own number");
  return [flags, &common] {
    if (flags->verb == "list") return list(common);
    if (flags->verb == "query") return query(*flags, common);
    if (flags->verb == "atlas") return atlas(*flags);
    if (flags->verb == "report") return run(*flags, common, false);
    if (flags->verb == "run" || size_named(flags->verb)) return run(*flags, common, true);
    fail("gimbal lab does not know '", flags->verb, "'", did_you_mean(flags->verb, kVerbs), "; it knows ", joined(kVerbs));
  };
}

}  // namespace gimbal
