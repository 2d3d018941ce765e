// E19: fewer key and value heads: bytes of the cache, speed of decoding, loss (arXiv:2305.13245).
#include <algorithm>
#include <chrono>
#include <cmath>

#include "infer/decoder.h"
#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace grouped_queries_study {

constexpr int64_t kHeads = 8, kDecoded = 24;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> kv_heads = {8, 4, 2, 1};
  const auto decoding = [&](int64_t layers, int64_t width) {
    return grid({{"part", {"decode"}}, {"kv_heads", kv_heads}, {"layers", {layers}}, {"width", {width}}, {"context", {256, 1024, 4096}}}, 3);
  };
  const auto quality = [&](int64_t width, int64_t steps, const std::vector<Json>& rates, int64_t seeds) {
    return grid({{"part", {"quality"}}, {"kv_heads", kv_heads}, {"layers", {2}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, seeds);
  };
  const std::vector<Cell> small = together(decoding(2, 128), quality(64, 400, {3e-3, 1e-2, 3e-2}, 3));
  return size == Size::kStandard ? small : together(small, together(decoding(6, 512), quality(128, 2000, {1e-3, 3e-3, 1e-2}, 5)));
}

Json model_of(const Cell& cell, int64_t vocab) {
  Json model = text_transformer("pre", cell.count("layers"), cell.count("width"), vocab);
  model["heads"] = kHeads;
  model["kv_heads"] = cell.count("kv_heads");
  return model;
}

// A context is read, then token after token is decoded; the least time of a step is the one that other work disturbed least.
Measured decode(const Cell& cell) {
  constexpr int32_t kVocab = 64;
  const int64_t context = cell.count("context");
  Json settings = model_of(cell, kVocab);
  settings["context"] = context + kDecoded + 1;
  settings["positions"] = {{"kind", "none"}};
  const auto model = fresh_model(settings, cell.seed);
  Decoder decoder(*model, DType::kF32);
  const Decoder::Sequence sequence = decoder.open({}, context + kDecoded + 1);
  std::vector<int32_t> ids(static_cast<size_t>(context));
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 7 % kVocab);
  decoder.advance(std::vector<Decoder::Piece>{{sequence, ids}});
  double least = 1e9;
  for (int64_t i = 0; i < kDecoded; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    decoder.advance(std::vector<Decoder::Piece>{{sequence, std::span(ids).first(1)}});
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  double bytes = 0;
  for (const Tensor& layer : decoder.cache().tensors().layers) bytes += static_cast<double>(layer.bytes()) / static_cast<double>(layer.rows());
  return {{{"tokens_per_second", 1 / least}, {"cache_bytes_per_token", bytes}}, {}};
}

Measured measure(const Cell& cell) {
  if (cell.text("part") == "decode") return decode(cell);
  const Markov source(second_order());
  return measured_on_text(on_text(model_of(cell, source.spec().vocab), source, cell, cell.count("steps")), source);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results decoding = results.where({{"part", "decode"}, {"width", results.where({{"part", "decode"}}).values_of("width").back()}}),
                quality = results.where({{"part", "quality"}, {"width", results.where({{"part", "quality"}}).values_of("width").back()}});
  finding.tables.push_back(
      table_of("Decoding one sequence on one thread", decoding, {"context", "kv_heads"}, {"tokens_per_second", "cache_bytes_per_token"}));
  const std::vector<AtBest> best = at_best_rates(quality, "kv_heads", "above_floor");
  finding.tables.push_back(table_of_best("Nats above the floor at the best rate", best, "kv_heads", "above_floor"));
  finding.charts.push_back(chart_over("Tokens a second behind a context", decoding, "kv_heads", {"context", "tokens of context", Scale::kLog},
                                      {"tokens_per_second", "tokens a second"}));
  const auto bytes = [&](int64_t heads) { return decoding.where({{"kv_heads", heads}}).median("cache_bytes_per_token"); };
  const auto speed = [&](int64_t heads) { return decoding.where({{"kv_heads", heads}, {"context", 4096}}).median("tokens_per_second"); };
  const bool proportional = bytes(8) == 2 * bytes(4) && bytes(8) == 4 * bytes(2) && bytes(8) == 8 * bytes(1);
  const bool faster = speed(8) <= speed(4) && speed(4) <= speed(2) && speed(2) <= speed(1);
  const Spread all = best_of(best, 8).spread, grouped = best_of(best, 2).spread, one = best_of(best, 1).spread;
  const bool ordered = !lies_below(grouped, all) && !lies_below(one, grouped);
  finding.verdict = verdict_of(proportional && faster && ordered);
  finding.sentence = cat("With 8, 4, 2, 1 key heads a token of context takes ", number_text(bytes(8)), ", ", number_text(bytes(4)), ", ",
                         number_text(bytes(2)), ", ", number_text(bytes(1)), " bytes; behind 4096 tokens ", number_text(speed(8)), ", ",
                         number_text(speed(4)), ", ", number_text(speed(2)), ", ", number_text(speed(1)), " tokens a second; nats above the floor ",
                         spread_text(all), ", ", spread_text(best_of(best, 4).spread), ", ", spread_text(grouped), ", ", spread_text(one), ".");
  return finding;
}

}  // namespace grouped_queries_study

Experiment grouped_queries() {
  using namespace grouped_queries_study;
  return {.name = "grouped-queries",
          .code = "E19",
          .claim = "Fewer key and value heads shrink the cache in proportion and speed up decoding behind long contexts, at a small cost in loss.",
          .source = "Ainslie et al. 2023, arXiv:2305.13245, table 1",
          .published =
              "T5-XXL, time per sample and average of the tasks: 1.51 s 47.2 (all heads), 0.28 s 47.1 (8 groups), 0.24 s 46.6 (one); "
              "T5-Large 0.37 s 46.0",
          .criterion =
              "bytes exactly proportional to the key heads; median tokens a second behind 4096 tokens not lower with fewer; at the best rate "
              "fewer key heads never end below more, ranges apart",
          .cost = "1 s a cell; long: 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
