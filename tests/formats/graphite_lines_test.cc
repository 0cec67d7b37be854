#include "tests/support/graphite_lines.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace proctally::support {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(GraphiteLinesTest, ReadsPathsTagsValuesAndTimestamps) {
  const auto lines = parse_graphite(
      "a.B-1._x -1.5e-07 1\n"
      "p.m;group=a,~\"}=!^\\;host=b.c 9223372036854775807 4294967295\n");
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0].series, "a.B-1._x");
  EXPECT_THAT(lines[0].nodes, ElementsAre("a", "B-1", "_x"));
  EXPECT_THAT(lines[0].tags, IsEmpty());
  EXPECT_EQ(lines[0].value, -1.5e-07);
  EXPECT_EQ(lines[0].seconds, 1);
  EXPECT_THAT(lines[1].nodes, ElementsAre("p", "m"));
  EXPECT_THAT(lines[1].tags, ElementsAre(Pair("group", "a,~\"}=!^\\"), Pair("host", "b.c")));
  EXPECT_EQ(lines[1].value_text, "9223372036854775807");
  EXPECT_EQ(lines[1].seconds, 4294967295);
}

TEST(GraphiteLinesTest, NothingIsNoLines) { EXPECT_THAT(parse_graphite(""), IsEmpty()); }

class GraphiteLinesRejectTest : public testing::TestWithParam<std::string_view> {};

TEST_P(GraphiteLinesRejectTest, WhatReceiversReadDifferentlyOrNotAtAll) {
  EXPECT_THROW((void)parse_graphite(GetParam()), GraphiteLineError);
}

INSTANTIATE_TEST_SUITE_P(Framing, GraphiteLinesRejectTest,
                         testing::Values("a 1 1", "\n", "a 1 1\n\n", "a 1 1\r\n", " a 1 1\n",
                                         "a  1 1\n", "a 1  1\n", "a 1 1 \n", "a\t1 1\n", "a 1\n",
                                         "a 1 1 1\n", "a b 1 1\n"));
INSTANTIATE_TEST_SUITE_P(Nodes, GraphiteLinesRejectTest,
                         testing::Values(" 1 1\n", ".a 1 1\n", "a. 1 1\n", "a..b 1 1\n",
                                         "a/b 1 1\n", "a*b 1 1\n", "a~ 1 1\n", "a(b 1 1\n",
                                         "a:b 1 1\n", "\xc3\xa9 1 1\n", "\xff 1 1\n", "a\x1f 1 1\n",
                                         std::string_view("a\0b 1 1\n", 8)));
INSTANTIATE_TEST_SUITE_P(Tags, GraphiteLinesRejectTest,
                         testing::Values(";t=a 1 1\n", "a; 1 1\n", "a;t 1 1\n", "a;t= 1 1\n",
                                         "a;=v 1 1\n", "a;t=~v 1 1\n", "a;t=v; 1 1\n",
                                         "a;t=v;;u=w 1 1\n", "a;u=v;t=v 1 1\n", "a;t=v;t=w 1 1\n",
                                         "a;name=v 1 1\n", "a;t!=v 1 1\n", "a;t=\x7f 1 1\n",
                                         "a;t=\xc3\xa9 1 1\n", "a;t={x=\"y\"} 1 1\n"));
INSTANTIATE_TEST_SUITE_P(Values, GraphiteLinesRejectTest,
                         testing::Values("a +1 1\n", "a .5 1\n", "a 5. 1\n", "a 1E5 1\n",
                                         "a 1e 1\n", "a 0x1 1\n", "a 1,5 1\n", "a 1_0 1\n",
                                         "a nan 1\n", "a inf 1\n", "a -inf 1\n", "a 1e400 1\n",
                                         "a true 1\n", "a - 1\n"));
INSTANTIATE_TEST_SUITE_P(Timestamps, GraphiteLinesRejectTest,
                         testing::Values("a 1 0\n", "a 1 -1\n", "a 1 1.5\n", "a 1 1e9\n", "a 1 N\n",
                                         "a 1 +1\n", "a 1 01\n", "a 1 nan\n",
                                         "a 1 1763845200123\n"));

TEST(GraphiteLinesTest, RejectsWhatIsTooLong) {
  EXPECT_NO_THROW((void)parse_graphite(std::string(251, 'a') + " 1 1\n"));
  EXPECT_THROW((void)parse_graphite(std::string(252, 'a') + " 1 1\n"), GraphiteLineError);
  std::string path = "a";
  while (path.size() < 4091) path += ".a";
  EXPECT_NO_THROW((void)parse_graphite(path + " 1 1\n"));
  EXPECT_THROW((void)parse_graphite(path + "a 1 1\n"), GraphiteLineError);
}

}  // namespace
}  // namespace proctally::support
