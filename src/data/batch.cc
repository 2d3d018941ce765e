// Laying sequences end to end.
#include "data/batch.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {
namespace {

// A column that is empty while all its entries are 0.
void append(std::vector<int32_t>& column, const std::vector<int32_t>& added, int64_t rows_before, size_t count) {
  if (added.empty() && column.empty()) return;
  column.resize(static_cast<size_t>(rows_before));
  column.insert(column.end(), added.begin(), added.end());
  column.resize(static_cast<size_t>(rows_before) + count);
}

void add_window(const TokenShard& shard, const Window& window, TokenBatch& batch) {
  std::vector<int32_t> tokens(static_cast<size_t>(window.count));
  shard.copy(window.begin, tokens);
  batch.add_successors(tokens);
}

}  // namespace

void TokenBatch::add(const Sequence& s) {
  const int64_t before = rows();
  const size_t count = s.ids.size();
  const auto fits = [&](const std::vector<int32_t>& column) { return column.empty() || column.size() == count; };
  GIMBAL_ASSERT(count > 0 && fits(s.targets) && fits(s.types) && fits(s.positions) && fits(s.block_positions), count);
  ids.insert(ids.end(), s.ids.begin(), s.ids.end());
  targets.insert(targets.end(), s.targets.begin(), s.targets.end());
  targets.resize(ids.size(), kIgnoredTarget);
  positions.insert(positions.end(), s.positions.begin(), s.positions.end());
  for (auto i = static_cast<int32_t>(positions.size() - static_cast<size_t>(before)); positions.size() < ids.size(); ++i) positions.push_back(i);
  append(types, s.types, before, count);
  append(block_positions, s.block_positions, before, count);
  prefixes.push_back(s.prefix);
  offsets.push_back(rows());
}

void TokenBatch::add(const Sequence& source, const Sequence& target) {
  if (!encoder) encoder = std::make_shared<TokenBatch>();
  encoder->add(source);
  add(target);
}

void TokenBatch::add_successors(std::span<const int32_t> tokens) {
  GIMBAL_ASSERT(tokens.size() >= 2, tokens.size());
  Sequence s;
  s.ids.assign(tokens.begin(), tokens.end() - 1);
  s.targets.assign(tokens.begin() + 1, tokens.end());
  add(s);
}

TokenBatch batch_of(const Examples& examples, int64_t first, int64_t count) {
  TokenBatch batch;
  for (int64_t i = first; i < first + count; ++i) examples.add(i, batch);
  return batch;
}

void SampledWindows::add(int64_t number, TokenBatch& batch) const { add_window(sampler_.shard(), sampler_.at(number), batch); }

OrderedWindows::OrderedWindows(TokenShard shard, int64_t context) : shard_(std::move(shard)) {
  if (shard_.size() < 2)
    fail("the validation data has ", shard_.size(),
         " tokens, and two are the least that can be measured; use more data or a larger validation share");
  windows_ = Windows::over_stream(shard_, context);
}

void OrderedWindows::add(int64_t number, TokenBatch& batch) const { add_window(shard_, windows_[number], batch); }

}  // namespace gimbal
