#include "core/procfs/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace proctally::procfs {
namespace {

TEST(TextTest, ParsesANumberThatIsAllOfTheText) {
  EXPECT_EQ(parse_number<int>("0"), 0);
  EXPECT_EQ(parse_number<int>("-20"), -20);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_number<int>("2147483647"), std::numeric_limits<int>::max());
}

TEST(TextTest, ParsesNothingElseAsANumber) {
  for (const std::string_view text : {"", " ", " 1", "1 ", "1\n", "+1", "0x1", "1.0", "1e3", "--1",
                                      "a", "-", "\xd9\xa1", "18446744073709551616"}) {
    EXPECT_EQ(parse_number<std::uint64_t>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<int>("2147483648"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_number<int>(std::string_view{}), std::nullopt);
}

TEST(TextTest, CutsPiecesAtADelimiter) {
  std::string_view rest = "a:b::c";
  EXPECT_EQ(cut(rest, ':'), "a");
  EXPECT_EQ(cut(rest, ':'), "b");
  EXPECT_EQ(cut(rest, ':'), "");
  EXPECT_EQ(rest, "c");
  EXPECT_EQ(cut(rest, ':'), "c");
  EXPECT_EQ(rest, "");
  EXPECT_EQ(cut(rest, ':'), "");
}

TEST(TextTest, CutsWordsOverAnyBlanks) {
  std::string_view rest = " \t one\ttwo   three ";
  EXPECT_EQ(cut_word(rest), "one");
  EXPECT_EQ(cut_word(rest), "two");
  EXPECT_EQ(cut_word(rest), "three");
  EXPECT_EQ(cut_word(rest), "");
  EXPECT_EQ(rest, "");
  EXPECT_EQ(cut_word(rest), "");
}

TEST(TextTest, CutsNumbersWithTheOneSpaceBehindThem) {
  std::string_view rest = "1 22 x  4";
  int value = 0;
  EXPECT_TRUE(cut_number(rest, value));
  EXPECT_EQ(value, 1);
  EXPECT_TRUE(cut_number(rest, value));
  EXPECT_EQ(value, 22);
  EXPECT_FALSE(cut_number(rest, value));
  EXPECT_EQ(value, 22) << "is left as it was";
  EXPECT_FALSE(cut_number(rest, value)) << "two spaces";
  EXPECT_TRUE(cut_number(rest, value));
  EXPECT_EQ(value, 4);
  EXPECT_FALSE(cut_number(rest, value)) << "nothing left";
}

}  // namespace
}  // namespace proctally::procfs
