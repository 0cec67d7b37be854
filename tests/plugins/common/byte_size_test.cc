#include "plugins/common/byte_size.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace proctally::plugins {
namespace {

TEST(ByteSizeTest, IsANumberWithAUnit) {
  EXPECT_EQ(parse_byte_size("0"), 0U);
  EXPECT_EQ(parse_byte_size("512"), 512U);
  EXPECT_EQ(parse_byte_size("64KiB"), 65'536U);
  EXPECT_EQ(parse_byte_size("64K"), 65'536U);
  EXPECT_EQ(parse_byte_size("32MiB"), std::uint64_t{32} << 20U);
  EXPECT_EQ(parse_byte_size("32M"), std::uint64_t{32} << 20U);
  EXPECT_EQ(parse_byte_size("1GiB"), std::uint64_t{1} << 30U);
  EXPECT_EQ(parse_byte_size("2T"), std::uint64_t{2} << 40U);
}

TEST(ByteSizeTest, IsNothingElse) {
  for (const std::string text : {"", "MiB", "-1", "+1", " 1", "1 MiB", "1.5GiB", "1MB", "1mib",
                                 "1MiBs", "0x10", "18446744073709551616", "18014398509481984K"}) {
    EXPECT_EQ(parse_byte_size(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_byte_size("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_byte_size("18014398509481983K"), std::uint64_t{18014398509481983} << 10U);
}

}  // namespace
}  // namespace proctally::plugins
