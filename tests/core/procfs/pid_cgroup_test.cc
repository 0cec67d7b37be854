#include "core/procfs/pid_cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PidCgroupTest, ReadsTheOnePathOfACgroup2Host) {
  EXPECT_THAT(parse_pid_cgroup("0::/user.slice/user-1000.slice/session-3.scope\n"),
              ElementsAre("/user.slice/user-1000.slice/session-3.scope"));
}

TEST(PidCgroupTest, ReadsOnePathOfEachHierarchyInTheirOrder) {
  EXPECT_THAT(
      parse_pid_cgroup(test::fixture("proc/ordinary/cgroup")),
      ElementsAre("/system.slice/demo.service", "/system.slice/demo.service", "/", "/", "/",
                  "/system.slice/demo.service", "/", "/", "/", "/system.slice/demo.service"));
}

TEST(PidCgroupTest, KeepsColonsAndBlanksOfAPath) {
  EXPECT_THAT(parse_pid_cgroup("0::/a:b/c::d\n1:name=x:/ e \n2:cpu,cpuacct:/f\n"),
              ElementsAre("/a:b/c::d", "/ e ", "/f"));
}

TEST(PidCgroupTest, LeavesOutTheMarkOfARemovedGroup) {
  EXPECT_THAT(parse_pid_cgroup("0::/system.slice/demo.service (deleted)\n"),
              ElementsAre("/system.slice/demo.service"));
}

TEST(PidCgroupTest, LeavesOutWhatIsNoLineOfIt) {
  EXPECT_THAT(parse_pid_cgroup(""), IsEmpty());
  EXPECT_THAT(parse_pid_cgroup("\n\n"), IsEmpty());
  EXPECT_THAT(parse_pid_cgroup("0\n0:\n0:x\nx::/a\n-1::/b\n::/c\n3::/d\n"), ElementsAre("/d"));
}

TEST(PidCgroupTest, TellsWholePathsOnlyOfAFileThatWasCutShort) {
  const auto text = test::fixture("proc/ordinary/cgroup");
  const auto whole = parse_pid_cgroup(text);
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto paths = parse_pid_cgroup(prefix);
    ASSERT_EQ(paths.size(),
              static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '\n')));
    EXPECT_TRUE(std::equal(paths.begin(), paths.end(), whole.begin())) << prefix;
  });
}

}  // namespace
}  // namespace proctally::procfs
