// E29: a masked and a causal language model of equal weights on equal text: what each learns for classes and tags, filling gaps, and writing on.
#include <algorithm>

#include "data/metrics/entities.h"
#include "data/world/checker.h"
#include "data/world/parse.h"
#include "infer/sampling.h"
#include "lab/judging.h"
#include "lab/sources/drawn.h"
#include "lab/sources/masked.h"
#include "lab/sources/scene_texts.h"
#include "lab/sources/world_words.h"
#include "lab/stand/on_text.h"
#include "models/batch_rows.h"

namespace gimbal::lab {
namespace bert_and_gpt_study {

constexpr uint64_t kAskedSeed = 900050;
constexpr int64_t kContext = 112, kLabelled = 256, kTuningSteps = 160, kAsked = 128, kWritten = 48, kNew = 16;  // labelled: 10 passes of 16
constexpr double kTemperature = 0.7;

using Ids = std::vector<int32_t>;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](int64_t layers, int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"model", {"BERT", "GPT"}}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = arms(2, 48, 1000, {4e-3});
  return size == Size::kStandard ? small : together(small, arms(2, 64, 3000, {1e-3, 2e-3, 4e-3}));
}

// Scenes of all kinds, one an example, each with the end token; a causal model says the next word, which a masked one's wrapper overwrites.
class Scenes final : public Examples {
 public:
  explicit Scenes(uint64_t seed) : random_(seed, "scenes") {}
  int64_t size() const override { return int64_t{1} << 40; }
  void add(int64_t number, TokenBatch& batch) const override {
    Ids ids = at(number);
    Ids targets(ids.begin() + 1, ids.end());
    targets.push_back(kIgnoredTarget);
    batch.add({.ids = std::move(ids), .targets = std::move(targets)});
  }
  Ids at(int64_t number) const {
    Rng random = random_.child(static_cast<uint64_t>(number));
    Ids ids = WorldWords::get().ids(scene_text(kSceneKinds[random.below(kSceneKinds.size())], random.child(0)));
    ids.push_back(WorldWords::kEnd);
    return ids;
  }

 private:
  Rng random_;
};

bool is_bert(const Model& model) { return model.architecture().mask == "full"; }

// ---- classes and tags ----

// Labelled records laid out for one of the two models: a summary token before the text (BERT) or behind it (GPT).
struct Labelled {
  std::vector<std::string> labels;
  std::vector<Ids> ids, targets;  // targets: of each word (tags), or one (a class)
};

int32_t place_of(const std::vector<std::string>& labels, const std::string& label) {
  const auto found = std::ranges::find(labels, label);
  GIMBAL_ASSERT(found != labels.end(), "no label ", label);
  return static_cast<int32_t>(found - labels.begin());
}

Labelled feelings(int64_t count, uint64_t seed) {
  Labelled all{{"glad", "sad", "angry", "afraid", "guilty"}, {}, {}};
  const Rng random(seed, "feelings");
  for (int64_t i = 0; i < count; ++i) {
    const Json record = labelled_record("feeling", random.child(static_cast<uint64_t>(i)));
    all.ids.push_back(WorldWords::get().ids(record.at("text").get<std::string>()));
    all.targets.push_back({place_of(all.labels, record.at("label").get<std::string>())});
  }
  return all;
}

// The first piece of a word has its tag.
Labelled tags(int64_t count, uint64_t seed) {
  Labelled all{{"O", "B-PER", "I-PER", "B-PLACE", "I-PLACE", "B-THING", "I-THING", "B-SPOT", "I-SPOT"}, {}, {}};
  const Rng random(seed, "tags");
  for (int64_t i = 0; i < count; ++i) {
    const Json record = labelled_record("tagging", random.child(static_cast<uint64_t>(i)));
    Ids &ids = all.ids.emplace_back(), &targets = all.targets.emplace_back();
    for (size_t w = 0; w < record.at("tokens").size(); ++w) {
      const Ids pieces = WorldWords::get().ids(record.at("tokens")[w].get<std::string>());
      ids.insert(ids.end(), pieces.begin(), pieces.end());
      targets.push_back(place_of(all.labels, record.at("tags")[w].get<std::string>()));
      targets.resize(ids.size(), kIgnoredTarget);
    }
  }
  return all;
}

