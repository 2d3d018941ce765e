// Stories: the same for the same seed, varied for others, the right length, with a state that can be asked.
#include "data/world/story.h"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/files.h"
#include "core/threads.h"
#include "data/world/lexicon.h"

namespace gimbal::world {
namespace {

int words_in(const std::string& text) {
  std::istringstream in(text);
  std::string word;
  int n = 0;
  while (in >> word) ++n;
  return n;
}

TEST(Story, DependsOnSeedAndIndexAlone) {
  const Story a = make_story(3, 17), b = make_story(3, 17);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.events.size(), b.events.size());
  EXPECT_NE(a.text, make_story(3, 18).text);
  EXPECT_NE(a.text, make_story(4, 17).text);
}

TEST(Story, HasBetween80And400Words) {
  for (uint64_t i = 0; i < 500; ++i) {
    const Story s = make_story(1, i);
    const int n = words_in(s.text);
    EXPECT_GE(n, 80) << s.text;
    EXPECT_LE(n, 400) << s.text;
  }
}

TEST(Story, IsWellPunctuated) {
  for (uint64_t i = 0; i < 500; ++i) {
    const std::string text = make_story(2, i).text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '"') % 2, 0) << text;
    for (const char* bad : {"  ", " ,", " .", "..", ",,", " ?", " !", "{", "}", "[", "]", "~", " a a", "the the ", " to to ", " I's", "\n "})
      EXPECT_EQ(text.find(bad), std::string::npos) << bad << " in " << text;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(text[0])) || text[0] == '"');
    for (size_t at = text.find(" a "); at != std::string::npos; at = text.find(" a ", at + 1))
      EXPECT_EQ(article(text.substr(at + 3, 12)), "a") << text.substr(at, 20);
    for (size_t at = text.find(" an "); at != std::string::npos; at = text.find(" an ", at + 1))
      EXPECT_EQ(article(text.substr(at + 4, 12)), "an") << text.substr(at, 20);
  }
}

TEST(Story, CoversItsTextWithSentences) {
  const Story s = make_story(5, 3);
  for (size_t i = 0; i < s.sentences.size(); ++i) {
    EXPECT_LT(s.sentences[i].begin, s.sentences[i].end);
    EXPECT_LE(s.sentences[i].end, s.text.size());
    EXPECT_GE(s.sentences[i].begin, i == 0 ? 0 : s.sentences[i - 1].end);
  }
  EXPECT_EQ(s.sentences.back().end, s.text.size());
}

// A story in which a thing changes hands, asked before and after.
TEST(Story, StateCanBeAskedAfterEachSentence) {
  int gifts = 0;
  for (uint64_t i = 0; i < 200 && gifts < 20; ++i) {
    const Story s = make_story(6, i);
    for (size_t k = 0; k < s.sentences.size(); ++k)
      for (uint32_t e = 0; e < s.sentences[k].events; ++e) {
        const Event& event = s.events[s.sentences[k].first_event + e];
        if (event.pred != Pred::kGive || event.mode != Mode::kNow || s.sentences[k].events != 1) continue;
        ++gifts;
        EXPECT_TRUE(s.state_after(k).holds(event.a, event.t));
        EXPECT_TRUE(s.state_after(k + 1).holds(event.b, event.t));
        EXPECT_TRUE(s.state_after(k + 1).together(event.a, event.b));
      }
  }
  EXPECT_GE(gifts, 20);
}

TEST(Story, UsesManyWordsAndPlots) {
  std::set<std::string> words, beginnings;
  std::set<std::string_view> plots;
  for (uint64_t i = 0; i < 3000; ++i) {
    const Story s = make_story(7, i);
    plots.insert(s.plot);
    beginnings.insert(s.text.substr(0, 40));
    std::string word;
    for (const char c : s.text) {
      if (std::isalpha(static_cast<unsigned char>(c)))
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      else if (!word.empty()) {
        words.insert(word);
        word.clear();
      }
    }
  }
  EXPECT_GE(words.size(), 3000u);
  EXPECT_GE(plots.size(), 28u);
  EXPECT_GE(beginnings.size(), 2500u);
}

class WorldCorpus : public testing::Test {
 protected:
  void SetUp() override { dir_ = std::filesystem::temp_directory_path() / ("gimbal_world_" + std::to_string(::getpid())); }
  void TearDown() override {
    std::filesystem::remove_all(dir_);
    set_num_threads(0);
  }
  std::filesystem::path dir_;
};

TEST_F(WorldCorpus, IsTheSameForAnyNumberOfThreads) {
  set_num_threads(1);
  const CorpusSize one = write_corpus(dir_ / "one", 8, 600000);
  set_num_threads(3);
  const CorpusSize three = write_corpus(dir_ / "three", 8, 600000);
  EXPECT_EQ(one.stories, three.stories);
  EXPECT_GE(one.bytes, 600000u);
  for (const char* name : {"train.jsonl", "valid.jsonl"}) EXPECT_EQ(read_file(dir_ / "one" / name), read_file(dir_ / "three" / name));
}

TEST_F(WorldCorpus, IsJsonLinesWithoutSharedStories) {
  write_corpus(dir_, 9, 400000, {.valid = 0.25});
  std::set<std::string> seen;
  uint64_t bytes[2] = {};
  for (int part = 0; part < 2; ++part) {
    std::istringstream in(read_text_file(dir_ / (part == 0 ? "train.jsonl" : "valid.jsonl")));
    for (std::string line; std::getline(in, line);) {
      const auto json = nlohmann::json::parse(line);
      ASSERT_EQ(json.size(), 1u);
      const auto text = json.at("text").get<std::string>();
      EXPECT_TRUE(seen.insert(text).second);
      bytes[part] += text.size();
    }
  }
  EXPECT_NEAR(static_cast<double>(bytes[1]) / static_cast<double>(bytes[0] + bytes[1]), 0.25, 0.02);
}

TEST_F(WorldCorpus, RefusesAnImpossibleSplit) { EXPECT_ANY_THROW(write_corpus(dir_, 1, 1000, {.valid = 1.5})); }

}  // namespace
}  // namespace gimbal::world
