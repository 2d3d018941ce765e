// Tables are cut into the fields that were meant.
#include "data/tasks/table.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gimbal {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text, TableRows::Kind kind) {
  TableRows rows(text, kind);
  Rows all;
  while (auto row = rows.next()) all.push_back(std::move(*row));
  return all;
}

TEST(Table, TabsAreCutPlainly) {
  EXPECT_EQ(rows_of("a\tb\r\n\n\"c\t\td\"", TableRows::Kind::kTabs), (Rows{{"a", "b"}, {"\"c", "", "d\""}}));
  EXPECT_TRUE(rows_of("", TableRows::Kind::kTabs).empty());
  EXPECT_EQ(rows_of("a\t", TableRows::Kind::kTabs), (Rows{{"a", ""}}));
}

TEST(Table, QuotedFieldsHoldCommasBreaksAndQuotes) {
  EXPECT_EQ(rows_of("a,\"b, c\",\"d \"\"e\"\"\"\r\n\"f\ng\",,h\n", TableRows::Kind::kCommas), (Rows{{"a", "b, c", "d \"e\""}, {"f\ng", "", "h"}}));
  EXPECT_EQ(rows_of("\"\",x\n\n5\" long,y", TableRows::Kind::kCommas), (Rows{{"", "x"}, {"5\" long", "y"}}));
}

TEST(Table, CountsLinesThroughQuotedBreaks) {
  TableRows rows("h\n\"a\nb\"\nc\n", TableRows::Kind::kCommas);
  rows.next();
  EXPECT_EQ(rows.line(), 1);
  rows.next();
  EXPECT_EQ(rows.line(), 2);
  rows.next();
  EXPECT_EQ(rows.line(), 4);
}

TEST(Table, RefusesQuotesThatDoNotClose) {
  EXPECT_THROW(rows_of("a\n\"b", TableRows::Kind::kCommas), Error);
  EXPECT_THROW(rows_of("\"b\"c,d\n", TableRows::Kind::kCommas), Error);
}

}  // namespace
}  // namespace gimbal
