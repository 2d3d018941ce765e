// Writing the report.
#include "lab/report/page.h"

#include <algorithm>

#include "core/build.h"
#include "core/error.h"
#include "lab/number_text.h"
#include "lab/report/svg.h"
#include "lab/statements.h"
#include "train/machine.h"

namespace gimbal::lab {
namespace {

constexpr std::string_view kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 2rem auto; max-width: 66rem; padding: 0 1rem }
h1 { font-size: 1.7rem; margin-bottom: 0 } h2 { font-size: 1.25rem; margin: 2.4rem 0 .3rem; border-top: 1px solid #ddd; padding-top: 1.2rem }
h3 { font-size: 1rem; margin: 1rem 0 .2rem } p { margin: .35rem 0 } .quiet { color: #666 } code { background: #f3f3f3; padding: .1em .3em; border-radius: 3px }
table { border-collapse: collapse; margin: .5rem 0; font-size: .9rem } th, td { padding: .25rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e6e6e6 }
th { border-bottom: 2px solid #bbb } .wide { width: 100% } svg { max-width: 100%; height: auto }
.verdict { display: inline-block; padding: 0 .5em; border-radius: 3px; font-size: .85rem; white-space: nowrap }
.holds { background: #d6f0df } .not { background: #fbe3d6 } .measured { background: #e3e9f5 } .open { background: #eee }
details > summary { cursor: pointer }
)";

std::string_view class_of(Verdict v) { return v == Verdict::kHolds ? "holds" : v == Verdict::kNotReproduced ? "not" : "measured"; }

std::string badge(std::string_view css, std::string_view text) { return cat("<span class=\"verdict ", css, "\">", text, "</span>"); }

std::string verdict_text(const Judged& j) {
  if (!j.finding) return cat("unfinished: ", j.finished, " of ", j.cells, " cells");
  return cat(j.preview ? "preview: " : "", name_of(j.finding->verdict));
}
std::string verdict_badge(const Judged& j) { return badge(j.finding ? class_of(j.finding->verdict) : "open", verdict_text(j)); }

std::string html_of(const Table& table) {
  std::string html = cat("<h3>", escaped(table.title), "</h3>\n<table><tr>");
  for (const auto& c : table.columns) html += cat("<th>", escaped(c), "</th>");
  html += "</tr>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const auto& field : row) html += cat("<td>", escaped(field), "</td>");
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

// What all experiments together say of a statement.
std::string evidence_of(const Statement& s, const std::vector<Judged>& judged) {
  std::string html;
  for (const Judged& j : judged) {
    if (!j.finding) continue;
    for (const Evidence& e : j.finding->evidence)
      if (e.statement == s.id)
        html +=
            cat("<p>",
                badge(class_of(e.verdict), e.verdict == Verdict::kHolds           ? "as printed"
                                           : e.verdict == Verdict::kNotReproduced ? "not as printed"
                                                                                  : "measured"),
                j.preview ? " (preview)" : "", " ", escaped(e.sentence), " <a href=\"#", j.experiment->name, "\">", j.experiment->code, "</a></p>");
  }
  if (!html.empty()) return html;
  return cat("<span class=\"quiet\">",
             !s.judged_by.empty()  ? cat("not run yet: ", s.judged_by)
             : !s.shown_by.empty() ? cat("shown by <code>", s.shown_by, "</code>")
                                   : "no experiment of this lab judges it",
             "</span>");
}

std::string statements_table(const std::vector<Judged>& judged) {
  std::string html =
      "<h2>What is commonly said, and what was found</h2>\n<table class=\"wide\"><tr><th></th><th>said</th><th>what is right</th><th>found "
      "here</th></tr>\n";
  for (const Statement& s : statements())
    html += cat("<tr><td>", s.id, "</td><td>", escaped(s.said), "</td><td>", escaped(s.right), "</td><td>", evidence_of(s, judged), "</td></tr>\n");
  return html + "</table>\n";
}

std::string section_of(const Judged& j) {
  const Experiment& e = *j.experiment;
  std::string html = cat("<h2 id=\"", e.name, "\">", e.code, " ", e.name, " ", verdict_badge(j), "</h2>\n<p><b>Claim.</b> ", escaped(e.claim),
                         " <span class=\"quiet\">", escaped(e.source), "</span></p>\n");
  if (!e.published.empty()) html += cat("<p><b>Published.</b> ", escaped(e.published), "</p>\n");
  if (!e.criterion.empty()) html += cat("<p><b>Criterion,</b> stated before the run: ", escaped(e.criterion), "</p>\n");
  if (j.finding) {
    html += cat("<p><b>Found.</b> ", escaped(j.finding->sentence), "</p>\n");
    for (const Chart& c : j.finding->charts) html += svg_of(c);
    for (const HeatMap& m : j.finding->maps) html += svg_of(m);
    if (!j.finding->tables.empty()) html += "<details><summary>Numbers</summary>\n";
    for (const Table& t : j.finding->tables) html += html_of(t);
    if (!j.finding->tables.empty()) html += "</details>\n";
  }
  return html + cat("<p class=\"quiet\">", j.finished, " cells, ", duration_text(j.seconds), " of computing; again: <code>gimbal lab run ", e.name,
                    "</code></p>\n");
}

std::string csv_of(const Table& table) {
  const auto line = [](const std::vector<std::string>& fields) {
    std::string text;
    for (const std::string& f : fields) {
      std::string quoted;
      for (const char c : f) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += cat(text.empty() ? "" : ",", "\"", quoted, "\"");
    }
    return text + "\n";
  };
  std::string csv = line(table.columns);
  for (const auto& row : table.rows) csv += line(row);
  return csv;
}

std::string numbered(const Judged& j, size_t i, size_t count, std::string_view ending) {
  return count == 1 ? cat(j.experiment->name, ending) : cat(j.experiment->name, "-", i + 1, ending);
}

}  // namespace

std::string html_of(const std::vector<Judged>& judged) {
  std::string html = cat("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>gimbal lab</title><style>", kStyle,
                         "</style></head><body>\n<h1>gimbal lab</h1>\n<p class=\"quiet\">", escaped(processor_name()), ", gimbal ", build_commit(),
                         ". Medians and ranges over seeds; a verdict needs three seeds an arm; each criterion says what it compares, ranges that lie "
                         "apart or medians.</p>\n");
  html += statements_table(judged) +
          "<h2>The experiments</h2>\n<table class=\"wide\"><tr><th></th><th>experiment</th><th>verdict</th><th>found</th></tr>\n";
  for (const Judged& j : judged)
    html += cat("<tr><td>", j.experiment->code, "</td><td><a href=\"#", j.experiment->name, "\">", j.experiment->name, "</a></td><td>",
                verdict_badge(j), "</td><td>", j.finding ? escaped(j.finding->sentence) : "", "</td></tr>\n");
  html += "</table>\n";
  for (const Judged& j : judged) html += section_of(j);
  return html + "</body></html>\n";
}

std::string text_of(const std::vector<Judged>& judged) {
  std::string text;
  for (const Judged& j : judged) {
    text += cat(j.experiment->code, "  ", j.experiment->name, ": ", verdict_text(j), "\n");
    if (j.finding) text += cat("    ", j.finding->sentence, "\n");
  }
  return text;
}

void write_report(const fs::path& directory, const std::vector<Judged>& judged) {
  fs::create_directories(directory / "tables");
  fs::create_directories(directory / "charts");
  for (const Judged& j : judged) {
    if (!j.finding) continue;
    const Finding& f = *j.finding;
    for (size_t i = 0; i < f.tables.size(); ++i) write_file(directory / "tables" / numbered(j, i, f.tables.size(), ".csv"), csv_of(f.tables[i]));
    for (size_t i = 0; i < f.charts.size(); ++i) write_file(directory / "charts" / numbered(j, i, f.charts.size(), ".svg"), svg_of(f.charts[i]));
    for (size_t i = 0; i < f.maps.size(); ++i) write_file(directory / "charts" / numbered(j, i, f.maps.size(), "-map.svg"), svg_of(f.maps[i]));
  }
  write_file(directory / "report.html", html_of(judged));
}

}  // namespace gimbal::lab
