#include "plugins/common/privileges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/child_process.h"

namespace proctally::plugins {
namespace {

TEST(PrivilegesTest, NobodyMayReadAllProcesses) {
  EXPECT_EQ(test::exit_status_as_nobody([] { return may_read_all_processes() ? 1 : 0; }), 0);
}

// As nobody, because it names what the process has as well.
bool is_advice_to_nobody(const Missing& missing, const std::string& before_program) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  return test::exit_status_as_nobody([&] {
           return advise_on_privileges(missing) == before_program + program ? 0 : 1;
         }) == 0;
}

TEST(PrivilegesTest, AdviceNamesTheOneCommandThatHelps) {
  const std::string on_reading =
      "the I/O or the descriptors of 7 processes may not be read: those values are absent for "
      "their groups. CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH give them";
  const std::string on_exits =
      "processes that end between two scans have no names, and context switches are absent. "
      "CAP_NET_ADMIN gives both";
  EXPECT_TRUE(is_advice_to_nobody({.processes = 7, .exits = false},
                                  on_reading + ": setcap cap_sys_ptrace,cap_dac_read_search+ep "));
  EXPECT_TRUE(is_advice_to_nobody({.processes = 0, .exits = true},
                                  on_exits + ": setcap cap_net_admin+ep "));
  EXPECT_TRUE(
      is_advice_to_nobody({.processes = 7, .exits = true},
                          on_reading + "; " + on_exits +
                              ": setcap cap_sys_ptrace,cap_dac_read_search,cap_net_admin+ep "));
}

TEST(PrivilegesTest, AdviceKeepsWhatTheProcessHas) {
  if (!may_read_all_processes()) GTEST_SKIP() << "has nothing to keep";
  EXPECT_THAT(advise_on_privileges({.processes = 0, .exits = true}),
              testing::HasSubstr("setcap cap_sys_ptrace,cap_dac_read_search,cap_net_admin+ep /"));
}

}  // namespace
}  // namespace proctally::plugins
