#include "core/procfs/host_meminfo.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(HostMeminfoTest, ReadsTheMemoryAndTheUsedSwap) {
  EXPECT_EQ(parse_host_meminfo("MemTotal:       24684096 kB\nMemFree: 7 kB\n"
                               "SwapCached: 1 kB\nSwapTotal:        1000 kB\nSwapFree:   400 kB\n"),
            (HostMeminfo{.total_kilobytes = 24684096, .swap_used_kilobytes = 600}));
}

TEST(HostMeminfoTest, ReadsAHostWithoutSwap) {
  EXPECT_EQ(parse_host_meminfo(test::fixture("proc/meminfo")),
            (HostMeminfo{.total_kilobytes = 24684096, .swap_used_kilobytes = 0}));
}

TEST(HostMeminfoTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  const auto text = test::fixture("proc/meminfo");
  const auto whole = parse_host_meminfo(text);
  const auto line_end = text.find('\n', text.find("SwapFree:"));
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto meminfo = parse_host_meminfo(prefix);
    EXPECT_EQ(meminfo.has_value(), prefix.size() > line_end) << prefix;
    if (meminfo) {
      EXPECT_EQ(meminfo, whole) << prefix;
    }
  });
}

TEST(HostMeminfoTest, TellsNothingWhereALineIsMissingOrWrong) {
  for (const std::string_view text :
       {"", "\n", "MemTotal: 1 kB\n", "MemTotal: 1 kB\nSwapTotal: 1 kB\n",
        "SwapTotal: 1 kB\nSwapFree: 1 kB\n", "MemTotal: x kB\nSwapTotal: 1 kB\nSwapFree: 1 kB\n",
        "MemTotal: 1 kB\nSwapTotal: 1 kB\nSwapFree: -1 kB\n",
        "MemTotal: 1 kB\nSwapTotal: 1 kB\nSwapFree:\n",
        "MemTotal: 1 kB\nSwapTotal: 1 kB\nSwapFree: 2 kB\n",
        " MemTotal: 1 kB\nSwapTotal: 1 kB\nSwapFree: 1 kB\n"}) {
    EXPECT_FALSE(parse_host_meminfo(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
