// E27: encoder-decoders, a prefix LM and LMs on the same halves of text, at equal tokens and at equal arithmetic (arXiv:1910.10683 section 3.2).
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "data/objectives/frame.h"
#include "infer/decoder.h"
#include "lab/judging.h"
#include "lab/sources/world_words.h"
#include "lab/stand/few_shot.h"
#include "lab/stand/on_text.h"
#include "lab/stand/probe.h"
#include "models/cost.h"

namespace gimbal::lab {
namespace architectures_study {

constexpr int64_t kTokens = 88, kContext = 128, kHeldOut = 128, kRunsAsked = 6;  // tokens of a text; texts; runs of eight questions
constexpr uint64_t kHeldOutSeed = 900030;
constexpr int64_t kTurn = 16, kTurns = 8, kRead = 256, kWritten = 24;  // of serving: words of a turn or an answer; a prompt; steps of decoding
const std::vector<int64_t> kShots = {0, 1, 4, 8, 16};

struct Arm {
  std::string_view name;
  Frame frame;
  enum class Depth : uint8_t { kWhole, kHalf } depth = Depth::kWhole;
  enum class Stacks : uint8_t { kOwn, kTied } stacks = Stacks::kOwn;
  enum class Targets : uint8_t { kHalf, kAll } targets = Targets::kHalf;  // kAll: the first part is to be said, too
};
constexpr std::array kArms = {
    Arm{"encoder-decoder 2P", Frame::kEncoderDecoder},
    Arm{"encoder-decoder, tied", Frame::kEncoderDecoder, Arm::Depth::kWhole, Arm::Stacks::kTied},
    Arm{"encoder-decoder P", Frame::kEncoderDecoder, Arm::Depth::kHalf},
    Arm{"prefix LM", Frame::kPrefix},
    Arm{"LM of second parts", Frame::kCausal},
    Arm{"LM", Frame::kCausal, Arm::Depth::kWhole, Arm::Stacks::kOwn, Arm::Targets::kAll},
};
constexpr const char* kLm = "LM";

const Arm& arm_named(std::string_view name) {
  const auto found = std::find_if(kArms.begin(), kArms.end(), [&](const Arm& a) { return a.name == name; });
  GIMBAL_ASSERT(found != kArms.end(), "no arm ", name);
  return *found;
}

std::vector<Json> names(std::initializer_list<const char*> some = {}) {
  if (some.size() > 0) return {some.begin(), some.end()};
  std::vector<Json> all;
  for (const Arm& arm : kArms) all.emplace_back(std::string(arm.name));
  return all;
}

// What the standard size has no time to learn from: questions about most scenes, more of them asked, and an optimizer that finds out about
// demonstrations sooner.
constexpr const char* kLongLessons = "long";
struct Lessons {
  WorldTextSpec texts;
  int64_t questions;
  const char* optimizer;
};
Lessons lessons_of(const Cell& cell) {
  if (cell.settings.contains("lessons")) return {{.tokens = kTokens, .runs = 0.6, .asked = 0.9}, 384, "muon"};
  return {{.tokens = kTokens, .runs = 0.7, .asked = 0.3}, 96, "adamw"};
}

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto learning = [](int64_t steps, const std::vector<Json>& rates) {
    return grid({{"part", {"learn"}}, {"arm", names()}, {"layers", {2}}, {"width", {48}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const auto serving = [](int64_t layers, int64_t width) {
    return grid({{"part", {"serve"}},
                 {"arm", names({"encoder-decoder 2P", "encoder-decoder P", "prefix LM", "LM"})},
                 {"layers", {layers}},
                 {"width", {width}}},
                3);
  };
  if (size == Size::kStandard) return together(serving(2, 48), learning(1000, {4e-3}));
  std::vector<Cell> many = learning(3600, {2e-3, 4e-3});
  for (Cell& cell : many) cell.settings["lessons"] = kLongLessons;
  return together(together(serving(2, 48), serving(4, 128)), many);
}

Json model_of(const Cell& cell, int64_t context) {
  const Arm& arm = arm_named(cell.text("arm"));
  const int64_t layers = cell.count("layers") / (arm.depth == Arm::Depth::kHalf ? 2 : 1);
  Json model = text_transformer("pre", layers, cell.count("width"), WorldWords::get().vocab());
  model["heads"] = 4;
  model["context"] = context;
  model["bos"] = WorldWords::kStart;
  model["eos"] = WorldWords::kEnd;
  if (arm.frame == Frame::kEncoderDecoder) model["encoder_layers"] = layers;
  if (arm.frame == Frame::kPrefix) model["mask"] = "prefix";
  return model;
}

// A text cut somewhere in its middle half: every arm has the same first and second parts.
class Halves final : public Examples {
 public:
  Halves(const Arm& arm, const WorldTextSpec& texts, uint64_t seed) : arm_(arm), texts_(texts), random_(seed, "halves") {}
  int64_t size() const override { return int64_t{1} << 40; }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = random_.child(static_cast<uint64_t>(number));
    const WorldTokens text = world_tokens(texts_, random.child(0));
    const auto cut = static_cast<size_t>(kTokens / 4 + static_cast<int64_t>(random.below(kTokens / 2)));
    std::vector<int32_t> source(text.ids.begin(), text.ids.begin() + static_cast<std::ptrdiff_t>(cut));
    if (arm_.frame == Frame::kEncoderDecoder) source.push_back(WorldWords::kEnd);  // as its prompts end
    const std::span<const int32_t> target = std::span(text.ids).subspan(cut);
    RoleIds roles;
    roles.start = WorldWords::kStart;
    add_pair(source, target, arm_.frame, roles, batch);
    // The last rows are those of the target's words. Of a run of demonstrations only labels count.
    const size_t end = batch.targets.size();
    const bool all = arm_.targets == Arm::Targets::kAll;
    for (size_t back = 1; back <= (all ? text.ids.size() - 1 : target.size()); ++back) {
      const size_t word = text.ids.size() - back;
      const bool counts = text.label.empty() || text.label[word];
      batch.targets[end - back] = counts ? text.ids[word] : kIgnoredTarget;
    }
  }

 private:
  Arm arm_;
  WorldTextSpec texts_;
  Rng random_;
};

// The engine gives each stack its own weights. One set for both is had by moving both to their mean after every step: projected descent on the equal
// ones. Cross-attention and the decoder's biases of distance have no counterpart and stay the decoder's.
void tie_stacks(Model& model) {
  for (Parameter& p : model.parameters().all()) {
    if (!p.name.starts_with("encoder.")) continue;
    Parameter* twin = model.parameters().find(p.name.substr(std::string_view("encoder.").size()));
    if (!twin || twin->shape != p.shape || p.name.ends_with("relative")) continue;
    for (int64_t i = 0; i < p.value.elements(); ++i) {
      float &a = p.value.data<float>()[i], &b = twin->value.data<float>()[i];
      a = b = (a + b) / 2;
    }
  }
}

// Of one text. A decoder's token of the engine's count of an encoder-decoder stands for itself and a token of the source.
double flops_of_text(const Architecture& a) {
  const int64_t attending = a.encoder_layers > 0 ? kTokens / 2 : kTokens;
  return cost_of(a, attending).forward_flops_per_token * static_cast<double>(attending);
}

void ask(Model& model, const Arm& arm, const Lessons& lessons, const std::string& when, Measured& m) {
  Arm halves = arm;
  halves.targets = Arm::Targets::kHalf;
  m.numbers[cat("loss_", when)] = loss_on(model, batch_of(Halves(halves, lessons.texts, kHeldOutSeed), 0, kHeldOut));
  for (const int64_t shots : kShots)
    m.numbers[cat("shots_", shots, "_", when)] =
        (few_shot_accuracy(model, Topic::kWhere, shots, kRunsAsked) + few_shot_accuracy(model, Topic::kWhat, shots, kRunsAsked)) / 2;
  m.numbers[cat("zero_", when)] = zero_shot_accuracy(model, lessons.questions);
}

// The rate is constant, so that one run is two: as many texts as everybody, and as much arithmetic as the LM's.
Measured learn(const Cell& cell) {
  const Arm& arm = arm_named(cell.text("arm"));
  const Lessons lessons = lessons_of(cell);
  Cell of_lm = cell;
  of_lm.settings["arm"] = kLm;
  Training t;
  t.model = model_of(cell, kContext);
  const auto shape = fresh_model(t.model, cell.seed), lm = fresh_model(model_of(of_lm, kContext), cell.seed);
  const double relative = flops_of_text(shape->architecture()) / flops_of_text(lm->architecture());
  const int64_t equal_tokens = cell.count("steps"), equal_flops = std::llround(static_cast<double>(equal_tokens) / relative);
  t.examples = std::make_shared<Halves>(arm, lessons.texts, static_cast<uint64_t>(cell.seed));
  t.steps = std::max(equal_tokens, equal_flops);
  t.sequences = 8;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"warmup_steps", 50}}}, {"optimizer", {{"kind", lessons.optimizer}}}};
  if (arm.stacks == Arm::Stacks::kTied) t.prepare = tie_stacks;
  Measured m;
  t.watch = [&](const StepResult& r, Model& model) {
    if (arm.stacks == Arm::Stacks::kTied) tie_stacks(model);
    if (r.step == equal_tokens) ask(model, arm, lessons, "tokens", m);
    if (r.step == equal_flops) ask(model, arm, lessons, "flops", m);
  };
  const Trained trained = train(t);
  double weights = 0;
  for (const Parameter& p : trained.model->parameters().all())
    if (p.name.find("block.") != std::string::npos && !(arm.stacks == Arm::Stacks::kTied && p.name.starts_with("encoder.")))
      weights += static_cast<double>(p.shape.elements());
  m.numbers["weights"] = weights;
  m.numbers["flops_of_text"] = relative;
  m.numbers["loss"] = trained.end_loss;
  return m;
}

