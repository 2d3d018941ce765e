// Stop strings inside one piece, across pieces, and those that only begin.
#include "infer/stop_strings.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gimbal {
namespace {

struct Fed {
  std::vector<std::string> pieces;
  std::string text, stop;
};

Fed feed_all(std::vector<std::string> stops, const std::vector<std::string>& pieces) {
  StopStrings s(std::move(stops));
  Fed fed;
  for (const std::string& piece : pieces) {
    fed.pieces.push_back(s.feed(piece));
    fed.text += fed.pieces.back();
  }
  fed.text += s.finish();
  fed.stop = s.stopped() ? s.found() : "";
  return fed;
}

TEST(StopStrings, PassesTextThrough) {
  const Fed fed = feed_all({}, {"a", "", "bc"});
  EXPECT_EQ(fed.pieces, (std::vector<std::string>{"a", "", "bc"}));
  EXPECT_EQ(fed.stop, "");
}

TEST(StopStrings, EndsBeforeTheStop) {
  const Fed fed = feed_all({"END"}, {"one END two", "three"});
  EXPECT_EQ(fed.text, "one ");
  EXPECT_EQ(fed.stop, "END");
}

TEST(StopStrings, HoldsBackWhatMayStillMatch) {
  const Fed fed = feed_all({"\nUser:"}, {"hi\n", "Us", "er:", " x"});
  EXPECT_EQ(fed.pieces, (std::vector<std::string>{"hi", "", "", ""}));
  EXPECT_EQ(fed.text, "hi");
  EXPECT_EQ(fed.stop, "\nUser:");
}

TEST(StopStrings, ReleasesWhatDidNotMatch) {
  const Fed fed = feed_all({"\nUser:"}, {"hi\n", "Us", "ually\nU"});
  EXPECT_EQ(fed.pieces, (std::vector<std::string>{"hi", "", "\nUsually"}));
  EXPECT_EQ(fed.text, "hi\nUsually\nU");
  EXPECT_EQ(fed.stop, "");
}

TEST(StopStrings, OverlapsItself) {
  EXPECT_EQ(feed_all({"aab"}, {"a", "a", "a", "b", "c"}).text, "a");
  EXPECT_EQ(feed_all({"abab"}, {"ab", "ac", "aba", "bab"}).text, "abac");
}

TEST(StopStrings, TheFirstThenTheLongest) {
  EXPECT_EQ(feed_all({"two", "one"}, {"zero one two"}).stop, "one");
  EXPECT_EQ(feed_all({"ab", "abc"}, {"xabcd"}).stop, "abc");
}

TEST(StopStrings, RefusesTheEmptyString) { EXPECT_THROW(StopStrings({"a", ""}), Error); }

// Whatever the borders of the pieces, the text is what comes before the first stop.
TEST(StopStrings, BordersDoNotMatter) {
  const std::string whole = "abcabdabcabcabe---";
  for (size_t first = 0; first <= whole.size(); ++first) {
    for (size_t second = first; second <= whole.size(); ++second) {
      const Fed fed = feed_all({"abcabe", "dd"}, {whole.substr(0, first), whole.substr(first, second - first), whole.substr(second)});
      EXPECT_EQ(fed.text, "abcabdabc");
    }
  }
}

}  // namespace
}  // namespace gimbal
