// Choosing a topic, cutting its text.
#include "lab/sources/topics.h"

#include "core/error.h"
#include "core/rng.h"

namespace gimbal::lab {
namespace {

class TextsOfTopics final : public Examples {
 public:
  TextsOfTopics(std::vector<std::shared_ptr<const Examples>> topics, int64_t shortest, uint64_t seed)
      : topics_(std::move(topics)), shortest_(shortest), seed_(seed) {
    GIMBAL_ASSERT(!topics_.empty() && shortest_ > 0, topics_.size(), " ", shortest_);
  }

  int64_t size() const override { return topics_.front()->size(); }

  void add(int64_t number, TokenBatch& batch) const override {
    Rng random = Rng(seed_, "topics and lengths").child(static_cast<uint64_t>(number));
    TokenBatch whole;
    topics_[random.below(topics_.size())]->add(number, whole);
    const auto length = shortest_ + static_cast<int64_t>(random.below(static_cast<uint64_t>(whole.rows() - shortest_ + 1)));
    batch.add({.ids = {whole.ids.begin(), whole.ids.begin() + length}, .targets = {whole.targets.begin(), whole.targets.begin() + length}});
  }

 private:
  std::vector<std::shared_ptr<const Examples>> topics_;
  int64_t shortest_;
  uint64_t seed_;
};

}  // namespace

std::shared_ptr<const Examples> texts_of_topics(std::vector<std::shared_ptr<const Examples>> topics, int64_t shortest, uint64_t seed) {
  return std::make_shared<TextsOfTopics>(std::move(topics), shortest, seed);
}

}  // namespace gimbal::lab