// A dialogue through the caches: each turn is read, then answered word by word. Who cannot go on from the last turn's cache reads it all again.
std::vector<double> computed_by_turn(Model& model, const Arm& arm) {
  Decoder decoder(model, DType::kF32);
  std::vector<int32_t> said;
  std::vector<double> computed;
  const std::vector<int32_t> turn(kTurn, WorldWords::kSummary);
  Decoder::Sequence sequence = 0;
  for (int64_t t = 0; t < kTurns; ++t) {
    said.insert(said.end(), turn.begin(), turn.end());
    double begun = 0;
    if (arm.frame == Frame::kCausal && t > 0) {
      begun = static_cast<double>(decoder.cache().length(sequence));
      decoder.advance(std::vector<Decoder::Piece>{{sequence, std::span(said).subspan(static_cast<size_t>(begun))}});
    } else {
      if (t > 0) decoder.close(sequence);
      SequenceForm form;
      if (arm.frame == Frame::kEncoderDecoder) form.source = said;
      if (arm.frame == Frame::kPrefix) form.prefix = static_cast<int64_t>(said.size());
      sequence = decoder.open(form, Decoder::room_at_first);
      const std::vector<int32_t> start = {WorldWords::kStart};
      decoder.advance(std::vector<Decoder::Piece>{{sequence, arm.frame == Frame::kEncoderDecoder ? start : said}});
    }
    for (int64_t i = 0; i + 1 < kTurn; ++i) decoder.advance(std::vector<Decoder::Piece>{{sequence, std::span(turn).first(1)}});
    const double source = arm.frame == Frame::kEncoderDecoder ? static_cast<double>(decoder.memory().length(0)) : 0;
    computed.push_back(static_cast<double>(decoder.cache().length(sequence)) - begun + source);
    said.insert(said.end(), turn.begin(), turn.end());
  }
  return computed;
}

