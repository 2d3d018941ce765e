// Strokes of ten digits, and how they are drawn.
#include "lab/data/glyphs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace gimbal::lab {
namespace {

struct Point {
  double x, y;  // right and down, in [0, 1]
};
using Stroke = std::vector<Point>;

// Part of an ellipse, from one angle to another (0: right, quarter turns clockwise as the picture is seen).
Stroke arc(Point center, double rx, double ry, double from, double to) {
  Stroke points;
  constexpr int kPieces = 12;
  for (int i = 0; i <= kPieces; ++i) {
    const double angle = std::numbers::pi / 2 * (from + (to - from) * i / kPieces);
    points.push_back({center.x + rx * std::cos(angle), center.y + ry * std::sin(angle)});
  }
  return points;
}

Stroke followed_by(Stroke stroke, const Stroke& more) {
  stroke.insert(stroke.end(), more.begin(), more.end());
  return stroke;
}

std::vector<Stroke> strokes_of(int digit) {
  switch (digit) {
    case 0:
      return {arc({0.5, 0.5}, 0.26, 0.38, 0, 4)};
    case 1:
      return {{{0.34, 0.28}, {0.54, 0.12}, {0.54, 0.88}}};
    case 2:
      return {followed_by(arc({0.5, 0.34}, 0.24, 0.22, -2, 0.4), {{0.26, 0.88}, {0.76, 0.88}})};
    case 3:
      return {arc({0.46, 0.31}, 0.24, 0.19, -1.8, 1), arc({0.46, 0.69}, 0.27, 0.19, -1, 1.8)};
    case 4:
      return {{{0.62, 0.88}, {0.62, 0.12}, {0.22, 0.62}, {0.8, 0.62}}};
    case 5:
      return {followed_by({{0.74, 0.12}, {0.32, 0.12}, {0.29, 0.46}}, arc({0.48, 0.65}, 0.26, 0.23, -1.3, 1.8))};
    case 6:
      return {followed_by({{0.64, 0.1}}, arc({0.5, 0.65}, 0.24, 0.23, -2.4, 1.8)), arc({0.5, 0.65}, 0.24, 0.23, 0, 4)};
    case 7:
      return {{{0.24, 0.12}, {0.76, 0.12}, {0.44, 0.88}}};
    case 8:
      return {arc({0.5, 0.3}, 0.2, 0.18, 0, 4), arc({0.5, 0.69}, 0.25, 0.2, 0, 4)};
    default:
      return {arc({0.5, 0.35}, 0.24, 0.23, 0, 4), followed_by({{0.74, 0.35}}, {{0.7, 0.62}, {0.5, 0.9}})};
  }
}

double distance_to_piece(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// A sample's own way of writing: p -> center + matrix (p - center) + shift.
struct Hand {
  double xx, xy, yx, yy, shift_x, shift_y, half_width;

  Hand(const GlyphSettings& s, Rng& rng) {
    const auto within = [&](double bound) { return bound * (2 * rng.uniform() - 1); };
    const double angle = within(s.turn), slant = within(s.slant), wide = 1 + within(s.stretch), tall = 1 + within(s.stretch);
    const double c = std::cos(angle), n = std::sin(angle);
    xx = c * wide, xy = (c * slant - n) * tall;
    yx = n * wide, yy = (n * slant + c) * tall;
    shift_x = within(s.shift), shift_y = within(s.shift);
    half_width = s.thinnest + (s.thickest - s.thinnest) * rng.uniform();
  }
  Point place(Point p) const {
    const double x = p.x - 0.5, y = p.y - 0.5;
    return {0.5 + xx * x + xy * y + shift_x, 0.5 + yx * x + yy * y + shift_y};
  }
};

void draw(int digit, const Hand& hand, double noise, Rng& rng, float* pixels) {
  std::vector<Stroke> strokes = strokes_of(digit);
  for (Stroke& stroke : strokes)
    for (Point& p : stroke) p = hand.place(p);
  constexpr double kEdge = 0.5 / static_cast<double>(kGlyphSide);  // over which ink fades
  for (int64_t y = 0; y < kGlyphSide; ++y)
    for (int64_t x = 0; x < kGlyphSide; ++x) {
      const Point p{(static_cast<double>(x) + 0.5) / kGlyphSide, (static_cast<double>(y) + 0.5) / kGlyphSide};
      double nearest = 1;
      for (const Stroke& stroke : strokes)
        for (size_t i = 1; i < stroke.size(); ++i) nearest = std::min(nearest, distance_to_piece(p, stroke[i - 1], stroke[i]));
      const double ink = std::clamp((hand.half_width + kEdge - nearest) / (2 * kEdge), 0.0, 1.0);
      pixels[y * kGlyphSide + x] = static_cast<float>(ink + noise * rng.normal());
    }
}

}  // namespace

Labelled make_glyphs(int64_t n, const GlyphSettings& settings, uint64_t seed) {
  Labelled set{Tensor(Shape{n, kGlyphPixels}, DType::kF32), {}};
  const Rng all(seed, "lab/glyphs");
  for (int64_t i = 0; i < n; ++i) {
    Rng rng = all.child(static_cast<uint64_t>(i));
    const auto digit = static_cast<int>(rng.below(kGlyphClasses));
    const Hand hand(settings, rng);
    draw(digit, hand, settings.noise, rng, set.x_nd.data<float>() + i * kGlyphPixels);
    set.labels.push_back(digit);
  }
  return set;
}

}  // namespace gimbal::lab
