#include "formats/human_units.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/formats/raised_locale.h"

namespace proctally::formats {
namespace {

TEST(HumanUnitsTest, BytesHaveThreeDigitsOrFour) {
  constexpr std::int64_t kMib = 1'048'576;
  EXPECT_EQ(human_bytes(0), "0");
  EXPECT_EQ(human_bytes(1), "1B");
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1024), "1.0K");
  EXPECT_EQ(human_bytes(1536), "1.5K");
  EXPECT_EQ(human_bytes(99 * kMib), "99.0M");
  EXPECT_EQ(human_bytes(345 * kMib), "345M");
  EXPECT_EQ(human_bytes(std::numeric_limits<std::int64_t>::max()), "8.0E");
}

TEST(HumanUnitsTest, BytesThatRoundUpTakeTheNextUnit) {
  EXPECT_EQ(human_bytes(102'348), "99.9K");
  EXPECT_EQ(human_bytes(102'349), "100K");
  EXPECT_EQ(human_bytes(1'048'063), "1023K");
  EXPECT_EQ(human_bytes(1'048'064), "1.0M");
  EXPECT_EQ(human_bytes(1'048'575), "1.0M");
}

TEST(HumanUnitsTest, DurationsHaveTheUnitsThatMatter) {
  EXPECT_EQ(human_duration(0), "0s");
  EXPECT_EQ(human_duration(1e-9), "0s");
  EXPECT_EQ(human_duration(40e-6), "40µs");
  EXPECT_EQ(human_duration(0.00184), "1.8ms");
  EXPECT_EQ(human_duration(0.0124), "12ms");
  EXPECT_EQ(human_duration(1.24), "1.2s");
  EXPECT_EQ(human_duration(184), "3m04s");
  EXPECT_EQ(human_duration(5 * 3600 + 12 * 60 + 59), "5h12m");
  EXPECT_EQ(human_duration(2 * 86'400 + 3 * 3600 + 3599), "2d03h");
  EXPECT_EQ(human_duration(123.9 * 86'400), "123d");
  EXPECT_EQ(human_duration(9223372036.854775807), "106751d");
}

TEST(HumanUnitsTest, DurationsThatRoundUpTakeTheNextUnit) {
  EXPECT_EQ(human_duration(0.99949e-3), "999µs");
  EXPECT_EQ(human_duration(0.9995e-3), "1.0ms");
  EXPECT_EQ(human_duration(0.00994), "9.9ms");
  EXPECT_EQ(human_duration(0.00995), "10ms");
  EXPECT_EQ(human_duration(0.99949), "999ms");
  EXPECT_EQ(human_duration(0.9995), "1.0s");
  EXPECT_EQ(human_duration(59.94), "59.9s");
  EXPECT_EQ(human_duration(59.95), "1m00s");
  EXPECT_EQ(human_duration(3599.4), "59m59s");
  EXPECT_EQ(human_duration(3599.5), "1h00m");
  EXPECT_EQ(human_duration(86'399.5), "1d00h");
  EXPECT_EQ(human_duration(100 * 86'400), "100d");
}

TEST(HumanUnitsTest, KnowsNoLocale) {
  const RaisedLocale raised;
  EXPECT_EQ(human_bytes(1536), "1.5K");
  EXPECT_EQ(human_duration(9223372036.0), "106751d");
}

}  // namespace
}  // namespace proctally::formats
