#include "core/procfs/pid_limits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(PidLimitsTest, ReadsTheSoftLimitOfOpenFiles) {
  EXPECT_EQ(parse_open_files_soft_limit(test::fixture("proc/ordinary/limits")), 20000U);
  EXPECT_EQ(parse_open_files_soft_limit("Max open files            1024                 4096      "
                                        "           files     \n"),
            1024U);
  EXPECT_EQ(parse_open_files_soft_limit("Max open files            0  1 files\n"), 0U);
}

TEST(PidLimitsTest, ReadsNoLimitAsTheLargestNumber) {
  EXPECT_EQ(parse_open_files_soft_limit("Max open files            unlimited            unlimited  "
                                        "          files     \n"),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(PidLimitsTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  const auto text = test::fixture("proc/ordinary/limits");
  const auto line_end = text.find('\n', text.find("Max open files"));
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto limit = parse_open_files_soft_limit(prefix);
    EXPECT_EQ(limit.has_value(), prefix.size() > line_end) << prefix;
    if (limit) {
      EXPECT_EQ(*limit, 20000U) << prefix;
    }
  });
}

TEST(PidLimitsTest, TellsNothingWithoutTheLineOrTheNumber) {
  for (const std::string_view text :
       {"", "\n", "Max open file locks 10 10\n", "Max open files\n", "Max open files \n",
        "Max open files x y files\n", "Max open files -1 4 files\n", " Max open files 4 4 files\n",
        "Max open files 18446744073709551616 4 files\n"}) {
    EXPECT_FALSE(parse_open_files_soft_limit(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
