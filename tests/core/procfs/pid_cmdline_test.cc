#include "core/procfs/pid_cmdline.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using namespace std::string_view_literals;

TEST(PidCmdlineTest, JoinsTheArgumentsWithOneSpace) {
  struct Row {
    std::string_view text;
    std::string argv0;
    std::string joined;
  };
  const Row rows[] = {
      {"/bin/sh\0-c\0true\0"sv, "/bin/sh", "/bin/sh -c true"},
      {"/bin/sh\0"sv, "/bin/sh", "/bin/sh"},
      {"no end"sv, "no end", "no end"},
      {"a\0\0b\0"sv, "a", "a  b"},
      {"a\0b\0\0\0"sv, "a", "a b"},
      {"\0b\0"sv, "", " b"},
      {"nginx: worker process\0"sv, "nginx: worker process", "nginx: worker process"},
      {"a\nb\0\xff\t)\0"sv, "a\nb", "a\nb \xff\t)"},
      {"\0\0\0"sv, "", ""},
      {""sv, "", ""},
  };
  for (const auto& [text, argv0, joined] : rows) {
    const auto cmdline = parse_pid_cmdline(text);
    EXPECT_EQ(cmdline.argv0, argv0) << text;
    EXPECT_EQ(cmdline.joined, joined) << text;
  }
}

TEST(PidCmdlineTest, DropsEmptyArgumentsAtTheEnd) {
  const auto cmdline = parse_pid_cmdline(test::fixture("proc/ordinary/cmdline"));
  EXPECT_EQ(cmdline.argv0, "/usr/sbin/shop-server");
  EXPECT_EQ(cmdline.joined, "/usr/sbin/shop-server - --port 8080 an argument with spaces");
}

TEST(PidCmdlineTest, IsEmptyForKernelThreadsAndZombies) {
  EXPECT_EQ(parse_pid_cmdline(test::fixture("proc/kernel_worker/cmdline")), PidCmdline{});
  EXPECT_EQ(parse_pid_cmdline(test::fixture("proc/zombie/cmdline")), PidCmdline{});
}

TEST(PidCmdlineTest, ReadsThePartThatIsThere) {
  const auto text = test::fixture("proc/ordinary/cmdline");
  const auto whole = parse_pid_cmdline(text);
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto cmdline = parse_pid_cmdline(prefix);
    EXPECT_TRUE(whole.argv0.starts_with(cmdline.argv0));
    EXPECT_TRUE(whole.joined.starts_with(cmdline.joined));
    EXPECT_LE(cmdline.joined.size(), prefix.size());
  });
}

}  // namespace
}  // namespace proctally::procfs
