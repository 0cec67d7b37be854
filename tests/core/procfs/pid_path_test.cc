#include "core/procfs/pid_path.h"

#include <gtest/gtest.h>

#include <limits>

namespace proctally::procfs {
namespace {

TEST(PidPathTest, NamesAFileOfAProcess) {
  EXPECT_STREQ(PidPath({.pid = 1}, "stat").c_str(), "1/stat");
  EXPECT_STREQ(PidPath({.pid = 4194304}, "cmdline").c_str(), "4194304/cmdline");
}

TEST(PidPathTest, NamesAFileOfAThread) {
  EXPECT_STREQ(PidPath({.pid = 12, .tid = 34}, "statm").c_str(), "12/task/34/statm");
}

TEST(PidPathTest, HasRoomForTheLongestIds) {
  constexpr auto kMax = std::numeric_limits<pid_t>::max();
  EXPECT_STREQ(PidPath({.pid = kMax, .tid = kMax}, "smaps_rollup").c_str(),
               "2147483647/task/2147483647/smaps_rollup");
}

}  // namespace
}  // namespace proctally::procfs
