// Rows of the atlas: found for a model, said in words, and written from the lab's store.
#include "lab/doctor/atlas.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "lab/experiment.h"
#include "lab/stand/scheme.h"
#include "train/report_readings.h"

namespace gimbal::lab {
namespace {

constexpr AtlasRow kAtlas[] = {
#include "lab/doctor/atlas.inc"
};

bool norms_differ(const SlotNorms& s) { return s.embed || s.before || s.inside || s.out || s.after || s.final; }

// What the atlas's models leave at its default.
bool has_usual_constants(const Architecture& a) {
  const Architecture usual;
  return !a.residual.alpha && !a.residual.beta && a.residual.form == usual.residual.form && a.weights == usual.weights &&
         a.post_share == usual.post_share && a.norm.alpha == usual.norm.alpha;
}

bool is_of_scheme(const Architecture& a, std::string_view scheme) {
  const Json settings = parse_json(scheme_named(std::string(scheme)).settings, "the lab's schemes");
  const std::string residual = settings.contains("residual") ? settings["residual"]["kind"].get<std::string>() : "add";
  return has_usual_constants(a) && a.placement == settings["placement"] && a.residual.kind == residual &&
         a.slot_norms.qk.has_value() == settings.contains("slot_norms");
}

// Powers of two in full, so that they are found again.
std::string exact_number(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return text.data();
}

std::string line_of(const Json& settings, const Results& at) {
  const Spread rate = at.spread("largest_stable_lr");
  const bool learned = rate.median > 0;
  const auto number = [&](double value) { return std::isfinite(value) && learned ? short_number(value) : std::string("NAN"); };
  return cat("{", settings["scheme"].dump(), ", ", settings["norm"].dump(), ", ", settings["layers"].dump(), ", ", at.all().size(), ", ",
             exact_number(rate.median), ", ", exact_number(rate.least), ", ", exact_number(rate.most), ", ", number(at.median("best_lr")), ", ",
             number(at.median("best_above_floor")), "},\n");
}

}  // namespace

std::span<const AtlasRow> atlas_rows() { return kAtlas; }

const AtlasRow* find_in_atlas(const Architecture& a) {
  if (a.encoder_layers > 0 || a.mask != "causal" || norms_differ(a.slot_norms)) return nullptr;
  const AtlasRow* found = nullptr;
  for (const AtlasRow& row : kAtlas)
    if (row.norm == a.norm.kind && row.layers <= a.layers && (!found || row.layers > found->layers) && is_of_scheme(a, row.scheme)) found = &row;
  return found;
}

// Nothing is scaled. That deeper mostly bears no more is what the atlas itself shows; that wider bears less is Adam's: each coordinate moves by the
// rate, and what a layer of n inputs moves by grows with n (arXiv:2203.03466).
std::string atlas_sentence(const AtlasRow& row, const Architecture& a, double rate) {
  const std::string seeds = row.seeds == 1 ? "one seed" : cat(row.seeds, " seeds");
  const std::string range = row.least == row.most ? seeds : cat(short_number(row.least), " to ", short_number(row.most), " over ", seeds);
  const std::string design =
      cat("the lab's atlas has this design (scheme ", row.scheme, ", norm ", row.norm, ") at ", row.layers, " layers, width ", kAtlasWidth);
  if (row.most == 0) return cat(design, ": it learned at no rate in ", kAtlasSteps, " steps without warm-up (", seeds, ").");
  if (row.largest == 0)
    return cat(design, ": under most of ", seeds, " it learned at no rate in ", kAtlasSteps, " steps without warm-up, and at most at ",
               short_number(row.most), ".");
  const std::string yours = rate > 0 ? cat("; yours is ", short_number(rate), " at ", a.layers, " layers, width ", a.width) : "";
  const char* caution = a.width > kAtlasWidth || a.layers > row.layers ? " Deeper and wider models mostly bear no more." : "";
  return cat(design, ": ", kAtlasSteps, " steps of AdamW without warm-up learned up to a rate of ", short_number(row.largest), " (", range,
             "), and best at ", short_number(row.best), yours, ".", caution);
}

std::string atlas_lines(const Store& store) {
  const Experiment& atlas = experiment_named("atlas");
  std::vector<Result> finished;
  std::vector<Json> designs;
  for (const Cell& cell : atlas.cells(Size::kLong)) {
    std::optional<Result> result = store.find(atlas, cell);
    if (!result) continue;
    finished.push_back(std::move(*result));
    if (designs.empty() || designs.back() != cell.settings) designs.push_back(cell.settings);
  }
  const Results all(std::move(finished));
  std::string lines =
      "// Made by `gimbal lab atlas`: scheme, norm, layers, seeds, largest rate that learned (median, least, most), best rate, its nats above the "
      "floor.\n";
  for (const Json& settings : designs) lines += line_of(settings, all.where(settings));
  return lines;
}

}  // namespace gimbal::lab
