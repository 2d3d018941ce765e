// Comparing and listing.
#include "lab/side_by_side.h"

#include <cmath>

#include "core/error.h"
#include "lab/judging.h"

namespace gimbal::lab {
namespace {

bool near(double reference, double ours, const Scatter& s) {
  if (!std::isfinite(reference) || !std::isfinite(ours)) return !std::isfinite(reference) && !std::isfinite(ours);
  if (std::abs(ours - reference) <= std::max(s.difference, s.share * std::abs(reference))) return true;
  const double ratio = ours / reference;
  return ratio > 0 && ratio <= s.factor && ratio >= 1 / s.factor;
}

}  // namespace

SideBySide::SideBySide(std::string title, std::vector<std::string> settings, std::string scatter)
    : table_{std::move(title), std::move(settings), {}}, scatter_(std::move(scatter)) {
  for (const char* column : {"an independent PyTorch run", "gimbal", "within"}) table_.columns.emplace_back(column);
}

void SideBySide::add(std::vector<std::string> settings, double reference, const Spread& ours, const Scatter& scatter) {
  const bool within = near(reference, ours.median, scatter);
  const bool in_our_range = !within && reference >= ours.least && reference <= ours.most;
  within_ += within;
  in_our_range_ += in_our_range;
  settings.push_back(number_text(reference));
  settings.push_back(spread_text(ours));
  settings.emplace_back(within ? "yes" : in_our_range ? "seeds" : "no");
  GIMBAL_ASSERT(settings.size() == table_.columns.size(), "a row of ", table_.title, " has ", settings.size(), " columns");
  table_.rows.push_back(std::move(settings));
}

std::string SideBySide::sentence() const {
  const size_t outside = compared() - within_ - in_our_range_;
  return cat("Of ", compared(), " numbers of an independent PyTorch run ", within_, " lie within ", scatter_,
             in_our_range_ ? cat(", ", in_our_range_, " more in the range of our seeds") : "",
             outside ? cat(", ", outside, " outside (the table says which)") : "", ".");
}

}  // namespace gimbal::lab
