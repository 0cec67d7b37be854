#include "core/kernel/exit_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace proctally::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What a thread's message says, in the order of a life: names, work, what the end brings.
ExitMessage thread(pid_t tid, pid_t tgid, std::string_view comm, std::uint64_t work) {
  ExitMessage message;
  message.tid = tid;
  message.tgid = tgid;
  message.own.pid = tid;
  message.own.ppid = 1;
  message.own.uid = static_cast<uid_t>(tid);
  message.own.exe_inode = static_cast<std::uint64_t>(tid);
  std::copy(comm.begin(), comm.end(), message.own.comm.begin());
  message.own.run_ns = work;
  message.own.sampled_user_ns = work;
  message.own.sampled_system_ns = work;
  message.own.minor_faults = work;
  message.own.major_faults = work;
  message.own.read_chars = work;
  message.own.written_chars = work;
  message.own.read_calls = work;
  message.own.write_calls = work;
  message.own.read_bytes = work;
  message.own.written_bytes = work;
  message.own.voluntary_switches = work;
  message.own.involuntary_switches = work;
  return message;
}

ExitMessage last(ExitMessage message) {
  message.is_last_thread = true;
  return message;
}

ExitMessage last_of_many(ExitMessage message, std::uint64_t total) {
  message.group = ExitMessage::Group{.tgid = message.tgid.value_or(message.tid),
                                     .run_ns = total,
                                     .voluntary_switches = total,
                                     .involuntary_switches = total};
  return last(message);
}

/// As kernels before taskstats version 12 tell it.
ExitMessage old(ExitMessage message) {
  message.tgid.reset();
  message.is_last_thread = false;
  message.own.exe_inode = 0;
  return message;
}

class ExitAssemblerTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kRoom = 4;

  void add(const ExitMessage& message) { EXPECT_TRUE(assembler_.add(message)); }
  std::vector<ProcessExit> take() {
    std::vector<ProcessExit> exits;
    assembler_.take(exits);
    return exits;
  }
  static std::vector<pid_t> pids(const std::vector<ProcessExit>& exits) {
    std::vector<pid_t> pids;
    for (const auto& exit : exits) pids.push_back(exit.pid);
    return pids;
  }

  ExitAssembler assembler_{kRoom};
};

TEST_F(ExitAssemblerTest, AProcessOfOneThreadIsThatThread) {
  const auto message = last(thread(5, 5, "one", 10));
  add(message);
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0], message.own);
  EXPECT_FALSE(exits[0].may_be_thread);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ExitAssemblerTest, ThreadsOfALivingProcessAreKeptUntilTheLastOneEnds) {
  add(thread(6, 5, "worker", 10));
  add(thread(7, 5, "worker", 20));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(assembler_.partial(), 1U);
  add(last_of_many(thread(5, 5, "leader", 1), 31));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  auto expected = thread(5, 5, "leader", 31).own;
  EXPECT_EQ(exits[0], expected);
  EXPECT_EQ(assembler_.partial(), 0U);
}

TEST_F(ExitAssemblerTest, TheKernelsTotalsHoldThreadsThatNobodyHeardOf) {
  add(last_of_many(thread(5, 5, "leader", 1), 1000));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].run_ns, 1000U);
  EXPECT_EQ(exits[0].voluntary_switches, 1000U);
  EXPECT_EQ(exits[0].involuntary_switches, 1000U);
  EXPECT_EQ(exits[0].sampled_user_ns, 1U) << "the kernel keeps no such total";
}

TEST_F(ExitAssemblerTest, TheLeaderSaysWhoItWasAlsoWhereItEndedFirst) {
  add(thread(5, 5, "leader", 1));
  add(last_of_many(thread(6, 5, "worker", 1), 2));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].pid, 5);
  EXPECT_EQ(exits[0].name(), "leader");
  EXPECT_EQ(exits[0].uid, 5U);
  EXPECT_EQ(exits[0].exe_inode, 5U);
}

TEST_F(ExitAssemblerTest, WithoutTheLeadersMessageTheLastThreadSaysWhoItWas) {
  add(thread(6, 5, "first", 1));
  add(last_of_many(thread(7, 5, "second", 1), 3));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].name(), "second");
  EXPECT_EQ(exits[0].pid, 5);
}

TEST_F(ExitAssemblerTest, AThreadThatCallsExecTakesTheLeadersPlaceAndName) {
  add(thread(5, 5, "before", 1));
  add(last_of_many(thread(5, 5, "after", 1), 2));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].name(), "after");
  EXPECT_EQ(exits[0].sampled_user_ns, 2U);
}

