#include "core/procfs/pid_schedstat.h"

#include <gtest/gtest.h>

#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(PidSchedstatTest, TellsTheRunTime) {
  EXPECT_EQ(parse_thread_run_ns("74859258 206848038 161\n"), 74'859'258U);
  EXPECT_EQ(parse_thread_run_ns("18446744073709551615 0 0\n"), ~0ULL);
  EXPECT_EQ(parse_thread_run_ns("0 0 0\n"), 0U);
}

TEST(PidSchedstatTest, TellsNothingOfAFileThatWasCutShort) {
  test::for_each_prefix("74859258 206848038 161\n", [](std::string_view prefix) {
    EXPECT_FALSE(parse_thread_run_ns(prefix)) << prefix;
  });
}

TEST(PidSchedstatTest, TellsNothingOfWhatTheKernelDoesNotPrint) {
  for (const std::string_view text : {"\n", "1\n", "-1 2 3\n", "x 2 3\n", "1 x 3\n", " 1 2 3\n",
                                      "1.5 2 3\n", "18446744073709551616 0 0\n"}) {
    EXPECT_FALSE(parse_thread_run_ns(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
