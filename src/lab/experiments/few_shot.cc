// E37: accuracy over demonstrations for three sizes of a decoder, weights untouched (arXiv:2005.14165 figure 1.2).
#include "lab/stand/few_shot.h"
#include <array>

#include "lab/judging.h"
#include "lab/sources/world_words.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace few_shot_study {

constexpr int64_t kTokens = 88, kContext = 256, kRunsAsked = 12;  // of a text; with 32 demonstrations; of eight questions each
const std::vector<int64_t> kShots = {0, 1, 4, 16, 32};
constexpr std::array kTopics = {std::pair{Topic::kWhere, "where"}, std::pair{Topic::kWhat, "what"}};

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto sizes = [](const std::vector<Json>& widths, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"width", widths}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = sizes({16, 32, 48}, 2400, {2e-3});
  return size == Size::kStandard ? small : together(small, sizes({16, 24, 32, 48, 64}, 4000, {1e-3, 2e-3, 4e-3}));
}

// Pretraining is next-token prediction on scenes and, in four examples of five, runs of demonstrations of both tasks, of which the labels count.
// Asked are runs that it did not contain; what a label word means is drawn anew for each run, so that only its demonstrations can tell.
Measured measure(const Cell& cell) {
  Training t;
  t.model = text_transformer("pre", 2, cell.count("width"), WorldWords::get().vocab());
  t.model["heads"] = 4;
  t.model["context"] = kContext;
  t.examples = world_text({.tokens = kTokens + 1, .runs = 0.8}, static_cast<uint64_t>(cell.seed));
  t.steps = cell.count("steps");
  t.sequences = 8;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"warmup_steps", 50}}}};
  const Trained trained = train(t);
  double weights = 0;
  for (const Parameter& p : trained.model->parameters().all()) weights += static_cast<double>(p.shape.elements());
  Measured m{{{"loss", trained.end_loss}, {"weights", weights}}, {{"loss", trained.losses}}};
  for (const auto& [topic, name] : kTopics)
    for (const int64_t shots : kShots) m.numbers[cat(name, "_", shots)] = few_shot_accuracy(*trained.model, topic, shots, kRunsAsked);
  return m;
}

Finding judge(const Results& all) {
  Finding finding;
  const Results best = at_best(all.where({{"steps", all.values_of("steps").back()}}), {"width"}, "loss");
  const std::vector<Json> widths = best.values_of("width");
  const auto right = [&](const Json& width, const char* topic, int64_t shots) {
    return best.where({{"width", width}}).spread(cat(topic, "_", shots));
  };
  bool holds = true;
  std::vector<std::string> parts;
  for (const auto& [topic, name] : kTopics) {
    std::vector<std::string> columns = {"weights", "loss"};
    Chart chart{cat("Right answers by demonstrations: ", name), "demonstrations", "share of right answers", Scale::kLinear, Scale::kLinear, {}};
    for (const int64_t shots : kShots) columns.push_back(cat(name, "_", shots));
    finding.tables.push_back(
        table_of(cat("Share of right answers behind 0, 1, 4, 16, 32 demonstrations: ", name, "; chance is 0.25"), best, {"width", "lr"}, columns));
    for (const Json& width : widths) {
      auto& line = chart.series.emplace_back(Chart::Series{cat("width ", value_text(width)), {}});
      for (const int64_t shots : kShots) {
        const Spread s = right(width, name, shots);
        line.points.push_back({static_cast<double>(shots), s.median, s.least, s.most});
      }
    }
    finding.charts.push_back(std::move(chart));
    const Spread least = right(widths.front(), name, 32), none = right(widths.back(), name, 0), most = right(widths.back(), name, 32);
    holds = holds && lies_below(none, most) && lies_below(least, most);
    parts.push_back(cat(name, ": the largest ", spread_text(none), " without and ", spread_text(most), " behind 32 demonstrations, the smallest ",
                        spread_text(least)));
  }
  finding.verdict = verdict_of(holds);
  finding.sentence =
      cat("Share of right answers, ", parts[0], "; ", parts[1],
          ". Pretraining holds runs of demonstrations of the same two tasks with other meanings of the label words; stories alone do not "
          "teach such small models to learn in context.");
  return finding;
}

}  // namespace few_shot_study

Experiment few_shot() {
  using namespace few_shot_study;
  return {.name = "few-shot",
          .code = "E37",
          .claim = "Behind more demonstrations a decoder answers better, and the larger it is, the more it makes of them.",
          .source = "Brown et al. 2020, arXiv:2005.14165, figure 1.2",
          .published = "",
          .criterion =
              "on both tasks, at each size's best rate (the standard size has one): the largest size has more right answers behind 32 demonstrations "
              "than without, and more than "
              "the smallest behind 32, ranges apart",
          .cost = "18 s a cell; long: 15 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