TEST_F(ExitAssemblerTest, AThreadHeardOfAfterTheLastOneIsStillAdded) {
  add(last_of_many(thread(6, 5, "worker", 10), 10));
  add(last(thread(9, 9, "other", 1)));
  add(thread(5, 5, "leader", 20));
  const auto exits = take();
  EXPECT_THAT(pids(exits), ElementsAre(5, 9));
  EXPECT_EQ(exits[0].name(), "leader");
  EXPECT_EQ(exits[0].sampled_user_ns, 30U);
  EXPECT_EQ(exits[0].run_ns, 30U);
  EXPECT_EQ(assembler_.partial(), 0U);
}

TEST_F(ExitAssemblerTest, OnceItIsTakenALateThreadIsPassedOver) {
  add(last_of_many(thread(6, 5, "worker", 10), 10));
  EXPECT_THAT(pids(take()), ElementsAre(5));
  add(thread(5, 5, "leader", 20));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(assembler_.partial(), 0U) << "nothing waits for an end that has been";
}

TEST_F(ExitAssemblerTest, WhatIsLeftOfAPidGoesWhenAProcessOfOneThreadEndsUnderIt) {
  add(thread(6, 5, "worker", 10));  // Its last message was lost, and pid 5 used again.
  add(last(thread(5, 5, "one", 1)));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].sampled_user_ns, 1U);
  EXPECT_EQ(assembler_.partial(), 0U);
}

TEST_F(ExitAssemblerTest, APidThatIsUsedTwiceBetweenTwoTakesIsTwoProcesses) {
  add(last_of_many(thread(5, 5, "first", 1), 1));
  add(last_of_many(thread(5, 5, "second", 2), 2));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 2U);
  EXPECT_EQ(exits[0].name(), "first");
  EXPECT_EQ(exits[1].name(), "second");
  EXPECT_EQ(exits[1].sampled_user_ns, 2U);
}

TEST_F(ExitAssemblerTest, AfterALossTheDeadThreadsOfTheLivingAreForgotten) {
  add(thread(6, 5, "worker", 10));
  assembler_.forget_partial();
  EXPECT_EQ(assembler_.forgotten(), 1U);
  add(last_of_many(thread(5, 5, "leader", 1), 11));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].sampled_user_ns, 1U);
  EXPECT_EQ(exits[0].run_ns, 11U) << "the kernel's total";
}

TEST_F(ExitAssemblerTest, TheLivingWithDeadThreadsAreBounded) {
  constexpr auto kMany = static_cast<pid_t>(ExitAssembler::kMaxPartial);
  for (pid_t pid = 1; pid <= 2 * kMany + 1; ++pid) {
    add(thread(10'000'000 + pid, pid, "worker", 1));
    ASSERT_LE(assembler_.partial(), ExitAssembler::kMaxPartial);
  }
  EXPECT_EQ(assembler_.forgotten(), 2 * ExitAssembler::kMaxPartial);
}

TEST_F(ExitAssemblerTest, TheEndedThatWaitAreBoundedAndTheRestIsToldToBeLost) {
  for (pid_t pid = 1; pid <= static_cast<pid_t>(kRoom); ++pid) {
    add(last(thread(pid, pid, "x", 1)));
  }
  EXPECT_FALSE(assembler_.add(last(thread(5, 5, "x", 1))));
  EXPECT_FALSE(assembler_.add(last_of_many(thread(6, 6, "x", 1), 1)));
  EXPECT_FALSE(assembler_.add(old(thread(7, 7, "x", 1))));
  EXPECT_THAT(pids(take()), ElementsAre(1, 2, 3, 4));
  add(last(thread(8, 8, "x", 1)));
  EXPECT_THAT(pids(take()), ElementsAre(8));
}

TEST_F(ExitAssemblerTest, OfAnOldKernelAThreadWithoutTotalsMayBeAProcess) {
  add(old(thread(6, 5, "worker", 10)));
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].pid, 6);
  EXPECT_TRUE(exits[0].may_be_thread);
  EXPECT_EQ(exits[0].run_ns, 10U);
}

TEST_F(ExitAssemblerTest, OfAnOldKernelTheTotalsNameTheProcess) {
  auto message = old(last_of_many(thread(6, 5, "worker", 10), 30));
  add(message);
  const auto exits = take();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].pid, 5);
  EXPECT_FALSE(exits[0].may_be_thread);
  EXPECT_EQ(exits[0].run_ns, 30U);
}

}  // namespace
}  // namespace proctally::kernel
