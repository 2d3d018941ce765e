// Which of several texts answers a question: the others are about somebody else, or about something else.
#include "core/error.h"
#include "data/world/tasks/scene.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

// What can be told of somebody in one sentence, and asked.
enum Matter : size_t { kPlace, kThing, kFeeling, kMatters };

class Hearsay {
 public:
  explicit Hearsay(Rng rng) : scene_(rng) {
    for (uint8_t& person : people) person = scene_.person();
    for (Matter& matter : matters) matter = static_cast<Matter>(&matter - matters);
    for (size_t i = kMatters; i > 1; --i) std::swap(matters[i - 1], matters[scene_.pick(i)]);
  }

  uint8_t people[3];
  Matter matters[kMatters];  // in random order

  std::string tell(uint8_t who, Matter matter) {
    constexpr size_t kCommonFeelings = 12;
    switch (matter) {
      case kPlace:
        return scene_.worded(deed_at(kAt, who, scene_.place()));
      case kThing:
        return scene_.worded(deed_with(kHas, who, scene_.thing()));
      default:
        return scene_.worded(deed_word(kFeel, who, static_cast<uint16_t>(scene_.pick(kCommonFeelings))));
    }
  }
  // Two sentences, in either order.
  std::string tell(uint8_t a, Matter of_a, uint8_t b, Matter of_b) {
    const std::string first = tell(a, of_a), second = tell(b, of_b);
    return scene_.chance(50) ? cat(first, " ", second) : cat(second, " ", first);
  }
  std::string ask(uint8_t who, Matter matter) const {
    const std::string_view name = scene_.name(who);
    return matter == kPlace ? cat("Where was ", name, "?") : matter == kThing ? cat("What did ", name, " have?") : cat("How did ", name, " feel?");
  }

 private:
  Scene scene_;
};

Json retrieval(Rng rng) {
  Hearsay h(rng);
  const auto& [asked, other, third] = h.people;
  const auto& [matter, second, last] = h.matters;
  const Json negatives = {h.tell(asked, second), h.tell(asked, last), h.tell(other, matter), h.tell(third, matter)};
  return {{"query", h.ask(asked, matter)}, {"positives", {h.tell(asked, matter)}}, {"negatives", negatives}};
}

// Each text is about two people. The nearest wrong one tells of the same two the same matters, the other way round.
Json retrieval_of_two(Rng rng) {
  Hearsay h(rng);
  const auto& [asked, other, third] = h.people;
  const auto& [matter, second, last] = h.matters;
  const Json negatives = {h.tell(asked, second, other, matter), h.tell(asked, last, other, matter), h.tell(asked, second, third, matter),
                          h.tell(other, matter, third, second)};
  return {{"query", h.ask(asked, matter)}, {"positives", {h.tell(asked, matter, other, second)}}, {"negatives", negatives}};
}

constexpr WorldTask kRetrievalTasks[] = {
    {"retrieval", "rerank", "mrr@10", "which of five sentences answers a question about somebody", retrieval},
    {"retrieval-of-two", "rerank", "mrr@10", "which of five texts about two people answers a question about one of them", retrieval_of_two},
};

}  // namespace

std::span<const WorldTask> retrieval_tasks() { return kRetrievalTasks; }

}  // namespace gimbal::world
