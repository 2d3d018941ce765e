// What the lab's atlas (experiment X1, lab/experiments/atlas.cc) knows of a design: up to which rate small models of it learned.
//
// atlas.inc beside this file is the atlas as it was last computed, a line a design and depth; `gimbal lab atlas -o LAB > src/lab/doctor/atlas.inc`
// writes it from the finished cells of a lab's store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lab/store.h"
#include "layers/architecture.h"

namespace gimbal::lab {

/// Rates of AdamW without warm-up or clipping, models of kAtlasWidth, kAtlasSteps steps. "Learned": the last losses are below the entropy of the
/// token frequencies.
struct AtlasRow {
  std::string_view scheme, norm;  // lab/stand/scheme.h, model.norm.kind
  int64_t layers, seeds;
  double largest, least, most;  // the largest rate that learned, on a grid of powers of two: median over seeds, range; 0 where none did
  double best, above_floor;     // the rate of the least loss, and that loss in nats above the entropy of the source: medians; NaN where none learned
};
constexpr int64_t kAtlasWidth = 64, kAtlasSteps = 120;

std::span<const AtlasRow> atlas_rows();
/// Of the model's placement, residual rule, QK-norm and norm, the deepest row that is not deeper than the model. Null where the atlas does not know
/// it: encoders, norms that differ between slots, designs that the lab has no name for.
const AtlasRow* find_in_atlas(const Architecture& a);
/// What the row says, with the model's own rate beside it, in two sentences.
std::string atlas_sentence(const AtlasRow& row, const Architecture& a, double rate);

/// The lines of atlas.inc: what is finished of the experiment's own cells.
std::string atlas_lines(const Store& store);

}  // namespace gimbal::lab
