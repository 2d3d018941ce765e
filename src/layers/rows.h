// What a model reads: sequences laid end to end without padding, and what is wanted of them.
#pragma once

#include <memory>
#include <vector>

#include "layers/flow.h"

namespace gimbal {

/// n token rows of b sequences. Tensors are i32 unless said otherwise; those that a model or a head does not ask for stay undefined.
struct TokenRows {
  Tensor ids_n, positions_n;
  Tensor types_n;                                             // segment of each token (BERT); 0 when undefined
  Tensor block_positions_n;                                   // place within its blank (GLM); 0 when undefined
  std::shared_ptr<const std::vector<ops::Segment>> segments;  // one a sequence; a prefix stands in it
  std::shared_ptr<const TokenRows> encoder;                   // an encoder-decoder's source: as many sequences as here

  // What heads compare with. Negative: not counted.
  Tensor targets_n;                             // of each row
  Tensor weights_n;                             // f32 weight of each row's loss; 1 when undefined
  std::vector<int32_t> labels;                  // of each sequence; choice and double: of each group; embed: the sequence of its positive, or -1
  std::vector<double> values;                   // regress, rerank: of each sequence; embed: of each two
  std::vector<int32_t> span_begins, span_ends;  // span: rows within each sequence
  std::vector<int32_t> summary_places;          // row within each sequence that stands for it; the first or last one when empty
  int64_t choices = 1;                          // choice and double: sequences that form a group

  /// Distillation: a teacher for each of the head's linear maps (Head::maps), or none.
  std::shared_ptr<const std::vector<ops::Teacher>> teachers;
  const ops::Teacher* teacher(size_t map) const { return teachers ? &teachers->at(map) : nullptr; }

  int64_t rows() const { return ids_n.elements(); }
  int64_t sequences() const { return static_cast<int64_t>(segments->size()); }
  Tensor types() const { return types_n ? types_n : zeros(); }
  Tensor block_positions() const { return block_positions_n ? block_positions_n : zeros(); }

 private:
  Tensor zeros() const { return Tensor::from_ints(std::vector<int32_t>(static_cast<size_t>(rows())), ids_n.device()); }
};

}  // namespace gimbal
