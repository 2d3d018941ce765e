// E1b: how large the stream is before the first step: lemma 2 of arXiv:2002.04745 in its own setting.
#include <cmath>

#include "lab/judging.h"
#include "lab/side_by_side.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/streams.h"
#include "lab/stand/train.h"
#include "models/batch_rows.h"

namespace gimbal::lab {
namespace stream_at_init_study {

constexpr int64_t kWidth = 512, kTokens = 32, kLayers = 12, kVocab = 512;
constexpr int64_t kWatched[] = {1, 4, 8, 12};

std::vector<Cell> cells(Size size) { return grid({{"scheme", {"post", "pre"}}}, size == Size::kLong ? 8 : 4); }

// The lemma's Transformer: one head whose queries and keys are 0, so that every token takes the mean of all; an inner width of d.
std::unique_ptr<Model> model_of_lemma(const Cell& cell) {
  Json settings = small_transformer(cell.text("scheme"), kLayers, kWidth, 1, kVocab);
  settings["ffn_width"] = kWidth;
  settings["mask"] = "full";
  auto model = fresh_model(settings, cell.seed);
  for (int64_t layer = 0; layer < kLayers; ++layer) {
    float* rows = model->parameters().find(cat("block.", layer, ".attn.qkv.weight"))->value.data<float>();
    std::fill(rows, rows + 2 * kWidth * kWidth, 0.0f);
  }
  return model;
}

// Pre-LN: mean square of the stream behind a layer. Post-LN: of the sum that the norm behind the feed-forward branch reads. What it joins has mean
// square 1 and W2 is drawn apart from it, so that the sum's is 1 + (branch / stream)^2 in the mean.
Measured measure(const Cell& cell) {
  const auto model = model_of_lemma(cell);
  const TokenBatch batch = random_tokens(1, kTokens, kVocab, static_cast<uint64_t>(cell.seed));
  Measured m;
  std::vector<double>& squares = m.curves["mean_square"];
  if (cell.text("scheme") == "pre") {
    const std::vector<Tensor> states = streams(*model, batch);
    for (size_t layer = 1; layer < states.size(); ++layer) squares.push_back(mean_square(states[layer]));
  } else {
    Health health;
    health.layers.resize(static_cast<size_t>(kLayers));
    Flow flow;
    flow.health = &health;
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    model->hidden(tape, rows_of(batch, model->device()), flow);
    for (const LayerHealth& layer : health.layers) squares.push_back(1 + layer.ffn_ratio * layer.ffn_ratio);
  }
  for (const int64_t layer : kWatched) m.numbers[cat("layer_", layer)] = squares[static_cast<size_t>(layer - 1)];
  double sum = 0;
  for (const double square : squares) sum += square;
  m.numbers["mean"] = sum / static_cast<double>(squares.size());
  return m;
}

Finding judge(const Results& results) {
  const Spread post = results.where({{"scheme", "post"}}).spread("mean");
  const Results pre = results.where({{"scheme", "pre"}});
  Finding finding;
  // An independent PyTorch run: means of four seeds.
  const double references[] = {1.52, 3.92, 8.42, 13.43};
  SideBySide both("Side by side: mean square of the stream over the width", {"design", "layer", "bounds"}, "10 % (Post-LN 5 %)");
  both.add({"post", "all", "1.5"}, 1.5059, post, {.share = 0.05});
  bool bounded = post.least > 1.5 * 0.95 && post.most < 1.5 * 1.05;
  std::string sizes;
  for (size_t i = 0; i < std::size(kWatched); ++i) {
    const auto l = static_cast<double>(kWatched[i]);
    const Spread s = pre.spread(cat("layer_", kWatched[i]));
    both.add({"pre", cat(kWatched[i]), cat(number_text(1 + l / 2), " … ", number_text(1 + 1.5 * l))}, references[i], s, {.share = 0.1});
    bounded = bounded && s.least >= 1 + l / 2 && s.most <= 1 + 1.5 * l;
    sizes += cat(sizes.empty() ? "" : ", ", number_text(s.median));
  }
  finding.tables.push_back(both.table());
  finding.charts.push_back(chart_along("Mean square at the start", results, "scheme", "layer", {"mean_square", "mean square over the width"}));
  finding.verdict = verdict_of(bounded);
  finding.sentence = cat("The sum that Post-LN norms has mean square ", spread_text(post), "; Pre-LN's stream behind layers 1, 4, 8 and 12 has ",
                         sizes, ". ", both.sentence());
  return finding;
}

}  // namespace stream_at_init_study

Experiment stream_at_init() {
  using namespace stream_at_init_study;
  return {
      .name = "stream-at-init",
      .code = "E1b",
      .claim = "At the start the sum that Post-LN norms has 1.5 times the width as its square, and Pre-LN's stream grows linearly with the layer.",
      .source = "Xiong et al. 2020, arXiv:2002.04745, lemma 2",
      .published = "E|x_post|^2 = 1.5 d; (1 + l/2) d <= E|x_pre, l|^2 <= (1 + 3l/2) d",
      .criterion = "every seed: Post-LN's within 5% of 1.5, Pre-LN's within its bounds at layers 1, 4, 8 and 12",
      .cost = "under 1 s a cell",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
