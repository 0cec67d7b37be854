#include "plugins/common/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "plugins/common/privileges.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string refusal_of(const std::string& procfs) {
  try {
    const Host host(procfs, FileLimit::raised);
    return "";
  } catch (const HostError& error) {
    return error.what();
  }
}

TEST(HostTest, RefusesWhatIsNoProcfsAndSaysWhatIs) {
  EXPECT_EQ(refusal_of("/none"),
            "/none: No such file or directory; must be where a procfs is mounted, such "
            "as /proc");
  EXPECT_EQ(refusal_of("/proc/version"),
            "/proc/version: Not a directory; must be where a procfs is mounted, such as "
            "/proc");
  const test::TempDir empty;
  EXPECT_EQ(refusal_of(empty.string()),
            empty.string() + " holds no process, must be where a procfs is mounted, such as /proc");
}

TEST(HostTest, ReadsThisHost) {
  Host host("/proc", FileLimit::raised);
  const auto sources = host.sources();
  std::vector<pid_t> pids;
  ASSERT_EQ(sources.procfs.list(pids), ReadStatus::ok);
  EXPECT_THAT(pids, Contains(::getpid()));
  EXPECT_EQ(sources.units.page_bytes, static_cast<std::uint64_t>(::getpagesize()));
  EXPECT_GT(sources.units.ns_per_tick, 0U);
  EXPECT_THAT(host.describe_routes(), HasSubstr("CPU time from: "));
}

TEST(HostTest, SaysWhoNamesTheDeadAndWhatWouldHelp) {
  if (!is_in_first_namespaces()) GTEST_SKIP() << "no privilege would help here";
  const auto status = test::exit_status_as_nobody([] {
    Host host("/proc", FileLimit::raised);
    const auto routes = host.describe_routes();
    if (!host.lacks_net_admin() || host.sources().exits != nullptr) return 1;
    if (routes.find("processes that end: their parents' cutime alone (taskstats: needs "
                    "CAP_NET_ADMIN)") == std::string::npos) {
      return 2;
    }
    return routes.ends_with("context switches: absent (taskstats: needs CAP_NET_ADMIN)") ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

TEST(HostTest, LacksNothingWhereExitsAreHeard) {
  Host host("/proc", FileLimit::raised);
  if (host.sources().exits == nullptr) GTEST_SKIP() << host.describe_routes();
  EXPECT_FALSE(host.lacks_net_admin());
  EXPECT_THAT(host.describe_routes(), HasSubstr("processes that end: exit messages (taskstats)"));
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
