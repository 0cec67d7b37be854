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

TEST(PrivilegesTest, AdviceNamesTheCommandThatHelps) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  EXPECT_EQ(advise_on_privileges(7),
            "the I/O or the descriptors of 7 processes may not be read: those values are absent "
            "for their groups. CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH give them: setcap "
            "cap_sys_ptrace,cap_dac_read_search+ep " +
                program);
}

}  // namespace
}  // namespace proctally::plugins
