#include "core/procfs/pid_smaps_rollup.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using test::fixture;

constexpr std::string_view kOldestKernel =
    "00400000-7ffd6cf5f000 ---p 00000000 00:00 0    [rollup]\n"
    "Rss:     884 kB\nPss:     385 kB\nSwap:      8 kB\nSwapPss:   4 kB\nLocked:  385 kB\n";

TEST(PidSmapsRollupTest, ReadsPssAndSwapPss) {
  EXPECT_EQ(parse_pid_smaps_rollup(fixture("proc/ordinary/smaps_rollup")),
            (PidSmapsRollup{.pss_kilobytes = 11398, .swap_pss_kilobytes = 0}));
  EXPECT_EQ(parse_pid_smaps_rollup(kOldestKernel),
            (PidSmapsRollup{.pss_kilobytes = 385, .swap_pss_kilobytes = 4}));
}

TEST(PidSmapsRollupTest, TakesTheLargestNumbers) {
  EXPECT_EQ(parse_pid_smaps_rollup("Pss: 18446744073709551615 kB\nSwapPss: 1 kB\n"),
            (PidSmapsRollup{.pss_kilobytes = ~0ULL, .swap_pss_kilobytes = 1}));
}

TEST(PidSmapsRollupTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  auto text = fixture("proc/ordinary/smaps_rollup");
  const auto at = text.find("SwapPss:               0 kB");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 27, "SwapPss:         1234567 kB");
  const auto whole = parse_pid_smaps_rollup(text);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->swap_pss_kilobytes, 1234567U);
  int complete = 0;
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto rollup = parse_pid_smaps_rollup(prefix);
    if (!rollup) return;
    ++complete;
    EXPECT_EQ(*rollup, *whole) << prefix;
  });
  EXPECT_GT(complete, 0);
}

TEST(PidSmapsRollupTest, TellsNothingOfWhatTheKernelDoesNotPrint) {
  for (const std::string_view text :
       {"", "\n", "Pss: 1 kB\n", "SwapPss: 1 kB\n", "SwapPss: 1 kB\nPss: 1 kB\n",
        "Pss: x kB\nSwapPss: 1 kB\n", "Pss: -1 kB\nSwapPss: 1 kB\n", "Pss:\nSwapPss: 1 kB\n",
        "Pss: 1 kB\nSwapPss: 18446744073709551616 kB\n", "Pss: 1 kB\nSwapPss: 1 kB",
        "Pss_Anon: 1 kB\nSwapPss: 1 kB\n", "Pss 1 kB\nSwapPss: 1 kB\n"}) {
    EXPECT_FALSE(parse_pid_smaps_rollup(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
