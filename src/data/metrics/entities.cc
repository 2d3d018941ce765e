// Entities from tags by conlleval's rules of where one begins and ends.
#include "data/metrics/entities.h"

#include <algorithm>
#include <string_view>

#include "core/error.h"

namespace gimbal::metrics {
namespace {

struct Tag {
  char letter = 'O';
  std::string_view type = "_";
};

Tag read_tag(std::string_view tag) {
  if (tag.empty()) return {};
  std::string_view type = tag.substr(1);
  if (const size_t dash = type.find('-'); dash != std::string_view::npos) type.remove_prefix(dash + 1);
  return {tag[0], type.empty() ? "_" : type};
}

constexpr std::string_view kLetters = "BIESLUM";
bool is_typed(std::string_view tag) { return tag.size() > 2 && tag[1] == '-' && kLetters.find(tag[0]) != std::string_view::npos; }
bool is_bare(std::string_view tag) { return tag.size() == 1 && (tag == "O" || kLetters.find(tag[0]) != std::string_view::npos); }

bool inside(const Tag& tag) { return tag.letter != 'O' && tag.letter != '.'; }

bool ends_between(const Tag& before, const Tag& now) {
  if (before.letter == 'E' || before.letter == 'S') return true;
  if (before.letter == 'B' || before.letter == 'I')
    if (now.letter == 'B' || now.letter == 'S' || now.letter == 'O') return true;
  return inside(before) && before.type != now.type;
}

bool begins_between(const Tag& before, const Tag& now) {
  if (now.letter == 'B' || now.letter == 'S') return true;
  if (now.letter == 'E' || now.letter == 'I')
    if (before.letter == 'E' || before.letter == 'S' || before.letter == 'O') return true;
  return inside(now) && before.type != now.type;
}

}  // namespace

bool mark_entities(std::span<const std::string> names) { return std::ranges::any_of(names, is_typed) || std::ranges::all_of(names, is_bare); }

std::vector<Entity> entities(std::span<const std::string> tags) {
  std::vector<Entity> found;
  Tag before{'O', ""};
  size_t begin = 0;
  for (size_t i = 0; i <= tags.size(); ++i) {
    const Tag now = i < tags.size() ? read_tag(tags[i]) : Tag{};
    if (ends_between(before, now)) found.push_back({std::string(before.type), begin, i});
    if (begins_between(before, now)) begin = i;
    before = now;
  }
  return found;
}

EntityReport entity_report(std::span<const std::vector<std::string>> guess, std::span<const std::vector<std::string>> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " guesses for ", gold.size(), " sentences");
  EntityReport report;
  for (size_t s = 0; s < gold.size(); ++s) {
    GIMBAL_ASSERT(guess[s].size() == gold[s].size(), "sentence ", s, " has ", gold[s].size(), " words but ", guess[s].size(), " guesses");
    const std::vector<Entity> guessed = entities(guess[s]), present = entities(gold[s]);
    for (const Entity& entity : present) ++report.types[entity.type].present;
    for (const Entity& entity : guessed) {
      HitCounts& scores = report.types[entity.type];
      ++scores.guessed;
      scores.hits += std::ranges::find(present, entity) != present.end();
    }
  }
  for (const auto& [type, scores] : report.types) {
    report.all.hits += scores.hits;
    report.all.guessed += scores.guessed;
    report.all.present += scores.present;
  }
  return report;
}

}  // namespace gimbal::metrics
