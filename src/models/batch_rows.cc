// From the columns of a batch to tensors.
#include "models/batch_rows.h"

namespace gimbal {

TokenRows rows_of(const TokenBatch& batch, Device device) {
  auto segments = std::make_shared<std::vector<ops::Segment>>();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const auto i = static_cast<size_t>(s);
    const int64_t begin = batch.offsets[i], length = batch.offsets[i + 1] - begin;
    segments->push_back({begin, length, begin, length, batch.prefixes[i]});
  }
  TokenRows rows;
  rows.ids_n = Tensor::from_ints(batch.ids, device);
  rows.positions_n = Tensor::from_ints(batch.positions, device);
  rows.targets_n = Tensor::from_ints(batch.targets, device);
  if (!batch.types.empty()) rows.types_n = Tensor::from_ints(batch.types, device);
  if (!batch.block_positions.empty()) rows.block_positions_n = Tensor::from_ints(batch.block_positions, device);
  rows.segments = std::move(segments);
  if (batch.encoder) rows.encoder = std::make_shared<TokenRows>(rows_of(*batch.encoder, device));
  rows.labels = batch.labels;
  rows.values = batch.values;
  rows.span_begins = batch.span_begins;
  rows.span_ends = batch.span_ends;
  rows.choices = batch.choices;
  return rows;
}

}  // namespace gimbal
