// Drawing.
#include "lab/report/svg.h"

#include <array>
#include <cstdio>

#include "core/error.h"
#include "lab/number_text.h"
#include "lab/report/axis.h"

namespace gimbal::lab {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

namespace {

// Distinguishable for most colour-blind readers (Okabe & Ito 2008), with dashes from the ninth series on.
constexpr std::array kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000"};
constexpr double kWidth = 720, kHeight = 400, kLeft = 70, kRight = 170, kTop = 34, kBottom = 52;

std::string px(double value) {
  char text[24];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text, std::string_view more = "") {
  return cat("<text x=\"", px(x), "\" y=\"", px(y), "\" text-anchor=\"", anchor, "\"", more, ">", escaped(text), "</text>\n");
}

std::string head(double width, double height, std::string_view title) {
  return cat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", px(width), " ", px(height), "\" width=\"", px(width), "\" height=\"",
             px(height), "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
             text_at(width / 2, 20, "middle", title, " font-size=\"14\" font-weight=\"bold\""));
}

std::string grid_of(const Axis& x, const Axis& y, const Chart& chart) {
  std::string svg;
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  for (const double v : x.ticks())
    svg += cat("<line x1=\"", px(x.pixel(v)), "\" x2=\"", px(x.pixel(v)), "\" y1=\"", px(kTop), "\" y2=\"", px(bottom), "\" stroke=\"#e4e4e4\"/>\n",
               text_at(x.pixel(v), bottom + 16, "middle", number_text(v)));
  for (const double v : y.ticks())
    svg += cat("<line x1=\"", px(kLeft), "\" x2=\"", px(right), "\" y1=\"", px(y.pixel(v)), "\" y2=\"", px(y.pixel(v)), "\" stroke=\"#e4e4e4\"/>\n",
               text_at(kLeft - 6, y.pixel(v) + 4, "end", number_text(v)));
  svg += text_at((kLeft + right) / 2, kHeight - 14, "middle", chart.x_name);
  svg += text_at(0, 0, "middle", chart.y_name, cat(" transform=\"translate(16 ", px((kTop + bottom) / 2), ") rotate(-90)\""));
  return svg;
}

std::string series_of(const Chart::Series& series, size_t index, const Axis& x, const Axis& y) {
  const char* colour = kColours[index % kColours.size()];
  const char* dash = index >= kColours.size() ? " stroke-dasharray=\"5 3\"" : "";
  std::string points, bars;
  for (const Chart::Point& p : series.points) {
    if (!x.can_show(p.x) || !y.can_show(p.median)) continue;
    points += cat(px(x.pixel(p.x)), ",", px(y.pixel(p.median)), " ");
    if (y.can_show(p.least) && y.can_show(p.most) && p.most > p.least)
      bars += cat("<line x1=\"", px(x.pixel(p.x)), "\" x2=\"", px(x.pixel(p.x)), "\" y1=\"", px(y.pixel(p.least)), "\" y2=\"", px(y.pixel(p.most)),
                  "\" stroke=\"", colour, "\" stroke-width=\"3\" opacity=\"0.4\"/>\n");
    if (series.points.size() <= 60)
      bars += cat("<circle cx=\"", px(x.pixel(p.x)), "\" cy=\"", px(y.pixel(p.median)), "\" r=\"3\" fill=\"", colour, "\"><title>",
                  escaped(series.name), ": ", number_text(p.median), " at ", number_text(p.x), "</title></circle>\n");
  }
  const double row = kTop + 10 + 17 * static_cast<double>(index);
  return cat("<polyline fill=\"none\" stroke=\"", colour, "\" stroke-width=\"1.6\"", dash, " points=\"", points, "\"/>\n", bars, "<line x1=\"",
             px(kWidth - kRight + 12), "\" x2=\"", px(kWidth - kRight + 32), "\" y1=\"", px(row), "\" y2=\"", px(row), "\" stroke=\"", colour,
             "\" stroke-width=\"2\"", dash, "/>\n", text_at(kWidth - kRight + 38, row + 4, "start", series.name));
}

// From white to a strong blue by way of green-blue; dark enough fields take white letters.
std::string colour_of(double share) {
  const double s = std::clamp(share, 0.0, 1.0);
  const auto part = [&](double white, double full) { return static_cast<int>(white + (full - white) * s); };
  return cat("rgb(", part(247, 8), ",", part(251, 64), ",", part(255, 129), ")");
}

}  // namespace

std::string svg_of(const Chart& chart) {
  Axis x(chart.x_scale, kLeft, kWidth - kRight), y(chart.y_scale, kHeight - kBottom, kTop);
  for (const auto& series : chart.series)
    for (const auto& p : series.points) {
      x.cover(p.x);
      for (const double v : {p.median, p.least, p.most}) y.cover(v);
    }
  std::string svg = head(kWidth, kHeight, chart.title) + grid_of(x, y, chart);
  for (size_t i = 0; i < chart.series.size(); ++i) svg += series_of(chart.series[i], i, x, y);
  return svg + "</svg>\n";
}

std::string svg_of(const HeatMap& map) {
  constexpr double kCellWidth = 74, kCellHeight = 26, kNames = 190, kHead = 84;
  const double width = kNames + kCellWidth * static_cast<double>(map.columns.size()) + 10;
  const double height = kHead + kCellHeight * static_cast<double>(map.rows.size()) + 10;
  Axis colour(map.scale, 0, 1);
  for (const auto& row : map.fields)
    for (const auto& field : row) colour.cover(field.value);
  std::string svg = head(width, height, map.title);
  for (size_t c = 0; c < map.columns.size(); ++c)
    svg += text_at(0, 0, "start", map.columns[c],
                   cat(" transform=\"translate(", px(kNames + kCellWidth * (static_cast<double>(c) + 0.45)), " ", px(kHead - 6), ") rotate(-28)\""));
  for (size_t r = 0; r < map.rows.size(); ++r) {
    const double top = kHead + kCellHeight * static_cast<double>(r);
    svg += text_at(kNames - 8, top + 17, "end", map.rows[r]);
    for (size_t c = 0; c < map.columns.size(); ++c) {
      const HeatMap::Field& field = map.fields[r][c];
      const double left = kNames + kCellWidth * static_cast<double>(c);
      const bool shown = colour.can_show(field.value);
      const double share = shown ? colour.share(field.value) : 0;
      svg += cat("<g><title>", escaped(map.rows[r]), ", ", escaped(map.columns[c]), ": ", escaped(field.note), "</title><rect x=\"", px(left),
                 "\" y=\"", px(top), "\" width=\"", px(kCellWidth - 1), "\" height=\"", px(kCellHeight - 1), "\" fill=\"",
                 shown ? colour_of(share) : "#eee", field.framed ? "\" stroke=\"#d33\" stroke-width=\"2" : "", "\"/>",
                 text_at(left + kCellWidth / 2, top + 17, "middle", field.text, share > 0.55 ? " fill=\"white\"" : ""), "</g>\n");
    }
  }
  return svg + "</svg>\n";
}

}  // namespace gimbal::lab
