// E6: which stack's gradients vanish in an encoder-decoder before the first step (arXiv:2004.08249).
#include "lab/judging.h"
#include "lab/side_by_side.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace encoder_decoder_gradients_study {

constexpr int64_t kWidth = 128, kHeads = 4, kVocab = 512, kDeep = 18;

std::vector<Cell> cells(Size size) {
  const std::vector<Json> few = {"post", "pre"}, all = {"post", "pre", "sandwich", "deepnorm", "admin"};
  const std::vector<Json> ends = {6, kDeep}, depths = {6, 12, kDeep};
  const bool quick = size == Size::kQuick;
  return grid({{"scheme", quick ? few : all}, {"layers", quick ? ends : depths}}, size == Size::kLong ? 5 : 3);
}

// Random sources and targets: 4 pairs of 32 tokens.
TokenBatch pairs(uint64_t seed) {
  TokenBatch batch = random_tokens(4, 32, kVocab, 2 * seed);
  batch.encoder = std::make_shared<TokenBatch>(random_tokens(4, 32, kVocab, 2 * seed + 1));
  return batch;
}

Measured measure(const Cell& cell) {
  Json settings = small_transformer(cell.text("scheme"), cell.count("layers"), kWidth, kHeads, kVocab);
  settings["encoder_layers"] = cell.count("layers");
  const auto model = fresh_model(settings, cell.seed);
  const Probe p = probe(*model, pairs(static_cast<uint64_t>(cell.seed)));
  const std::vector<double> encoder = p.by_layer("ffn.down.weight", "encoder."), decoder = p.by_layer("ffn.down.weight");
  Measured m;
  m.numbers = {{"encoder_first", encoder.front()}, {"encoder_last", encoder.back()}, {"encoder_ratio", encoder.back() / encoder.front()},
               {"decoder_first", decoder.front()}, {"decoder_last", decoder.back()}, {"decoder_ratio", decoder.back() / decoder.front()}};
  m.curves = {{"encoder", encoder}, {"decoder", decoder}};
  return m;
}

// An independent PyTorch run of this setting.
struct Reference {
  const char *scheme, *number;
  double values[3];  // at 6, 12 and 18 layers each
};
constexpr Reference kReferences[] = {
    {"post", "encoder_first", {.49, .77, .86}}, {"post", "encoder_last", {.44, .48, .49}}, {"post", "decoder_first", {.089, .023, .0016}},
    {"post", "decoder_last", {.52, .44, .51}},  {"pre", "decoder_first", {.33, .23, .21}}, {"pre", "decoder_last", {.18, .11, .10}},
};

SideBySide beside_reference(const Results& results) {
  SideBySide both("Side by side: gradient of W2 at the start", {"design", "layers", "of"}, "10 % (where gradients vanish, a factor of 2)");
  for (const Reference& r : kReferences)
    for (const int64_t layers : {6, 12, 18}) {
      const Results at = results.where({{"scheme", r.scheme}, {"layers", layers}});
      if (at.empty()) continue;
      const bool vanishes = r.scheme == std::string("post") && r.number == std::string("decoder_first");
      both.add({r.scheme, cat(layers), r.number}, r.values[layers / 6 - 1], at.spread(r.number),
               vanishes ? Scatter{.factor = 2} : Scatter{.share = 0.1});
    }
  return both;
}

Finding judge(const Results& results) {
  const Results deep = results.where({{"layers", kDeep}});
  const auto ratio = [&](const char* scheme, const char* number) { return deep.where({{"scheme", scheme}}).spread(number); };
  const Spread post = ratio("post", "decoder_ratio"), encoder = ratio("post", "encoder_ratio"), pre = ratio("pre", "decoder_ratio");
  Finding finding;
  finding.verdict = verdict_of(post.least > 50 && pre.most < 2 && encoder.most < 3);
  finding.sentence = cat("At 18-18 layers the gradient of the last layer over that of the first is ", spread_text(post), " in Post-LN's decoder, ",
                         spread_text(encoder), " in its encoder and ", spread_text(pre), " in Pre-LN's decoder.");
  finding.tables.push_back(table_of("Gradient of W2 at the start", results, {"scheme", "layers"},
                                    {"encoder_first", "encoder_last", "decoder_first", "decoder_last", "decoder_ratio"}));
  const SideBySide both = beside_reference(results);
  finding.tables.push_back(both.table());
  finding.sentence += " " + both.sentence();
  for (const char* stack : {"encoder", "decoder"})
    finding.charts.push_back(chart_along(cat("Gradient of W2 by layer of the ", stack, ", 18-18 layers"), deep, "scheme", "layer",
                                         {stack, "norm of the gradient", Scale::kLog}));
  finding.evidence = {{"S4", refuted_where(encoder.most < 3),
                       cat("in an encoder-decoder last/first is ", number_text(post.median), " in the decoder and ", number_text(encoder.median),
                           " in the encoder beside it (18-18 layers)")}};
  return finding;
}

}  // namespace encoder_decoder_gradients_study

Experiment encoder_decoder_gradients() {
  using namespace encoder_decoder_gradients_study;
  return {.name = "encoder-decoder-gradients",
          .code = "E6",
          .claim = "With Post-LN gradients vanish in the decoder of an encoder-decoder only, not in its encoder; with Pre-LN in neither.",
          .source = "Liu et al. 2020, arXiv:2004.08249",
          .published = "",
          .criterion =
              "at 18-18 layers, every seed: last over first gradient above 50 in Post-LN's decoder, below 3 in its encoder, below 2 in "
              "Pre-LN's decoder",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