class LabelledExamples final : public Examples {
 public:
  LabelledExamples(Labelled all, bool bert) : all_(std::move(all)), bert_(bert) {}
  int64_t size() const override { return static_cast<int64_t>(all_.ids.size()); }
  void add(int64_t number, TokenBatch& batch) const override {
    const auto i = static_cast<size_t>(number % size());
    const bool tagging = all_.targets[i].size() == all_.ids[i].size();
    Sequence s{.ids = all_.ids[i]};
    if (tagging) {
      s.targets = all_.targets[i];
    } else {
      s.ids.insert(bert_ ? s.ids.begin() : s.ids.end(), WorldWords::kSummary);
      batch.labels.push_back(all_.targets[i][0]);
    }
    batch.add(s);
  }

 private:
  Labelled all_;
  bool bert_;
};

// The pretrained model with a new head, tuned; its predictions for the asked records, one label a row that counts.
std::vector<int32_t> tuned_predictions(const Json& settings, const Model& pretrained, const char* head, const Labelled& train_on,
                                       const Labelled& asked, double lr, int64_t seed) {
  Training t;
  t.model = settings;
  t.model["head"] = head;
  t.model["labels"] = train_on.labels;
  t.examples = std::make_shared<LabelledExamples>(train_on, is_bert(pretrained));
  t.steps = kTuningSteps;
  t.lr = lr;
  t.seed = seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 20}}}};
  t.prepare = [&](Model& model) {
    for (Parameter& p : model.parameters().all()) {
      if (model.is_of_head(p)) continue;
      for (const Parameter& learned : pretrained.parameters().all())
        if (learned.name == p.name) p.value = learned.value.clone();
    }
  };
  const Trained trained = train(t);
  const TokenRows rows = rows_of(batch_of(LabelledExamples(asked, is_bert(pretrained)), 0, static_cast<int64_t>(asked.ids.size())), Device::kCpu);
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const Tensor logits = trained.model->head().answers(tape, trained.model->hidden(tape, rows, {}), rows).at("logits").value;
  std::vector<int32_t> found;
  for (int64_t r = 0; r < logits.rows(); ++r)
    found.push_back(likeliest({logits.data<float>() + r * logits.cols(), static_cast<size_t>(logits.cols())}));
  return found;
}

double class_accuracy(const Json& settings, const Model& pretrained, const Cell& cell) {
  const Labelled asked = feelings(kAsked, kAskedSeed);
  const std::vector<int32_t> found = tuned_predictions(settings, pretrained, "classify", feelings(kLabelled, static_cast<uint64_t>(cell.seed)), asked,
                                                       cell.number("lr") / 2, cell.seed);
  double right = 0;
  for (size_t i = 0; i < found.size(); ++i) right += found[i] == asked.targets[i][0];
  return right / static_cast<double>(found.size());
}

double tag_f1(const Json& settings, const Model& pretrained, const Cell& cell) {
  const Labelled asked = tags(kAsked, kAskedSeed);
  const std::vector<int32_t> found =
      tuned_predictions(settings, pretrained, "tokens", tags(kLabelled, static_cast<uint64_t>(cell.seed)), asked, cell.number("lr") / 2, cell.seed);
  std::vector<std::vector<std::string>> guess, gold;
  size_t row = 0;
  for (const Ids& targets : asked.targets) {
    guess.emplace_back(), gold.emplace_back();
    for (const int32_t target : targets) {
      const int32_t said = found[row++];
      if (target < 0) continue;
      guess.back().push_back(asked.labels[static_cast<size_t>(said)]), gold.back().push_back(asked.labels[static_cast<size_t>(target)]);
    }
  }
  return metrics::entity_report(guess, gold).all.f1();
}

// ---- gaps ----

Tensor logits_of(Model& model, const std::vector<Ids>& texts) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  return model.logits(tape, model.hidden(tape, make_rows(texts, {}, kContext, Device::kCpu), {})).value;
}
std::span<const float> row_of(const Tensor& logits, size_t row) {
  return {logits.data<float>() + static_cast<int64_t>(row) * logits.cols(), static_cast<size_t>(logits.cols())};
}
double log_prob(const Tensor& logits, size_t row, int32_t id) {
  const std::span<const float> values = row_of(logits, row);
  return static_cast<double>(values[static_cast<size_t>(id)]) - log_sum_exp(values);
}

