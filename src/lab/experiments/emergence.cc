// E28: exact match and the likelihood of the same answers over six sizes: an ability that seems to appear at once, and what it is made of.
#include <algorithm>
#include <array>

#include "data/objectives/frame.h"
#include "infer/loglikelihood.h"
#include "lab/judging.h"
#include "lab/sources/scene_texts.h"
#include "lab/sources/world_words.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace emergence_study {

constexpr uint64_t kAskedSeed = 900040;
constexpr int64_t kAsked = 192;
constexpr double kTimes = 3, kLeastRise = 0.5, kJump = 0.5;  // of the criterion

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto task = [](const char* name, const std::vector<Json>& widths, int64_t steps, const std::vector<Json>& rates, int64_t seeds) {
    return grid({{"task", {name}}, {"width", widths}, {"steps", {steps}}, {"lr", rates}}, seeds);
  };
  const std::vector<Json> widths = {8, 12, 16, 24, 32, 48};
  const std::vector<Cell> small = together(task("addition", widths, 1000, {5e-3, 1e-2}, 3), task("question", widths, 250, {5e-3, 1e-2}, 3));
  if (size == Size::kStandard) return small;
  return together(small, together(task("addition", widths, 6000, {3e-3, 1e-2}, 3), task("question", widths, 2000, {3e-3, 1e-2}, 3)));
}

// What is asked, and the answer: both as ids.
struct Asked {
  std::vector<int32_t> source, answer;
};

// The digits of the sum from the last to the first, as one writes them when carrying.
Asked addition(Rng rng) {
  constexpr int32_t kPlus = 10, kEquals = 11;
  Asked asked;
  const std::array<uint64_t, 2> parts = {rng.below(1000), rng.below(1000)};
  const auto digits = [](uint64_t number, int count, std::vector<int32_t>& to) {
    for (; count > 0; --count, number /= 10) to.push_back(static_cast<int32_t>(number % 10));
  };
  digits(parts[0], 3, asked.source);
  asked.source.push_back(kPlus);
  digits(parts[1], 3, asked.source);
  asked.source.push_back(kEquals);
  digits(parts[0] + parts[1], 4, asked.answer);
  return asked;
}

Asked question(Rng rng) {
  const AskedScene scene = asked_scene(rng);
  const WorldWords& words = WorldWords::get();
  return {words.ids(cat(scene.text, " ", scene.question)), words.ids(scene.answer)};
}

class AskedExamples final : public Examples {
 public:
  AskedExamples(Asked (*ask)(Rng), uint64_t seed) : ask_(ask), random_(seed, "asked") {}
  int64_t size() const override { return int64_t{1} << 40; }
  void add(int64_t number, TokenBatch& batch) const override {
    const Asked asked = at(number);
    add_pair(asked.source, asked.answer, Frame::kCausal, {}, batch);
  }
  Asked at(int64_t number) const { return ask_(random_.child(static_cast<uint64_t>(number))); }

 private:
  Asked (*ask_)(Rng);
  Rng random_;
};

Measured measure(const Cell& cell) {
  const bool sums = cell.text("task") == "addition";
  constexpr int64_t kSymbols = 12, kLongest = 128;
  Training t;
  t.model = text_transformer("pre", 2, cell.count("width"), sums ? kSymbols : WorldWords::get().vocab());
  t.model["heads"] = 4;
  t.model["context"] = kLongest;
  if (sums) t.model["positions"] = {{"kind", "learned"}};
  const auto ask = sums ? addition : question;
  t.examples = std::make_shared<AskedExamples>(ask, static_cast<uint64_t>(cell.seed));
  t.steps = cell.count("steps");
  t.sequences = sums ? 64 : 16;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 50}}}};
  const Trained trained = train(t);

  const AskedExamples held_out(ask, kAskedSeed);
  std::vector<ContextAndContinuation> pairs;
  for (int64_t i = 0; i < kAsked; ++i) {
    Asked asked = held_out.at(i);
    pairs.push_back({std::move(asked.source), std::move(asked.answer)});
  }
  Decoder decoder(*trained.model, DType::kF32);
  double exact = 0, nats = 0, tokens = 0;
  for (const Loglikelihood& found : loglikelihood(decoder, {}, pairs)) {
    exact += found.greedy == Loglikelihood::Greedy::kYes;
    nats -= found.log_prob;
    tokens += static_cast<double>(found.tokens);
  }
  double weights = 0;
  for (const Parameter& p : trained.model->parameters().all())
    if (p.name.starts_with("block.")) weights += static_cast<double>(p.shape.elements());
  return {{{"exact", exact / kAsked}, {"nats", nats / tokens}, {"loss", trained.end_loss}, {"weights", weights}}, {}};
}

