// Runs of labelled sentences, and texts that hold them.
#include "lab/sources/demonstrations.h"

#include "core/error.h"
#include "data/world/tasks/scene.h"
#include "lab/sources/scene_texts.h"
#include "lab/sources/shuffled.h"
#include "lab/sources/world_words.h"

namespace gimbal::lab {
namespace {

constexpr std::string_view kColors[] = {"red", "blue", "green", "yellow", "brown", "purple", "pink", "white"};

class WorldText final : public Examples {
 public:
  WorldText(const WorldTextSpec& spec, uint64_t seed) : spec_(spec), random_(seed, "text of the world") {}
  int64_t size() const override { return int64_t{1} << 40; }
  void add(int64_t number, TokenBatch& batch) const override {
    const WorldTokens text = world_tokens(spec_, random_.child(static_cast<uint64_t>(number)));
    Sequence sequence{.ids = {text.ids.begin(), text.ids.end() - 1}, .targets = {text.ids.begin() + 1, text.ids.end()}};
    for (size_t i = 0; !text.label.empty() && i < sequence.targets.size(); ++i)
      if (!text.label[i + 1]) sequence.targets[i] = kIgnoredTarget;
    batch.add(sequence);
  }

 private:
  WorldTextSpec spec_;
  Rng random_;
};

std::string said_of(Topic topic, const world::Scene& cast, uint8_t of, std::string_view who) {
  return topic == Topic::kWhere ? cat(who, " was ", cast.at_place(of)) : cat(who, " had the ", cast.noun(of));
}

void append(const std::vector<int32_t>& more, std::vector<int32_t>& to) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

std::span<const std::string_view> label_words() { return kColors; }

const Task& demonstrated_task() {
  static const Task task = {.name = "demonstrated", .kind = TaskKind::kClassify, .says = "", .metrics = {"accuracy"}, .labels = {}, .shot = "{0}"};
  return task;
}

Run draw_run(Topic topic, int64_t records, Rng rng) {
  world::Scene cast(rng.child(0));
  Rng random = rng.child(1);
  const std::span<const std::string_view> words = label_words();
  const std::vector<int64_t> order = shuffled(static_cast<int64_t>(words.size()), random);
  std::vector<uint8_t> classes;
  Run run;
  for (size_t c = 0; c < kClassesOfRun; ++c) {
    classes.push_back(topic == Topic::kWhere ? cast.place() : cast.thing());
    run.labels.emplace_back(words[static_cast<size_t>(order[c])]);
  }
  for (int64_t i = 0; i < records; ++i) {
    world::Scene passing(rng.child(static_cast<uint64_t>(2 + i)));
    const size_t c = random.below(kClassesOfRun);
    Record record;
    record.id = std::to_string(i);
    record.texts = {said_of(topic, cast, classes[c], passing.name(passing.person()))};
    record.label = run.labels[c];
    run.records.push_back(std::move(record));
  }
  return run;
}

WorldTokens world_tokens(const WorldTextSpec& spec, Rng rng) {
  const WorldWords& words = WorldWords::get();
  Rng random = rng.child(0);
  const auto size = static_cast<size_t>(spec.tokens);
  WorldTokens text;
  std::vector<int32_t>& tokens = text.ids;
  if (random.uniform() < spec.runs) {
    const Topic topic = random.below(2) == 0 ? Topic::kWhere : Topic::kWhat;
    const Run run = draw_run(topic, spec.tokens / 6 + 1, rng.child(1));
    for (const Record& record : run.records) {
      append(words.ids(cat(record.texts[0], " ", record.label)), tokens);
      text.label.resize(tokens.size());
      text.label.back() = true;
    }
  }
  for (uint64_t i = 2; tokens.size() < size; ++i) {
    if (random.uniform() < spec.asked) {
      const AskedScene asked = asked_scene(rng.child(i));
      append(words.ids(cat(asked.text, " ", asked.question, " ", asked.answer)), tokens);
    } else {
      append(words.ids(scene_text(kSceneKinds[random.below(kSceneKinds.size())], rng.child(i))), tokens);
    }
    tokens.push_back(WorldWords::kEnd);
  }
  tokens.resize(size);
  if (!text.label.empty()) text.label.resize(size);
  return text;
}

std::shared_ptr<const Examples> world_text(const WorldTextSpec& spec, uint64_t data_seed) { return std::make_shared<WorldText>(spec, data_seed); }

}  // namespace gimbal::lab
