#include "plugins/graphite/first_lines.h"

#include <gtest/gtest.h>

#include <string>

namespace proctally::plugins::graphite {
namespace {

TEST(FirstLinesTest, AreAsManyWholeLinesAsFit) {
  const std::string text = "a 1 1\nbb 2 1\nccc 3 1\n";
  EXPECT_EQ(first_lines(text, 100), text);
  EXPECT_EQ(first_lines(text, text.size()), text);
  EXPECT_EQ(first_lines(text, text.size() - 1), "a 1 1\nbb 2 1\n");
  EXPECT_EQ(first_lines(text, 13), "a 1 1\nbb 2 1\n");
  EXPECT_EQ(first_lines(text, 12), "a 1 1\n");
}

TEST(FirstLinesTest, AreAtLeastOneHoweverLong) {
  EXPECT_EQ(first_lines("a 1 1\nb 2 1\n", 3), "a 1 1\n");
}

}  // namespace
}  // namespace proctally::plugins::graphite
