// Runs of rows: first fit into the gaps, else the tensors grow.
#include "infer/sequence_cache.h"

#include <algorithm>
#include <cstring>

namespace gimbal {

SequenceCache::SequenceCache(const Architecture& a, DType dtype, Device device)
    : width_(2 * a.kv_head_count() * a.width_of_head()), dtype_(dtype), device_(device) {
  tensors_.layers.resize(static_cast<size_t>(a.layers));
  make_rows(0);
}

const SequenceCache::Run& SequenceCache::at(Id id) const {
  GIMBAL_ASSERT(id < runs_.size() && runs_[id].open, "sequence ", id, " is not open");
  return runs_[id];
}

SequenceCache::Id SequenceCache::open(int64_t capacity) {
  const int64_t begin = find_rows(capacity);
  const auto unused = std::find_if(runs_.begin(), runs_.end(), [](const Run& r) { return !r.open; });
  const auto id = static_cast<Id>(unused - runs_.begin());
  if (unused == runs_.end()) runs_.emplace_back();
  runs_[id] = {begin, capacity, 0, true};
  return id;
}

void SequenceCache::close(Id id) { at(id) = {}; }

void SequenceCache::append(Id id, int64_t count) {
  const int64_t needed = at(id).length + count;
  if (needed > at(id).capacity) {
    const int64_t capacity = std::max(needed, 2 * at(id).capacity);
    const int64_t begin = find_rows(capacity);
    copy_rows(at(id).begin, begin, at(id).length);
    at(id).begin = begin;
    at(id).capacity = capacity;
  }
  at(id).length = needed;
}

void SequenceCache::truncate(Id id, int64_t length) {
  GIMBAL_ASSERT(length <= at(id).length);
  at(id).length = length;
}

void SequenceCache::copy(Id from, Id to, int64_t begin, int64_t end) {
  GIMBAL_ASSERT(end <= at(from).length && end <= at(to).length);
  copy_rows(at(from).begin + begin, at(to).begin + begin, end - begin);
}

void SequenceCache::fill(Id id, std::span<const Tensor> layers, int64_t first) {
  const int64_t row_bytes = width_ * size_of(dtype_);
  for (size_t l = 0; l < tensors_.layers.size(); ++l) {
    const Tensor &from = layers[l], &to = tensors_.layers[l];
    GIMBAL_ASSERT(from.dtype() == dtype_ && from.cols() == width_ && first + at(id).length <= from.rows());
    std::memcpy(static_cast<std::byte*>(to.raw()) + at(id).begin * row_bytes, static_cast<const std::byte*>(from.raw()) + first * row_bytes,
                static_cast<size_t>(at(id).length * row_bytes));
  }
}

// The first gap between open runs that holds `count` rows, or new rows at the end.
int64_t SequenceCache::find_rows(int64_t count) {
  std::vector<const Run*> open;
  for (const Run& r : runs_)
    if (r.open) open.push_back(&r);
  std::sort(open.begin(), open.end(), [](const Run* a, const Run* b) { return a->begin < b->begin; });
  int64_t gap = 0;
  for (const Run* r : open) {
    if (r->begin - gap >= count) return gap;
    gap = std::max(gap, r->begin + r->capacity);
  }
  if (rows_ - gap < count) make_rows(std::max(gap + count, 2 * rows_));
  return gap;
}

void SequenceCache::make_rows(int64_t rows) {
  for (Tensor& layer : tensors_.layers) {
    Tensor longer(Shape{rows, width_}, dtype_, device_);
    if (rows_ > 0) std::memcpy(longer.raw(), layer.raw(), static_cast<size_t>(layer.bytes()));
    layer = longer;
  }
  rows_ = rows;
}

void SequenceCache::copy_rows(int64_t from, int64_t to, int64_t count) {
  const int64_t row_bytes = width_ * size_of(dtype_);
  if (from == to || count == 0) return;
  for (const Tensor& layer : tensors_.layers) {
    auto* base = static_cast<std::byte*>(layer.raw());
    std::memcpy(base + to * row_bytes, base + from * row_bytes, static_cast<size_t>(count * row_bytes));
  }
}

}  // namespace gimbal
