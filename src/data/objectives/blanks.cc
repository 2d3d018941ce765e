// Writing a text with blanks.
#include "data/objectives/blanks.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {

Sequence lay_out_blanks(std::span<const int32_t> text, const std::vector<Blank>& blanks, const BlankIds& ids) {
  std::vector<size_t> by_place(blanks.size());  // indices of blanks as they stand in the text
  for (size_t i = 0; i < blanks.size(); ++i) by_place[i] = i;
  std::sort(by_place.begin(), by_place.end(), [&](size_t a, size_t b) { return blanks[a].begin < blanks[b].begin; });

  Sequence s;
  std::vector<int32_t> mask_place(blanks.size());
  const auto copy = [&](int64_t begin, int64_t end) { s.ids.insert(s.ids.end(), text.begin() + begin, text.begin() + end); };
  int64_t at = 0;
  for (const size_t i : by_place) {
    GIMBAL_ASSERT(at <= blanks[i].begin && blanks[i].begin <= blanks[i].end, at, ", ", blanks[i].begin, ", ", blanks[i].end);
    copy(at, blanks[i].begin);
    mask_place[i] = static_cast<int32_t>(s.ids.size());
    s.ids.push_back(ids.mask);
    at = blanks[i].end;
  }
  copy(at, static_cast<int64_t>(text.size()));

  s.prefix = static_cast<int64_t>(s.ids.size());
  s.targets.assign(s.ids.size(), kIgnoredTarget);
  s.block_positions.assign(s.ids.size(), 0);
  for (int32_t i = 0; i < static_cast<int32_t>(s.prefix); ++i) s.positions.push_back(i);
  for (size_t i = 0; i < blanks.size(); ++i) {
    const auto hidden = text.subspan(static_cast<size_t>(blanks[i].begin), static_cast<size_t>(blanks[i].end - blanks[i].begin));
    s.ids.push_back(ids.piece_start);
    s.ids.insert(s.ids.end(), hidden.begin(), hidden.end());
    s.targets.insert(s.targets.end(), hidden.begin(), hidden.end());
    s.targets.push_back(ids.piece_end);
    s.positions.resize(s.ids.size(), mask_place[i]);
    for (size_t step = 1; step <= hidden.size() + 1; ++step) s.block_positions.push_back(static_cast<int32_t>(step));
  }
  return s;
}

}  // namespace gimbal
