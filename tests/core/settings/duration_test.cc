#include "core/duration.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace proctally {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

TEST(DurationTest, ReadsEachUnit) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"1ns", 1},
      {"1us", 1'000},
      {"1ms", 1'000'000},
      {"1s", kSecond},
      {"1m", 60 * kSecond},
      {"1h", kHour},
      {"0s", 0},
      {"0", 0},
      {"10s", 10 * kSecond},
      {"010s", 10 * kSecond},
      {"500ms", kSecond / 2},
      {"1h30m", kHour + 1800 * kSecond},
      {"1m30s500ms", 90 * kSecond + kSecond / 2},
      {"30m1h", kHour + 1800 * kSecond},
      {"1s1s", 2 * kSecond},
      {"1.5s", 1'500'000'000},
      {"0.25m", 15 * kSecond},
      {"1.s", kSecond},
      {"10", 10 * kSecond},
      {"1.5", 1'500'000'000},
      {"2555555h", 2'555'555 * kHour},
  };
  for (const auto& [text, ns] : cases) EXPECT_EQ(parse_duration(text), ns) << text;
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const auto* text : {"",
                           " ",
                           "s",
                           "ms",
                           "-1s",
                           "+1s",
                           "1 s",
                           " 1s",
                           "1s ",
                           "1S",
                           "1d",
                           "1w",
                           "1min",
                           "1sec",
                           "1h30",
                           "1.2.3",
                           "1.2.3s",
                           ".5s",
                           ".",
                           "1e3s",
                           "1e3",
                           "0x10",
                           "inf",
                           "nan",
                           "1,5s",
                           "1s,",
                           "1ss",
                           "1hh",
                           "ten",
                           "1s\n",
                           "99999999999999999999h",
                           "2562048h",
                           "9300000000",
                           "1h-30m"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_duration(std::string(400, '9')), std::nullopt);
  EXPECT_EQ(parse_duration(std::string("1s\0", 3)), std::nullopt);
}

TEST(DurationTest, IsExactToTheNanosecondForFractions) {
  for (std::int64_t hundredths = 0; hundredths < 100'000; ++hundredths) {
    const auto text = std::to_string(hundredths / 100) + "." +
                      std::to_string(hundredths / 10 % 10) + std::to_string(hundredths % 10) + "s";
    ASSERT_EQ(parse_duration(text), hundredths * (kSecond / 100)) << text;
  }
}

TEST(DurationTest, PrintsTheLargestUnitsThatLoseNothing) {
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(1), "1ns");
  EXPECT_EQ(format_duration(kSecond / 4), "250ms");
  EXPECT_EQ(format_duration(10 * kSecond), "10s");
  EXPECT_EQ(format_duration(60 * kSecond), "1m");
  EXPECT_EQ(format_duration(90 * kSecond), "1m30s");
  EXPECT_EQ(format_duration(kHour), "1h");
  EXPECT_EQ(format_duration(kHour + 1800 * kSecond), "1h30m");
  EXPECT_EQ(format_duration(100 * kHour + 1), "100h1ns");
  EXPECT_EQ(format_duration(kSecond + 1'002'003), "1s1ms2us3ns");
}

TEST(DurationTest, ReadsWhatItPrints) {
  for (const std::int64_t ns :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{999}, kSecond - 1, kSecond, 59 * kSecond,
        kHour - 1, 24 * kHour, 24 * kHour + 61 * kSecond + 7, 10'000 * kHour}) {
    EXPECT_EQ(parse_duration(format_duration(ns)), ns) << format_duration(ns);
  }
}

}  // namespace
}  // namespace proctally
