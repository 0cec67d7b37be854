#include "formats/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "tests/formats/raised_locale.h"

namespace proctally::formats {
namespace {

std::string integer(std::int64_t number) {
  std::string out;
  append_integer(number, out);
  return out;
}

std::string real(double number) {
  std::string out;
  append_real(number, out);
  return out;
}

TEST(NumberTest, AppendsBehindWhatIsThere) {
  std::string out = "a=";
  append_integer(7, out);
  out += ",b=";
  append_real(0.5, out);
  EXPECT_EQ(out, "a=7,b=0.5");
}

TEST(NumberTest, WritesTheWholeRangeOfIntegers) {
  EXPECT_EQ(integer(0), "0");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

TEST(NumberTest, WritesTheShortestTextOfAReal) {
  EXPECT_EQ(real(0), "0");
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(5), "5");
  EXPECT_EQ(real(12.345678901), "12.345678901");
  EXPECT_EQ(real(1e20), "1e+20");
  EXPECT_EQ(real(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(real(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
}

TEST(NumberTest, ARealReadsBackAsTheSameBits) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc*): the same numbers in each run.
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const std::string text = real(number);
    double read = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), read);
    ASSERT_EQ(result.ptr, text.data() + text.size()) << text;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(read), std::bit_cast<std::uint64_t>(number)) << text;
  }
}

TEST(NumberTest, KnowsNoLocale) {
  const RaisedLocale raised;
  EXPECT_EQ(real(1234.5), "1234.5");
  EXPECT_EQ(integer(1'234'567), "1234567");
}

}  // namespace
}  // namespace proctally::formats