Measured serve(const Cell& cell) {
  const Arm& arm = arm_named(cell.text("arm"));
  const auto model = fresh_model(model_of(cell, 2 * kRead), cell.seed);
  Measured m;
  m.curves["computed"] = computed_by_turn(*model, arm);
  m.numbers["computed_in_all"] = 0;
  for (const double c : m.curves["computed"]) m.numbers["computed_in_all"] += c;
  // A word that was read lies in the decoder's cache or, as cross-attention's keys and values of each decoder layer, in the memory: as many bytes.
  m.numbers["cache_bytes_per_token"] = static_cast<double>(cost_of(model->architecture(), kRead).cache_bytes_per_token);

  Decoder decoder(*model, DType::kF32);
  const std::vector<int32_t> read(kRead, WorldWords::kSummary);
  const bool apart = arm.frame == Frame::kEncoderDecoder;
  SequenceForm form;
  if (apart) form.source = read;
  if (arm.frame == Frame::kPrefix) form.prefix = kRead;
  const Decoder::Sequence sequence = decoder.open(form, 2 * kRead);
  decoder.advance(std::vector<Decoder::Piece>{{sequence, std::span(read).first(apart ? 1 : kRead)}});
  double least = 1e9;
  for (int64_t i = 0; i < kWritten; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    decoder.advance(std::vector<Decoder::Piece>{{sequence, std::span(read).first(1)}});
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  m.numbers["tokens_per_second"] = 1 / least;
  return m;
}

Measured measure(const Cell& cell) { return cell.text("part") == "serve" ? serve(cell) : learn(cell); }

Chart shots_chart(const Results& best, const std::string& when) {
  Chart chart{
      cat("Right answers by demonstrations, at equal ", when), "demonstrations", "share of right answers", Scale::kLinear, Scale::kLinear, {}};
  for (const Json& arm : best.values_of("arm")) {
    auto& line = chart.series.emplace_back(Chart::Series{value_text(arm), {}});
    for (const int64_t shots : kShots) {
      const Spread s = best.where({{"arm", arm}}).spread(cat("shots_", shots, "_", when));
      line.points.push_back({static_cast<double>(shots), s.median, s.least, s.most});
    }
  }
  return chart;
}

Finding judge(const Results& all) {
  Finding finding;
  const Results learned = all.where({{"part", "learn"}}), served = all.where({{"part", "serve"}}),
                largest = learned.where({{"steps", learned.values_of("steps").back()}}),
                wide = served.where({{"width", served.values_of("width").back()}});
  const Results tokens = at_best(largest, {"arm"}, "loss_tokens"), flops = at_best(largest, {"arm"}, "loss_flops");
  finding.tables.push_back(
      table_of("At equal tokens and each arm's best rate: nats a word of the same second parts, shares of right answers", tokens, {"arm", "lr"},
               {"weights", "loss_tokens", "zero_tokens", "shots_0_tokens", "shots_1_tokens", "shots_4_tokens", "shots_8_tokens", "shots_16_tokens"}));
  finding.tables.push_back(
      table_of("At equal arithmetic (that of the LM)", flops, {"arm", "lr"},
               {"flops_of_text", "loss_flops", "zero_flops", "shots_0_flops", "shots_1_flops", "shots_4_flops", "shots_8_flops", "shots_16_flops"}));
  finding.tables.push_back(
      table_of("Serving one sequence on one thread", wide, {"arm"}, {"tokens_per_second", "cache_bytes_per_token", "computed_in_all"}));
  finding.charts.push_back(shots_chart(tokens, "tokens"));
  finding.charts.push_back(shots_chart(flops, "flops"));
  finding.charts.push_back(chart_along("Tokens computed in each turn of a dialogue", wide, "arm", "turn", {"computed", "tokens"}));

  const auto at = [&](const Results& from, const char* arm, const std::string& number) { return from.where({{"arm", arm}}).spread(number); };
  const auto loss = [&](const char* arm) { return at(tokens, arm, "loss_tokens"); };
  const Spread two = loss("encoder-decoder 2P"), tied = loss("encoder-decoder, tied"), half = loss("encoder-decoder P"), prefix = loss("prefix LM"),
               seconds = loss("LM of second parts"), lm = loss(kLm);
  finding.verdict = verdict_of(lies_below(two, prefix) && lies_below(prefix, seconds) && !lies_below(half, tied));
  finding.sentence =
      cat("Nats a word of the same second parts at equal tokens: encoder-decoder of twice the weights ", spread_text(two), ", its stacks tied ",
          spread_text(tied), ", of half the depth ", spread_text(half), ", prefix LM ", spread_text(prefix), ", LM of second parts ",
          spread_text(seconds), ", LM of all words ", spread_text(lm), "; tied here means that both stacks are moved to their mean after each step.");

  const auto better = [&](const Results& from, const std::string& when) {
    bool all_better = true;
    for (const char* number : {"zero_", "shots_16_"})
      for (const char* arm : {"encoder-decoder 2P", "encoder-decoder, tied", "encoder-decoder P"})
        all_better = all_better && lies_below(at(from, arm, number + when), at(from, kLm, number + when));
    return all_better && lies_below(at(from, kLm, "loss_" + when), at(from, "encoder-decoder P", "loss_" + when));
  };
  const bool decoder_wins = better(tokens, "tokens") && better(flops, "flops");
  finding.evidence.push_back(
      {"S21", verdict_of(decoder_wins),
       cat("nats a word at equal tokens: LM ", number_text(lm.median), ", prefix LM ", number_text(prefix.median), ", encoder-decoder 2P ",
           number_text(two.median), ", P ", number_text(half.median),
           "; right answers without and behind 16 demonstrations (chance: a third and a quarter): LM ",
           number_text(at(tokens, kLm, "zero_tokens").median), " and ", number_text(at(tokens, kLm, "shots_16_tokens").median), ", prefix LM ",
           number_text(at(tokens, "prefix LM", "zero_tokens").median), " and ", number_text(at(tokens, "prefix LM", "shots_16_tokens").median),
           ", encoder-decoder 2P ", number_text(at(tokens, "encoder-decoder 2P", "zero_tokens").median), " and ",
           number_text(at(tokens, "encoder-decoder 2P", "shots_16_tokens").median), ", P ",
           number_text(at(tokens, "encoder-decoder P", "zero_tokens").median), " and ",
           number_text(at(tokens, "encoder-decoder P", "shots_16_tokens").median))});
  const auto turns = [&](const char* arm) { return wide.where({{"arm", arm}}).all().front().measured.curves.at("computed"); };
  const std::vector<double> kept = turns(kLm), again = turns("encoder-decoder 2P");
  finding.evidence.push_back({"S22", verdict_of(kept.back() <= 2 * kTurn && again.back() >= 2 * kTurn * kTurns - kTurn),
                              cat("tokens computed in turn 1 and turn ", kTurns, " of a dialogue: LM ", number_text(kept.front()), " and ",
                                  number_text(kept.back()), ", encoder-decoder ", number_text(again.front()), " and ", number_text(again.back()),
                                  ", prefix LM that reads the conversation whole ", number_text(turns("prefix LM").back()))});
  return finding;
}

}  // namespace architectures_study

Experiment architectures() {
  using namespace architectures_study;
  return {.name = "architectures",
          .code = "E27",
          .claim =
              "An encoder-decoder of twice the weights and as much arithmetic ends below a prefix LM, and that below an LM; sharing the stacks' "
              "weights costs less than halving the depth.",
          .source = "Raffel et al. 2020, arXiv:1910.10683, section 3.2 and table 2",
          .published = "",
          .criterion =
              "nats a word of the same second parts at equal tokens and each arm's best rate (the standard size has one): encoder-decoder 2P below "
              "the prefix LM below the LM of second parts, ranges apart, and the half-deep one not below the tied one. S21 counts as seen when the "
              "LM has more right answers than every encoder-decoder without and behind 16 demonstrations and less loss than that of equal weights, "
              "at equal tokens and at equal arithmetic; S22 when the LM computes no more than a turn and its answer, and the encoder-decoder the "
              "whole conversation",
          .cost = "10 s a cell, 25 s with two stacks; long: 20 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