// A name in a scene of three people and two things is hidden; which of the three it is. BERT looks at the gap, GPT compares the three whole texts.
double cloze_accuracy(Model& model) {
  const WorldWords& words = WorldWords::get();
  const Rng random(kAskedSeed, "gaps");
  double right = 0;
  for (int64_t i = 0; i < kAsked; ++i) {
    Rng of_text = random.child(static_cast<uint64_t>(i));
    Ids text = words.ids(scene_text(SceneKind::kHands, of_text.child(0)));
    text.push_back(WorldWords::kEnd);
    Ids people;
    std::vector<size_t> places;
    for (size_t at = 0; at < text.size(); ++at) {
      const std::string word = words.tokenizer().token(text[at]);
      if (std::ranges::none_of(world::names(), [&](const world::Name& n) { return n.text == word; })) continue;
      places.push_back(at);
      if (std::ranges::find(people, text[at]) == people.end()) people.push_back(text[at]);
    }
    const size_t at = places[of_text.below(places.size())];
    const int32_t answer = text[at];
    std::vector<double> scores;
    if (is_bert(model)) {
      text[at] = WorldWords::kMask;
      const Tensor logits = logits_of(model, {text});
      for (const int32_t who : people) scores.push_back(log_prob(logits, at, who));
    } else {
      for (const int32_t who : people) {
        text[at] = who;
        const Tensor logits = logits_of(model, {text});
        double sum = 0;
        for (size_t t = 1; t < text.size(); ++t) sum += log_prob(logits, t - 1, text[t]);
        scores.push_back(sum);
      }
    }
    right += people[static_cast<size_t>(std::ranges::max_element(scores) - scores.begin())] == answer;
  }
  return right / static_cast<double>(kAsked);
}

// ---- writing on ----

// The model's row for the next word: GPT's last one; BERT's first of as many masks as words are wanted, with the end token behind them, which tells
// it the length (Wang & Cho 2019, arXiv:1902.04094). `after` is what stands behind the gap.
std::vector<float> next_row(Model& model, Ids text, int64_t wanted, const Ids& after) {
  const size_t row = is_bert(model) ? text.size() : text.size() - 1;
  if (is_bert(model)) {
    text.insert(text.end(), static_cast<size_t>(wanted), WorldWords::kMask);
    text.insert(text.end(), after.begin(), after.end());
  }
  const Tensor logits = logits_of(model, {text});
  const std::span<const float> values = row_of(logits, row);
  return {values.begin(), values.end()};
}

struct Writing {
  double accepted = 0, sentences = 0, continued = 0, filled = 0, tokens = 0;
};

// The first half of a scene is given. Its next words are asked for their likelihood, left to right, and the model writes as many of its own.
void write_on(Model& model, int64_t number, Writing& w) {
  const WorldWords& words = WorldWords::get();
  Ids text = Scenes(kAskedSeed).at(number);
  const auto given = static_cast<std::ptrdiff_t>(text.size() / 2), wanted = std::min<std::ptrdiff_t>(kNew, std::ssize(text) - 1 - given);
  const Ids end = {WorldWords::kEnd}, rest(text.begin() + given + wanted, text.end());
  Ids written(text.begin(), text.begin() + given);
  for (std::ptrdiff_t i = 0; i < wanted; ++i) {
    const Ids so_far(text.begin(), text.begin() + given + i);
    const auto nats = [&](const Ids& after) {
      const std::vector<float> row = next_row(model, so_far, wanted - i, after);
      return log_sum_exp(row) - static_cast<double>(row[static_cast<size_t>(text[static_cast<size_t>(given + i)])]);
    };
    w.continued += nats(end), w.filled += nats(rest), w.tokens += 1;
  }
  for (int64_t i = 0; i < kNew; ++i) {
    std::vector<float> row = next_row(model, written, kNew - i, end);
    for (const int32_t never : {WorldWords::kUnknown, WorldWords::kStart, WorldWords::kMask, WorldWords::kSummary})
      row[static_cast<size_t>(never)] = -1e9f;
    const int32_t id = choose({.temperature = kTemperature}, row, sampling_number(static_cast<int64_t>(kAskedSeed), number, i));
    if (id == WorldWords::kEnd) break;
    written.push_back(id);
  }
  // Whole sentences that end behind what was given.
  std::string out = words.text(written);
  const size_t told = words.text(std::span(written).first(static_cast<size_t>(given))).size();
  out.resize(out.rfind('.') == std::string::npos ? 0 : out.rfind('.') + 1);
  world::Checker checker;
  for (const world::Checked& s : checker.check(out)) {
    const auto ends = static_cast<size_t>(s.sentence.data() - out.data()) + s.sentence.size();
    if (ends <= told) continue;
    w.sentences += 1;
    w.accepted += s.verdict == world::Verdict::kAccepted;
  }
}

