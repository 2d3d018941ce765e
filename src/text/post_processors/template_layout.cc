// Laying out one text in place, and two by moving them.
#include "text/post_processors/template_layout.h"

#include "core/error.h"

namespace gimbal::text {
namespace {

enum class Side : uint8_t { kFront, kBack };

void insert(const SpecialTokens& special, Side side, Draft& draft) {
  const auto add = [side](auto& list, const auto& items) { list.insert(side == Side::kFront ? list.begin() : list.end(), items.begin(), items.end()); };
  add(draft.ids, special.ids);
  if (draft.tracking == Tracking::kOff) return;
  add(draft.offsets, std::vector<std::pair<int32_t, int32_t>>(special.ids.size(), {0, 0}));
  add(draft.surfaces, special.tokens);
}

}  // namespace

void lay_out_single(const Layout& layout, Draft& draft) {
  size_t text = 0;
  while (layout[text].text == PairPart::kNeither) ++text;
  for (size_t i = text; i-- > 0;) insert(layout[i].special, Side::kFront, draft);
  for (size_t i = text + 1; i < layout.size(); ++i) insert(layout[i].special, Side::kBack, draft);
}

void lay_out_pair(const Layout& layout, std::vector<PairPart>& parts, AddSpecial add_special) {
  const Tracking tracking = parts.front().draft.tracking;
  std::vector<PairPart> laid;
  for (const LayoutPiece& piece : layout) {
    if (piece.text == PairPart::kNeither) {
      if (add_special == AddSpecial::kNo) continue;
      laid.push_back({{{}, {}, {}, tracking}, piece.type_id, piece.text});
      insert(piece.special, Side::kBack, laid.back().draft);
      continue;
    }
    for (PairPart& part : parts) {
      if (part.text != piece.text) continue;
      laid.push_back(std::move(part));
      laid.back().type_id = piece.type_id;
      break;
    }
  }
  parts = std::move(laid);
}

}  // namespace gimbal::text
