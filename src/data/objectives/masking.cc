// Choosing and hiding tokens as BERT does.
#include "data/objectives/masking.h"

#include <algorithm>
#include <cmath>

namespace gimbal {
namespace {

constexpr double kMasked = 0.8, kRandom = 0.1;  // the rest stays as it is

// Neighbouring rows that are chosen together.
struct Unit {
  size_t begin, end;
};

std::vector<Unit> units_of(const std::vector<int32_t>& ids, Choice choice, const RoleIds& roles) {
  std::vector<Unit> units;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (roles.is_special(ids[i])) continue;
    const bool joins = choice == Choice::kWords && !units.empty() && units.back().end == i && roles.continues_word(ids[i - 1], ids[i]);
    joins ? void(++units.back().end) : units.push_back({i, i + 1});
  }
  return units;
}

int32_t reading(int32_t token, const RoleIds& roles, Rng& rng) {
  const double draw = rng.uniform();
  if (draw < kMasked) return *roles.mask;
  return draw < kMasked + kRandom ? roles.random_ordinary(rng) : token;
}

}  // namespace

void mask_tokens(Sequence& sequence, const Masking& masking, const RoleIds& roles, Rng rng) {
  std::vector<Unit> units = units_of(sequence.ids, masking.choice, roles);
  sequence.targets.assign(sequence.ids.size(), kIgnoredTarget);
  size_t tokens = 0, chosen = 0;
  for (const Unit& unit : units) tokens += unit.end - unit.begin;
  const auto wanted = std::max<size_t>(1, static_cast<size_t>(std::nearbyint(masking.rate * static_cast<double>(tokens))));
  for (size_t i = 0; i < units.size() && chosen < wanted; ++i) {
    std::swap(units[i], units[i + static_cast<size_t>(rng.below(units.size() - i))]);
    const Unit unit = units[i];
    // Where no word fits, the last one drawn is taken all the same.
    if (chosen + unit.end - unit.begin > wanted && !(chosen == 0 && i + 1 == units.size())) continue;
    chosen += unit.end - unit.begin;
    for (size_t row = unit.begin; row < unit.end; ++row) {
      sequence.targets[row] = sequence.ids[row];
      sequence.ids[row] = reading(sequence.ids[row], roles, rng);
    }
  }
}

}  // namespace gimbal
