#include "tests/support/line_protocol.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace proctally::support {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LineProtocolTest, ReadsNamesTagsFieldsAndTheTimestamp) {
  const auto lines = parse_line_protocol(
      "m\\ a\\,b=c,t=x\\ \\,\\=\\x0a\\\\ y\"z,u=v i=-9223372036854775808i,r=1.5e-3 -7\n"
      "n f=0 9223372036854775807\n");
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0].measurement, "m a,b=c");
  EXPECT_THAT(lines[0].tags, ElementsAre(Pair("t", "x ,=\\x0a\\ y\"z"), Pair("u", "v")));
  EXPECT_THAT(lines[0].fields, ElementsAre(Pair("i", FieldValue(std::int64_t{INT64_MIN})),
                                           Pair("r", FieldValue(1.5e-3))));
  EXPECT_EQ(lines[0].timestamp_ns, -7);
  EXPECT_THAT(lines[1].tags, IsEmpty());
  EXPECT_THAT(lines[1].fields, ElementsAre(Pair("f", FieldValue(0.0))));
  EXPECT_EQ(lines[1].timestamp_ns, INT64_MAX);
}

TEST(LineProtocolTest, NothingIsNoLines) { EXPECT_THAT(parse_line_protocol(""), IsEmpty()); }

class LineProtocolRejectTest : public testing::TestWithParam<std::string_view> {};

TEST_P(LineProtocolRejectTest, WhatParsersReadDifferentlyOrNotAtAll) {
  EXPECT_THROW((void)parse_line_protocol(GetParam()), LineProtocolError);
}

INSTANTIATE_TEST_SUITE_P(Framing, LineProtocolRejectTest,
                         testing::Values("m f=1i 1", "\n", "m f=1i 1\n\n", "m f=1i 1\r\n",
                                         "#m f=1i 1\n", " m f=1i 1\n", "m  f=1i 1\n", "m f=1i  1\n",
                                         "m f=1i 1 \n", "m f=1i 1 # comment\n"));
INSTANTIATE_TEST_SUITE_P(Names, LineProtocolRejectTest,
                         testing::Values(",t=a f=1i 1\n", "m, f=1i 1\n", "m,=a f=1i 1\n",
                                         "m,t= f=1i 1\n", "m,t=a=b f=1i 1\n", "m,t f=1i 1\n",
                                         "m,t=a\\ f=1i 1\n", "m,t=a\\\\ f=1i 1\n",
                                         "m,t=a\\\"b f=1i 1\n", "m\\\\,t=a f=1i 1\n",
                                         "m,u=a,t=b f=1i 1\n", "m,t=a,t=b f=1i 1\n", "m =1i 1\n"));
INSTANTIATE_TEST_SUITE_P(Bytes, LineProtocolRejectTest,
                         testing::Values("m,t=a\tb f=1i 1\n", "m,t=a\nb f=1i 1\n",
                                         "m,t=a\\\nb f=1i 1\n", "m,t=\x1b f=1i 1\n",
                                         "m,t=\x7f f=1i 1\n",
                                         std::string_view("m,t=\0 f=1i 1\n", 13),
                                         "m,t=\xff f=1i 1\n", "m,t=\xc3 f=1i 1\n",
                                         "m,t=\xc0\xaf f=1i 1\n", "m,t=\xed\xa0\x80 f=1i 1\n",
                                         "m,t=\xf4\x90\x80\x80 f=1i 1\n"));
INSTANTIATE_TEST_SUITE_P(Fields, LineProtocolRejectTest,
                         testing::Values("m 1\n", "m,t=a 1\n", "m f 1\n", "m f= 1\n", "m f=i 1\n",
                                         "m f=007i 1\n", "m f=+1i 1\n", "m f=1u 1\n",
                                         "m f=1.5i 1\n", "m f=9223372036854775808i 1\n",
                                         "m f=nan 1\n", "m f=NaN 1\n", "m f=inf 1\n", "m f=+1 1\n",
                                         "m f=.5 1\n", "m f=1. 1\n", "m f=007 1\n", "m f=0x10 1\n",
                                         "m f=1e400 1\n", "m f=1e 1\n", "m f=1,5 1\n", "m f=1f 1\n",
                                         "m f=true 1\n", "m f=\"a\" 1\n", "m f=1i, 1\n",
                                         "m f=1i,f=2i 1\n"));
INSTANTIATE_TEST_SUITE_P(Timestamps, LineProtocolRejectTest,
                         testing::Values("m f=1i\n", "m f=1i \n", "m f=1i 1.5\n", "m f=1i 1e9\n",
                                         "m f=1i +1\n", "m f=1i 01\n",
                                         "m f=1i 9223372036854775808\n"));

}  // namespace
}  // namespace proctally::support
