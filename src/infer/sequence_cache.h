// Keys and values of many sequences of different lengths in one cache: each sequence owns a run of rows, which moves to a larger one when it is full.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "layers/architecture.h"
#include "layers/flow.h"

namespace gimbal {

class SequenceCache {
 public:
  using Id = size_t;

  /// One tensor a layer, [rows, 2 kv_heads head_width] of `dtype`; no rows yet.
  SequenceCache(const Architecture& a, DType dtype, Device device);

  /// A new, empty sequence with room for `capacity` tokens at first.
  Id open(int64_t capacity);
  /// Gives the rows back; the id may be used again.
  void close(Id id);

  int64_t length(Id id) const { return at(id).length; }
  /// Row of the sequence's first token. Valid until the next open() or append().
  int64_t row_begin(Id id) const { return at(id).begin; }

  /// Makes the sequence `count` tokens longer; what their rows hold is for the caller to write. A full run of rows at least doubles, so that a token
  /// is copied a constant number of times on average.
  void append(Id id, int64_t count);
  /// Forgets the tokens from `length` on.
  void truncate(Id id, int64_t length);
  /// Tokens [begin, end) of `to` become those of `from`. Both are that long already.
  void copy(Id from, Id to, int64_t begin, int64_t end);
  /// All tokens of `id` get the rows of `layers` (one tensor a layer, as wide and of the type of the cache) from row `first` on.
  void fill(Id id, std::span<const Tensor> layers, int64_t first);

  KeyValueCache& tensors() { return tensors_; }
  int64_t rows() const { return rows_; }

 private:
  struct Run {
    int64_t begin = 0, capacity = 0, length = 0;
    bool open = false;
  };
  const Run& at(Id id) const;
  Run& at(Id id) { return const_cast<Run&>(std::as_const(*this).at(id)); }
  int64_t find_rows(int64_t count);
  void make_rows(int64_t rows);
  void copy_rows(int64_t from, int64_t to, int64_t count);

  int64_t width_;
  DType dtype_;
  Device device_;
  int64_t rows_ = 0;
  std::vector<Run> runs_;
  KeyValueCache tensors_;
};

}  // namespace gimbal
