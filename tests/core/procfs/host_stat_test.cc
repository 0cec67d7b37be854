#include "core/procfs/host_stat.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(HostStatTest, CountsTheTimeInWhichSomethingRan) {
  // user nice system idle iowait irq softirq steal guest guest_nice
  EXPECT_EQ(parse_host_stat("cpu  1 20 300 9 9 4000 50000 9 9 9\ncpu0 0 0 0 0\nintr 1\n"),
            (HostStat{.busy_ticks = 54321, .online_cpus = 1, .boot_unix_seconds = {}}));
}

TEST(HostStatTest, CountsTheCpusThatAreOnline) {
  const auto host = parse_host_stat(
      "cpu  1 1 1 1 1 1 1 1 1 1\ncpu0 1 1 1 1 1 1 1 1 1 1\ncpu2 1 1 1 1 1 1 1 1 1 1\n"
      "cpu127 1 1 1 1 1 1 1 1 1 1\nintr 5\nctxt 1\n");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->online_cpus, 3U);
}

TEST(HostStatTest, ReadsARealHost) {
  const auto host = parse_host_stat(test::fixture("proc/stat"));
  ASSERT_TRUE(host);
  EXPECT_EQ(host->online_cpus, 2U);
  EXPECT_GT(host->busy_ticks, 10'000U);
  EXPECT_EQ(host->boot_unix_seconds, 1'795'380'700U);
}

// Fewer lines than the host has CPUs would double the share that a process has of it.
TEST(HostStatTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  const auto text = test::fixture("proc/stat");
  const auto whole = parse_host_stat(text);
  const auto cpus_end = text.find("intr");
  const auto boot_time_end = text.find("processes");
  ASSERT_TRUE(whole);
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto host = parse_host_stat(prefix);
    if (prefix.size() <= cpus_end) {
      EXPECT_FALSE(host) << prefix;
    }
    if (host) {
      auto expected = *whole;
      if (prefix.size() < boot_time_end) expected.boot_unix_seconds.reset();
      EXPECT_EQ(*host, expected) << prefix;
    }
  });
}

TEST(HostStatTest, TellsNothingWithoutTheLinesOfTheCpus) {
  for (const std::string_view text :
       {"", "\n", "intr 1 2\n", "cpu  1 1 1 1 1 1 1\nintr 1\n", "cpu0 1 1 1 1 1 1 1\nintr 1\n",
        "cpu  1 1 1 1 1 1\ncpu0 1\nintr 1\n", "cpu  1 1 1 1 1 1 x\ncpu0 1\nintr 1\n",
        "cpu  -1 1 1 1 1 1 1\ncpu0 1\nintr 1\n", "cpu\ncpu0\nintr\n",
        "cpu  1 1 1 1 1 1 1\ncpux 1\nintr 1\n", "intr 1\ncpu  1 1 1 1 1 1 1\ncpu0 1\n"}) {
    EXPECT_FALSE(parse_host_stat(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
