// Words and word order of the invented language.
#include "data/world/tasks/invented_language.h"

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::world {
namespace {

using enum Pred;

constexpr NamedDeed kNamedDeeds[] = {{kGo, "go"},     {kAt, "stay"},   {kHas, "own"},   {kLose, "lose"},    {kFind, "find"},
                                {kGive, "give"}, {kLend, "lend"}, {kShow, "show"}, {kSnatch, "snatch"}};

std::string noun_phrase(const Facts& facts, uint8_t item) {
  std::string phrase = invented_word(facts.thing(item).name);
  const uint8_t color = facts.items[item].adjectives[static_cast<size_t>(Family::kColor)];
  if (color != kNobody) phrase += " " + invented_word(adjectives()[color].text);
  return phrase;
}

}  // namespace

std::string invented_word(std::string_view english) {
  constexpr std::string_view kConsonants = "ptkmnslrvdbg", kVowels = "aeiou";
  constexpr int kSyllables = 3;
  uint64_t draw = mix64(hash_name(english));
  std::string word;
  for (int i = 0; i < kSyllables; ++i) {
    word += kConsonants[draw % kConsonants.size()];
    draw /= kConsonants.size();
    word += kVowels[draw % kVowels.size()];
    draw /= kVowels.size();
  }
  return word;
}

std::string invented_sentence(const Facts& facts, const Event& e) {
  const auto name = [&](uint8_t who) { return names()[facts.people[who].name].text; };
  std::string out;
  if (e.b != kNobody) out += cat(name(e.b), " ti ");
  if (e.t != kNobody) out += noun_phrase(facts, e.t) + " na ";
  if (e.p != kNobody) out += invented_word(places()[facts.sites[e.p].noun].name) + " ra ";
  out += cat(name(e.a), " ");
  for (const NamedDeed& deed : kNamedDeeds)
    if (deed.pred == e.pred) return cat(out, invented_word(deed.verb), ".");
  GIMBAL_ASSERT(false, "the invented language has no verb for predicate ", static_cast<int>(e.pred));
}

std::span<const NamedDeed> translated_deeds() { return kNamedDeeds; }

}  // namespace gimbal::world
