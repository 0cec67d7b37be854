#include "core/procfs/host_loadavg.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(HostLoadavgTest, ReadsTheLastField) {
  EXPECT_EQ(parse_last_pid("0.20 0.18 0.12 1/80 11206\n"), 11206);
  EXPECT_EQ(parse_last_pid("0.00 0.00 0.00 1/80 0\n"), 0);
  EXPECT_EQ(parse_last_pid("1.00 1.00 1.00 9/99999 4194304\n"), 4194304);
  EXPECT_EQ(parse_last_pid(test::fixture("proc/loadavg")), 6430);
}

TEST(HostLoadavgTest, TellsNothingOfAFileThatWasCutShort) {
  test::for_each_prefix(test::fixture("proc/loadavg"), [](std::string_view prefix) {
    EXPECT_FALSE(parse_last_pid(prefix)) << prefix;
  });
}

TEST(HostLoadavgTest, TellsNothingWithoutANumberAtTheEnd) {
  for (const std::string_view text :
       {"", "\n", " \n", "5\n", "0.20 0.18 0.12 1/80\n", "0.20 0.18 0.12 1/80 \n",
        "0.20 0.18 0.12 1/80 12x\n", "0.20 0.18 0.12 1/80 99999999999\n",
        "0.20 0.18 0.12 1/80 12\n\n"}) {
    EXPECT_FALSE(parse_last_pid(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
