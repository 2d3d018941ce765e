// The fixed parts of the report's page. CMake makes their definitions from src/train/report/ and the chart library's files.
#pragma once

#include <string_view>

namespace gimbal::report_assets {

extern const std::string_view kPage;          // report/page.html, with {{places}} to fill
extern const std::string_view kStyle;         // report/page.css
extern const std::string_view kScript;        // report/charts.js, heat_maps.js, page.js
extern const std::string_view kChartLibrary;  // dygraphs (MIT)
extern const std::string_view kChartStyle;

}  // namespace gimbal::report_assets