Measured measure(const Cell& cell) {
  const bool bert = cell.text("model") == "BERT";
  Training t;
  t.model = text_transformer("pre", cell.count("layers"), cell.count("width"), WorldWords::get().vocab());
  t.model["heads"] = 4;
  t.model["context"] = kContext;
  if (bert) t.model["mask"] = "full";
  const auto scenes = std::make_shared<Scenes>(static_cast<uint64_t>(cell.seed));
  t.examples = bert ? masked(scenes, WorldWords::kMask, 0.15, static_cast<uint64_t>(cell.seed)) : scenes;
  t.steps = cell.count("steps");
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 50}}}};
  const Trained trained = train(t);
  Model& model = *trained.model;
  Writing w;
  for (int64_t i = 0; i < kWritten; ++i) write_on(model, i, w);
  double weights = 0;
  for (const Parameter& p : model.parameters().all()) weights += static_cast<double>(p.shape.elements());
  return {{{"loss", trained.end_loss},
           {"weights", weights},
           {"classes", class_accuracy(t.model, model, cell)},
           {"tags_f1", tag_f1(t.model, model, cell)},
           {"cloze", cloze_accuracy(model)},
           {"nats_continued", w.continued / w.tokens},
           {"nats_filled", w.filled / w.tokens},
           {"sentences", w.sentences},
           {"accepted", w.sentences > 0 ? w.accepted / w.sentences : 0}},
          {{"loss", trained.losses}}};
}

Finding judge(const Results& all) {
  const Results best = at_best(all.where({{"steps", all.values_of("steps").back()}}), {"model"}, "loss");
  Finding finding;
  finding.tables.push_back(table_of("Shares of right answers; nats a word of the next words; share of written sentences that the checker accepts",
                                    best, {"model", "lr"},
                                    {"weights", "classes", "tags_f1", "cloze", "nats_continued", "nats_filled", "sentences", "accepted"}));
  const auto of = [&](const char* model, const char* number) { return best.where({{"model", model}}).spread(number); };
  bool understands = true;
  for (const char* number : {"classes", "tags_f1", "cloze"}) understands = understands && lies_below(of("GPT", number), of("BERT", number));
  const bool writes =
      lies_below(of("GPT", "nats_continued"), of("BERT", "nats_continued")) && lies_below(of("BERT", "accepted"), of("GPT", "accepted"));
  finding.verdict = verdict_of(understands && writes);
  const auto both = [&](const char* number) { return cat(spread_text(of("BERT", number)), " and ", spread_text(of("GPT", number))); };
  finding.sentence =
      cat("BERT and GPT of equal weights on equal text: classes ", both("classes"), ", tags' F1 ", both("tags_f1"), ", hidden names ", both("cloze"),
          "; nats of each next word ", both("nats_continued"), ", with what follows the gap in view (which GPT cannot see) ", both("nats_filled"),
          "; of the sentences that they write ", both("accepted"), " hold together.");
  finding.evidence = {{"S26", finding.verdict, finding.sentence}};
  return finding;
}

}  // namespace bert_and_gpt_study

Experiment bert_and_gpt() {
  using namespace bert_and_gpt_study;
  return {.name = "bert-and-gpt",
          .code = "E29",
          .claim = "BERT understands and cannot generate; GPT the reverse.",
          .source = "A common statement",
          .published = "",
          .criterion =
              "at each model's best rate of pretraining (the standard size has one): BERT has more right classes, a higher F1 of tags and more right "
              "names in gaps than GPT; GPT "
              "finds "
              "the next words likelier and more of the sentences that it writes hold together by the story world's checker; all ranges apart",
          .cost = "15 s a cell; long: 8 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
