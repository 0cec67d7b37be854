#include "plugins/common/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <vector>

namespace proctally::plugins {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(HostTest, ThrowsWhereProcfsIsNoFolderAndNamesIt) {
  for (const std::string procfs : {"/nowhere", "/proc/version", ""}) {
    try {
      const Host host(procfs);
      ADD_FAILURE() << procfs;
    } catch (const std::system_error& error) {
      EXPECT_THAT(error.what(), HasSubstr(procfs));
    }
  }
}

TEST(HostTest, ReadsThisHost) {
  Host host("/proc");
  const auto sources = host.sources();
  std::vector<pid_t> pids;
  ASSERT_EQ(sources.procfs.list(pids), ReadStatus::ok);
  EXPECT_THAT(pids, Contains(::getpid()));
  EXPECT_EQ(sources.units.page_bytes, static_cast<std::uint64_t>(::getpagesize()));
  EXPECT_GT(sources.units.ns_per_tick, 0U);
  EXPECT_THAT(host.describe_routes(), HasSubstr("CPU time from: "));
}

TEST(ReadClocksTest, NeverGoBack) {
  const auto first = read_clocks();
  const auto second = read_clocks();
  EXPECT_GT(first.wall_ns, 0);
  EXPECT_LE(first.monotonic_ns, second.monotonic_ns);
  EXPECT_LE(first.boot_ns, second.boot_ns);
}

}  // namespace
}  // namespace proctally::plugins
