// A story from its seed and index: a setting, a plot, and a new beginning where the choices led nowhere.
#include "data/world/story.h"

#include "core/error.h"
#include "core/rng.h"
#include "data/world/plots.h"
#include "data/world/reader_rules.h"

namespace gimbal::world {
namespace {

const std::vector<Plot>& all_plots() {
  static const std::vector<Plot> plots = [] {
    std::vector<Plot> all;
    for (const auto& part : {plots_of_things(), plots_of_people(), plots_of_days()}) all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return plots;
}

// People, things and places as they are before anything is told of them.
Facts before_the_story(const Facts& facts) {
  Facts begin;
  begin.people_count = facts.people_count;
  begin.item_count = facts.item_count;
  begin.site_count = facts.site_count;
  begin.sites = facts.sites;
  begin.settings = facts.settings;
  for (int i = 0; i < facts.people_count; ++i) {
    const Person& p = facts.people[i];
    begin.people[i] = {.grown = p.grown, .gender = p.gender, .name = p.name, .species = p.species, .job = p.job, .kin_of = p.kin_of, .kin = p.kin};
  }
  for (int i = 0; i < facts.item_count; ++i) {
    begin.items[i].noun = facts.items[i].noun;
    begin.items[i].adjectives = facts.items[i].adjectives;
  }
  return begin;
}

}  // namespace

Facts Story::state_after(size_t count) const {
  Facts facts = cast;
  for (size_t i = 0; i < count && i < sentences.size(); ++i) {
    const Sentence& s = sentences[i];
    const char* wrong = apply_sentence(facts, s.shape, events.data() + s.first_event, static_cast<int>(s.events), s.moment, s.place);
    GIMBAL_ASSERT(!wrong, "a told story contradicts itself: ", wrong);
  }
  return facts;
}

Story make_story(uint64_t seed, uint64_t index, const StoryOptions& options) {
  const Rng stream = Rng(seed, "world").child(index);
  constexpr Tags kSettings[] = {kTown, kTown, kFarm, kFarm, kSea, kWoods, kWoods, kWoods, kMountain, kCastle, kDesert, kJungle};
  for (uint64_t attempt = 0;; ++attempt) {
    GIMBAL_ASSERT(attempt < 1000, "no story comes of seed ", seed, " and index ", index);
    Teller t(stream.child(attempt));
    t.setting = kSettings[t.pick(std::size(kSettings))];
    t.facts.settings = t.setting;
    int total = 0;
    for (const Plot& plot : all_plots()) total += plot.weight;
    int ticket = static_cast<int>(t.pick(static_cast<size_t>(total)));
    const Plot* plot = nullptr;
    for (const Plot& p : all_plots())
      if ((ticket -= p.weight) < 0) {
        plot = &p;
        break;
      }
    if (!(plot->settings & t.setting)) continue;
    try {
      plot->tell(t);
    } catch (const ::gimbal::world::Stuck&) {
      continue;
    }
    if (t.words() < options.min_words || t.words() > options.max_words) continue;
    t.story.plot = plot->name;
    t.story.cast = before_the_story(t.facts);
    return std::move(t.story);
  }
}

}  // namespace gimbal::world
