// Laying pairs out.
#include "data/objectives/frame.h"

#include "core/error.h"
#include "data/objectives/blanks.h"

namespace gimbal {

namespace {

void drop_last_row(Sequence& s) {
  for (std::vector<int32_t>* column : {&s.ids, &s.targets, &s.positions, &s.block_positions}) column->pop_back();
}

}  // namespace

std::vector<int32_t> opened(std::vector<int32_t> source, Frame frame, const RoleIds& roles) {
  if (frame == Frame::kBlank) source.insert(source.begin(), *roles.cls);
  return source;
}

void add_pair(std::span<const int32_t> source, std::span<const int32_t> target, Frame frame, const RoleIds& roles, TokenBatch& batch) {
  GIMBAL_ASSERT(!source.empty() && !target.empty(), source.size(), " and ", target.size());
  Sequence first, second;
  first.ids.assign(source.begin(), source.end());
  if (frame == Frame::kEncoderDecoder) {
    second.ids.push_back(*roles.start);
    second.ids.insert(second.ids.end(), target.begin(), target.end() - 1);
    second.targets.assign(target.begin(), target.end());
    batch.add(first, second);
    return;
  }
  if (frame == Frame::kBlank) {
    const bool ends = roles.eos && target.back() == *roles.eos;
    first.ids.insert(first.ids.end(), target.begin(), target.end());
    const auto begin = static_cast<int64_t>(source.size()), end = begin + static_cast<int64_t>(target.size()) - (ends ? 1 : 0);
    first.ids.resize(static_cast<size_t>(end));
    first = lay_out_blanks(first.ids, {{begin, end}}, {*roles.document_mask, *roles.piece_start, *roles.piece_end});
    if (!ends) drop_last_row(first);
    batch.add(first);
    return;
  }
  first.ids.insert(first.ids.end(), target.begin(), target.end() - 1);
  first.targets.assign(source.size() - 1, kIgnoredTarget);
  first.targets.insert(first.targets.end(), target.begin(), target.end());
  if (frame == Frame::kPrefix) first.prefix = static_cast<int64_t>(source.size());
  batch.add(first);
}

}  // namespace gimbal
