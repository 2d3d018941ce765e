// Tasks whose answers need a known number of look-ups, one on top of the other, and how many of its blocks a model uses for them.
#pragma once

#include <memory>
#include <string>

#include "data/batch.h"
#include "lab/cell.h"

namespace gimbal::lab {

/// "1 hop", "3 hops": a cycle of 6 symbols; "S3 products of 4", "S5 products of 8": running products of permutations. Learned are all lengths up to
/// the task's, asked is the task's own; the floor is 0 nats.
struct KnownDepth {
  int64_t vocab = 0;
  int64_t length = 0;  // hops, or factors
  double guess = 0;
  std::shared_ptr<const Examples> learned, asked;
};
KnownDepth known_depth_task(const std::string& name, uint64_t seed);

/// Trains the cell's "scheme" ("layers", "width", "steps", "lr") on its "task" and reads the trained model on held-out sequences: "loss", the
/// stream's "mean_square_last" and "linear_r2" over the layers, "angle_first", "angle_last", "blocks_used" (blocks whose cut costs more than 0.05
/// nats), and curves of these by layer.
Measured use_of_depth(const Cell& cell);

}  // namespace gimbal::lab
