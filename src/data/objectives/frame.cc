// Laying pairs out.
#include "data/objectives/frame.h"

#include "core/error.h"

namespace gimbal {

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
  first.ids.insert(first.ids.end(), target.begin(), target.end() - 1);
  first.targets.assign(source.size() - 1, kIgnoredTarget);
  first.targets.insert(first.targets.end(), target.begin(), target.end());
  if (frame == Frame::kPrefix) first.prefix = static_cast<int64_t>(source.size());
  batch.add(first);
}

}  // namespace gimbal
