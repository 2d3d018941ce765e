// Digits drawn by strokes into 8 x 8 images: ten classes, as many samples as wanted, no file.
//
// Each digit is a few lines and arcs in a unit square; a sample moves, turns, slants, stretches and thickens them, and adds noise to the pixels.
#pragma once

#include "lab/data/labelled.h"

namespace gimbal::lab {

constexpr int64_t kGlyphSide = 8, kGlyphPixels = kGlyphSide * kGlyphSide, kGlyphClasses = 10;

struct GlyphSettings {
  double shift = 0.08;                      // largest move, in parts of the image
  double turn = 0.25;                       // largest turn, radians
  double slant = 0.25;                      // largest shear
  double stretch = 0.15;                    // largest relative change of width and height
  double thinnest = 0.05, thickest = 0.11;  // half the width of a stroke
  double noise = 0.15;                      // deviation of what is added to each pixel

  template <class V>
  void fields(V&& v) {
    v("shift", shift, "largest move, in parts of the image");
    v("turn", turn, "largest turn, radians");
    v("slant", slant, "largest shear");
    v("stretch", stretch, "largest relative change of width and height");
    v("thinnest", thinnest, "least half width of a stroke, in parts of the image");
    v("thickest", thickest, "largest half width of a stroke");
    v("noise", noise, "deviation of the noise on each pixel");
  }
};

/// n images [n, 64], ink about 1 and paper about 0; classes in random order. Sample i depends on (seed, i) only.
Labelled make_glyphs(int64_t n, const GlyphSettings& settings, uint64_t seed);

}  // namespace gimbal::lab
