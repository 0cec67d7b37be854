#include "core/procfs/pid_stat.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using test::fixture;

std::string stat_of(std::string_view comm) {
  return "42 (" + std::string(comm) +
         ") S 7 42 42 0 -1 4194560 101 5 3 6 67 8 -1 -2 20 0 4 0 213836 240861184 2242 1 2\n";
}

void expect_prefixes_tell_nothing(const std::string& text) {
  test::for_each_prefix(text, [](std::string_view prefix) {
    EXPECT_FALSE(parse_pid_stat(prefix)) << prefix.size() << " bytes: " << prefix;
  });
}

TEST(PidStatTest, ReadsTheFieldsOfAProcess) {
  const auto text = fixture("proc/ordinary/stat");
  const PidStat expected{.comm = "shop-server",
                         .state = 'S',
                         .ppid = 6379,
                         .flags = 4194560,
                         .minor_faults = 1101,
                         .major_faults = 3,
                         .utime_ticks = 69,
                         .stime_ticks = 2,
                         .num_threads = 4,
                         .starttime_ticks = 217048};
  const auto stat = parse_pid_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(*stat, expected);
  EXPECT_FALSE(stat->is_kernel_thread());
}

TEST(PidStatTest, TellsKernelThreadsByTheirFlags) {
  const auto text = fixture("proc/kernel_worker/stat");
  const auto stat = parse_pid_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "kworker/0:1-events_power_efficient");
  EXPECT_TRUE(stat->is_kernel_thread());
}

TEST(PidStatTest, ReadsZombiesAndDeadLeadersOfLivingThreads) {
  const auto zombie_text = fixture("proc/zombie/stat");
  const auto zombie = parse_pid_stat(zombie_text);
  ASSERT_TRUE(zombie);
  EXPECT_EQ(zombie->state, 'Z');
  EXPECT_EQ(zombie->num_threads, 1U);
  EXPECT_GT(zombie->utime_ticks, 0U);

  const auto leader_text = fixture("proc/zombie_leader/stat");
  const auto leader = parse_pid_stat(leader_text);
  ASSERT_TRUE(leader);
  EXPECT_EQ(leader->state, 'Z');
  EXPECT_EQ(leader->num_threads, 2U);
}

TEST(PidStatTest, TakesAnyNameBetweenTheFirstAndTheLastParenthesis) {
  constexpr std::string_view kNames[] = {
      "",
      ")",
      "(",
      "()",
      ")(",
      ") ",
      " (",
      "a) R 1 (b",
      "a\nb c",
      "\n",
      ") S 1\n",
      "1 (x) R 2 3",
      "\xff\xfe) Z\xc3(",
      "\x01\x7f\x80",
      "tab\there",
      "))))))))))))))))",
      "((((((((((((((((",
      "0 0 0 0 0 0 0 0",
      "kworker/u512:3-a_workqueue_of_the_longest_name_the_kernel_allows",
  };
  for (const auto name : kNames) {
    const auto text = stat_of(name);
    const auto stat = parse_pid_stat(text);
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->comm, name);
    EXPECT_EQ(stat->state, 'S') << name;
    EXPECT_EQ(stat->ppid, 7) << name;
    EXPECT_EQ(stat->utime_ticks, 67U) << name;
    EXPECT_EQ(stat->starttime_ticks, 213836U) << name;
    expect_prefixes_tell_nothing(text);
  }
}

TEST(PidStatTest, ReadsHostileNamesAsTheKernelPrintsThem) {
  struct Row {
    const char* file;
    std::string_view comm;
  };
  constexpr Row kRows[] = {
      {"proc/hostile_name/stat", "a) R 1 (b"},
      {"proc/newline_name/stat", "a\nb c"},
      {"proc/invalid_utf8_name/stat", "\xff\xfe) Z\xc3("},
      {"proc/empty_name/stat", ""},
  };
  for (const auto& [file, comm] : kRows) {
    const auto text = fixture(file);
    const auto stat = parse_pid_stat(text);
    ASSERT_TRUE(stat) << file;
    EXPECT_EQ(stat->comm, comm) << file;
    EXPECT_EQ(stat->state, 'S') << file;
    EXPECT_EQ(stat->ppid, 6379) << file;
    EXPECT_EQ(stat->num_threads, 1U) << file;
  }
}

TEST(PidStatTest, TellsNothingOfAFileThatWasCutShort) {
  for (const char* kind : {"ordinary", "kernel_worker", "zombie", "zombie_leader", "hostile_name",
                           "newline_name", "invalid_utf8_name", "empty_name"}) {
    SCOPED_TRACE(kind);
    expect_prefixes_tell_nothing(fixture("proc/" + std::string(kind) + "/stat"));
  }
}

TEST(PidStatTest, LooksAtNoFieldBeyondTheStartTime) {
  const auto stat = parse_pid_stat("1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->starttime_ticks, 22U);
  EXPECT_TRUE(parse_pid_stat("1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22 x y\n"));
}

TEST(PidStatTest, ReadsWhatWasLeftByChildrenThatWereWaitedFor) {
  const auto stat = parse_pid_stat("1 (a) S 2 0 0 0 0 9 10 11 12 13 14 15 16 17 0 0 20 0 22\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->children_minor_faults, 11U);
  EXPECT_EQ(stat->children_major_faults, 13U);
  EXPECT_EQ(stat->children_utime_ticks, 16U);
  EXPECT_EQ(stat->children_stime_ticks, 17U);
}

TEST(PidStatTest, TakesNegativeTimesOfChildrenForNone) {
  const auto stat = parse_pid_stat("1 (a) S 2 0 0 0 0 9 10 11 12 13 14 15 -1 -2 0 0 20 0 22\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->children_utime_ticks, 0U);
  EXPECT_EQ(stat->children_stime_ticks, 0U);
}

TEST(PidStatTest, TakesTheLargestNumbers) {
  const auto stat = parse_pid_stat(
      "1 (a) S 2147483647 0 0 0 0 4294967295 18446744073709551615 0 18446744073709551615 0 "
      "18446744073709551615 18446744073709551615 -1 -1 -20 -20 18446744073709551615 0 "
      "18446744073709551615\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->ppid, std::numeric_limits<pid_t>::max());
  EXPECT_EQ(stat->utime_ticks, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(stat->starttime_ticks, std::numeric_limits<std::uint64_t>::max());
}

TEST(PidStatTest, TellsNothingOfWhatTheKernelDoesNotPrint) {
  constexpr std::string_view kTexts[] = {
      "",
      "\n",
      "()",
      ")(",
      "1 a S 2\n",
      "1 (a S 2\n",
      "1 a) S 2\n",
      "1 )a( S 2\n",
      "1 (a)\n",
      "1 (a)S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a)  S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a) SS 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a) S  2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a) S x 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 -9 10 0 12 0 14 15 0 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 -14 15 0 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 +14 15 0 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14.0 15 0 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 \n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 x 0 0 0 20 0 22\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0 18446744073709551616\n",
      "1 (a) S 2 0 0 0 0 9 10 0 12 0 14 15 0 0 0 0 20 0\n 22\n",
  };
  for (const auto text : kTexts) EXPECT_FALSE(parse_pid_stat(text)) << text;
}

}  // namespace
}  // namespace proctally::procfs