// The curves of one task at each width's best rate, as shares of their whole rise from the smallest to the largest size.
struct Curves {
  std::vector<double> weights, exact, nats;
  static double rise(const std::vector<double>& values) { return std::ranges::max(values) - std::ranges::min(values); }
  static double largest_step(const std::vector<double>& values) {
    double most = 0;
    for (size_t i = 1; i < values.size(); ++i) most = std::max(most, std::abs(values[i] - values[i - 1]));
    return most / rise(values);
  }
  bool exact_jumps() const { return rise(exact) > kLeastRise && largest_step(exact) > kJump; }
  bool likelihood_jumps() const { return largest_step(nats) > kJump; }
  bool only_exact_jumps() const { return rise(exact) > kLeastRise && largest_step(exact) > kTimes * largest_step(nats); }
};

Curves curves_of(const Results& task) {
  Curves c;
  for (const Json& width : task.values_of("width")) {
    const Results at = task.where({{"width", width}});
    c.weights.push_back(at.median("weights")), c.exact.push_back(at.median("exact")), c.nats.push_back(at.median("nats"));
  }
  return c;
}

Finding judge(const Results& all) {
  Finding finding;
  std::vector<std::string> parts;
  bool claimed = false, sudden = false;
  for (const char* name : {"addition", "question"}) {
    const Results run = all.where({{"task", name}}), longest = run.where({{"steps", run.values_of("steps").back()}}),
                  task = at_best(longest, {"width"}, "nats");
    finding.tables.push_back(
        table_of(cat("Exact match, nats a token of the same answers: ", name), task, {"width", "lr"}, {"weights", "exact", "nats"}));
    const Curves c = curves_of(task);
    Chart chart{cat("Exact match and likelihood of the same answers: ", name),
                "weights of the blocks",
                "share of the answers, and nats a token",
                Scale::kLog,
                Scale::kLinear,
                {}};
    for (const char* number : {"exact", "nats"}) {
      auto& line = chart.series.emplace_back(Chart::Series{number, {}});
      for (const Json& width : task.values_of("width")) {
        const Results at = task.where({{"width", width}});
        const Spread s = at.spread(number);
        line.points.push_back({at.median("weights"), s.median, s.least, s.most});
      }
    }
    finding.charts.push_back(std::move(chart));
    claimed = claimed || c.only_exact_jumps();
    sudden = sudden || (c.exact_jumps() && c.likelihood_jumps());
    parts.push_back(cat(name, ": exact match ", number_text(c.exact.front()), " to ", number_text(c.exact.back()), ", its largest step ",
                        number_text(Curves::largest_step(c.exact)), " of its range; nats a token ", number_text(c.nats.front()), " to ",
                        number_text(c.nats.back()), ", largest step ", number_text(Curves::largest_step(c.nats))));
  }
  finding.verdict = verdict_of(claimed);
  finding.sentence = cat("Over six sizes, ", parts[0], "; ", parts[1], ".");
  finding.evidence = {{"S23", verdict_of(sudden), finding.sentence}};
  return finding;
}

}  // namespace emergence_study

Experiment emergence() {
  using namespace emergence_study;
  return {.name = "emergence",
          .code = "E28",
          .claim = "Exact match jumps at a size where the likelihood of the same answers rises evenly.",
          .source = "Wei et al. 2022, arXiv:2206.07682 (the jump); Schaeffer et al. 2023, arXiv:2304.15004 (the even likelihood)",
          .published = "",
          .criterion =
              "on three-digit addition or on questions about scenes, medians at each size's best rate: exact match spans more than 0.5 over the six "
              "sizes, and its largest step between neighbours, as a share of its range, is more than 3 times the largest such step of the mean "
              "log-likelihood a token. S23 counts as seen when in one of the tasks the largest steps of both are more than half of their ranges: a "
              "jump that is not the measure's",
          .cost = "2 s a cell; long: 10 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
