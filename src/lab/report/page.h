// The lab's report: one HTML file without a network, its numbers as CSV, its charts as SVG.
#pragma once

#include <string>
#include <vector>

#include "core/files.h"
#include "lab/runner.h"

namespace gimbal::lab {

/// The statements with what was found, then each experiment: claim, verdict, numbers, charts, how to run it again.
std::string html_of(const std::vector<Judged>& judged);
/// As the terminal shows it: a line an experiment.
std::string text_of(const std::vector<Judged>& judged);
/// report.html, tables/*.csv and charts/*.svg.
void write_report(const fs::path& directory, const std::vector<Judged>& judged);

}  // namespace gimbal::lab
