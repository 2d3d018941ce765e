// Columns of words and tags.
#include "data/tasks/word_columns.h"

#include "data/tasks/file_for_tests.h"

namespace gimbal {
namespace {

using WordColumns = Files;
using Words = std::vector<std::string>;

TEST_F(WordColumns, ReadsConllWithItsDocumentMarks) {
  const std::string text = "-DOCSTART- -X- -X- O\n\nMia NNP B-NP B-PER\nran VBD B-VP O\n\n\nto TO B-PP O\nRome NNP B-NP B-LOC\n";
  const auto entities = read("a.txt", text, "conll2003");
  ASSERT_EQ(entities.size(), 2u);
  EXPECT_EQ(entities[0].words, (Words{"Mia", "ran"}));
  EXPECT_EQ(entities[1].tags, (Words{"O", "B-LOC"}));
  EXPECT_EQ(read("a.txt", text, "pos")[0].tags, (Words{"NNP", "VBD"}));
}

TEST_F(WordColumns, ADocumentMarkEndsASentence) {
  const auto records = read("a.txt", "Mia NNP B-NP B-PER\n-DOCSTART- -X- -X- O\nBen NNP B-NP B-PER\nran VBD B-VP O\n", "conll2003");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].words, Words{"Mia"});
  EXPECT_TRUE(records[1].place.ends_with("a.txt line 3")) << records[1].place;
}

TEST_F(WordColumns, ReadsTabsAndSpacesWithinWords) {
  const auto tabs = read("a.conll", "New York\tB-location\r\n!\tO\r\n\r\n", "wnut");
  EXPECT_EQ(tabs[0].words, (Words{"New York", "!"}));
  EXPECT_EQ(read("b.bio", "Zoë   B-PER", "tokens")[0].words, Words{"Zoë"});
}

TEST_F(WordColumns, TakesTheFirstOfSeveralVotes) {
  EXPECT_EQ(read("a.conll", "DRDO\tB-corporation,B-group\nis\tO\n,\t,\n", "wnut")[0].tags, (Words{"B-corporation", "O", ","}));
}

TEST_F(WordColumns, ReadsConllUWithoutRangesAndEmptyNodes) {
  const std::string rest = "\t_\t_\t0\tx\t_\t_\n";
  const auto records = read("a.conllu",
                            "# sent_id = s-1\n# text = don't go\n1-2\tdon't\t_\t_" + rest + "1\tdo\tdo\tAUX" + rest + "2\tn't\tnot\tPART" + rest +
                                "2.1\tghost\t_\tVERB" + rest + "3\tgo\tgo\tVERB" + rest + "\n1\tYes\tyes\tINTJ" + rest,
                            "pos");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].id, "s-1");
  EXPECT_EQ(records[0].words, (Words{"do", "n't", "go"}));
  EXPECT_EQ(records[0].tags, (Words{"AUX", "PART", "VERB"}));
  EXPECT_EQ(records[1].id, "1");
}

TEST_F(WordColumns, NameTheLineOfAColumnThatIsMissing) {
  expect_says(error("a.conll", "Mia NNP B-PER\nran VBD\n", "tokens"), {"a.conll", "line 2 has 2 columns", "the first line has 3"});
  expect_says(error("b.conll", "\tO\n", "tokens"), {"b.conll", "line 1", "empty column"});
  expect_says(error("c.conllu", "1\tMia\n", "pos"), {"c.conllu", "line 1 has 2 columns", "CoNLL-U has 10"});
  expect_says(error("d.conll", "Mia O\n", "mnli"), {"d.conll", "mnli is of the kind classify"});
}

}  // namespace
}  // namespace gimbal
