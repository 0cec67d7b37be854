#include "core/procfs/pid_status.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

using test::fixture;

TEST(PidStatusTest, ReadsTheUserOfAProcess) {
  EXPECT_EQ(parse_pid_status(fixture("proc/ordinary/status")),
            (PidStatus{.effective_uid = 1000, .swap_kilobytes = 0}));
}

TEST(PidStatusTest, TakesTheSecondOfTheUserIds) {
  const auto status = parse_pid_status("Uid:\t1000\t0\t33\t34\nThreads:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->effective_uid, 0U);
  EXPECT_EQ(parse_pid_status("Uid:\t0\t4294967294\t0\t0\nThreads:\t1\n")->effective_uid,
            4294967294U);
}

TEST(PidStatusTest, ReadsTheSwap) {
  const auto status =
      parse_pid_status("Name:\ta\nUid:\t1\t2\t3\t4\nVmSwap:\t   12345 kB\nThreads:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->swap_kilobytes, 12345U);
}

TEST(PidStatusTest, ReadsNoSwapOfWhatHasNoMemory) {
  for (const char* kind : {"kernel_worker", "zombie", "zombie_leader"}) {
    const auto text = fixture("proc/" + std::string(kind) + "/status");
    ASSERT_EQ(text.find("VmSwap"), std::string::npos) << kind;
    EXPECT_EQ(parse_pid_status(text), PidStatus{}) << kind;
  }
}

TEST(PidStatusTest, IsNotFooledByNames) {
  for (const char* kind : {"hostile_name", "newline_name", "invalid_utf8_name", "empty_name"}) {
    const auto text = fixture("proc/" + std::string(kind) + "/status");
    EXPECT_EQ(parse_pid_status(text), PidStatus{}) << kind;
  }
  const auto status = parse_pid_status("Name:\tUid:\\n Uid: 7\nUid:\t1\t2\t3\t4\nThreads:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->effective_uid, 2U);
}

// The swap is far behind the user, and behind a list of groups without a limit: what ends between
// the two must not read as a process without swap.
TEST(PidStatusTest, TellsNothingOrTheSameOfAFileThatWasCutShort) {
  auto swapped = fixture("proc/ordinary/status");
  const auto at = swapped.find("VmSwap:\t       0 kB");
  ASSERT_NE(at, std::string::npos);
  swapped.replace(at, 18, "VmSwap:\t 1234567 kB");
  for (const auto& text : {swapped, fixture("proc/kernel_worker/status")}) {
    const auto whole = parse_pid_status(text);
    ASSERT_TRUE(whole);
    int complete = 0;
    test::for_each_prefix(text, [&](std::string_view prefix) {
      const auto status = parse_pid_status(prefix);
      if (!status) return;
      ++complete;
      EXPECT_EQ(*status, *whole) << prefix;
    });
    EXPECT_GT(complete, 0);
  }
}

TEST(PidStatusTest, TellsNothingWithoutAUserOrWithoutANumber) {
  for (const std::string_view text :
       {"", "\n", "Name:\ta\nThreads:\t1\n", "Uid:\n", "Uid:\t1\nThreads:\t1\n",
        "Uid:\t1\tx\t1\t1\nThreads:\t1\n", "Uid:\t1\t-1\t1\t1\nThreads:\t1\n",
        "Uid:\t1\t4294967296\t1\t1\nThreads:\t1\n", "Uid\nThreads:\t1\n",
        "Uid:\t1\t1\t1\t1\nVmSwap:\nThreads:\t1\n",
        "Uid:\t1\t1\t1\t1\nVmSwap:\tx kB\nThreads:\t1\n", "Uid:\t1\t1\t1\t1\n",
        "Uid:\t1\t1\t1\t1\nThreads:\t1", "Threads:\t1\nUid:\t1\t1\t1\t1\n"}) {
    EXPECT_FALSE(parse_pid_status(text)) << text;
  }
}

TEST(TaskSwitchesTest, AreTheLastTwoLines) {
  EXPECT_EQ(parse_task_switches(fixture("proc/ordinary/status")),
            (TaskSwitches{.voluntary = 21, .involuntary = 7}));
}

TEST(TaskSwitchesTest, AreNotFooledByNames) {
  EXPECT_EQ(parse_task_switches("Name:\t\\nvoluntary_ctxt_switches: 9\n"
                                "voluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n"),
            (TaskSwitches{.voluntary = 1, .involuntary = 2}));
}

TEST(TaskSwitchesTest, TellNothingOrTheSameOfAFileThatWasCutShort) {
  const auto text = fixture("proc/ordinary/status");
  const auto whole = parse_task_switches(text);
  test::for_each_prefix(text, [&](std::string_view prefix) {
    const auto switches = parse_task_switches(prefix);
    if (switches) {
      EXPECT_EQ(switches, whole) << prefix;
    }
  });
}

TEST(TaskSwitchesTest, TellNothingOfWhatTheKernelDoesNotPrint) {
  for (const std::string_view text :
       {"", "\n", "\nvoluntary_ctxt_switches:\t1\n", "\nnonvoluntary_ctxt_switches:\t1\n",
        "\nvoluntary_ctxt_switches:\tx\nnonvoluntary_ctxt_switches:\t1\n",
        "\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t-1\n",
        "\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t1"}) {
    EXPECT_FALSE(parse_task_switches(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
