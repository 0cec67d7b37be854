// What only exit messages tell of the dead, and what is done without them.
#include <gtest/gtest.h>

#include <string>

#include "tests/core/accounting/settlement.h"

namespace proctally::test {
namespace {

class SettlementWithMessages : public Settlement {
 protected:
  void SetUp() override { hear_exits(); }
};

TEST_F(SettlementWithMessages, CountsAWholeLifeThatNoScanSaw) {
  begin();
  first_scan();
  run_unseen(kShell, "true", 33 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("true"), 33 * kMs);
  EXPECT_EQ(number("true", Metric::started), 1);
  EXPECT_EQ(number("true", Metric::exited), 1);
  EXPECT_EQ(number("true", Metric::num_procs), 0);
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, CountsBirthsAndDeathsThatNoScanSaw) {
  begin();
  first_scan();
  for (int i = 0; i < 5; ++i) run_unseen(kShell, "true", kMs);
  for (int i = 0; i < 3; ++i) run_unseen(kShell, "ls", kMs);
  scan();
  scan();
  EXPECT_EQ(number("true", Metric::started), 5);
  EXPECT_EQ(number("true", Metric::exited), 5);
  EXPECT_EQ(number("ls", Metric::started), 3);
  EXPECT_EQ(number("sh", Metric::started), 0);
  EXPECT_EQ(number(SelfMetric::exits_seen), 8);
  EXPECT_EQ(number(SelfMetric::exits_lost), 0);
}

TEST_F(SettlementWithMessages, GivesEachShellOfAChainItsOwn) {
  begin();
  first_scan();
  std::vector<pid_t> chain = {kShell};
  for (int depth = 1; depth <= 6; ++depth) {
    chain.push_back(fork_to_work(chain.back(), "sh" + std::to_string(depth),
                                 static_cast<std::uint64_t>(depth) * kMs));
  }
  while (chain.size() > 1) {
    end_and_reap(chain.back());
    chain.pop_back();
  }
  scan();
  for (int depth = 1; depth <= 6; ++depth) {
    EXPECT_GE(cpu_ns("sh" + std::to_string(depth)), static_cast<std::uint64_t>(depth) * kMs);
  }
  expect_truth_in_all();
  EXPECT_EQ(cpu_ns("sh"), FakeHost::kWaitNs);
}

TEST_F(SettlementWithMessages, GivesAGrandchildThatNoScanSawItsOwn) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  scan();
  run_unseen(make, "cc1", 60 * kMs);
  end_and_reap(make);
  scan();
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, GivesADaemonOfADoubleForkItsOwn) {
  begin();
  first_scan();
  const auto first = fork_to_work(kShell, "launcher", 2 * kMs);
  const auto daemon = fork_to_work(first, "daemon", 3 * kMs);
  end_and_reap(first);
  work(daemon, 44 * kMs);
  end_and_reap(daemon);
  scan();
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, GivesTheLastSliceToTheProgramThatItBecame) {
  begin();
  first_scan();
  const auto child = fork_to_work(kShell, "early", 10 * kMs);
  scan();
  host.at(child).comm = "late";
  work(child, 90 * kMs);
  end_and_reap(child);
  scan();
  EXPECT_EQ(cpu_ns("early"), 10 * kMs);
  EXPECT_EQ(cpu_ns("late"), 90 * kMs);
  EXPECT_EQ(number("late", Metric::exited), 1);
  EXPECT_EQ(number("early", Metric::exited), 0);
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, TellsApartAllWhoHadOnePidInOneScan) {
  begin();
  first_scan();
  const auto pid = fork_to_work(kShell, "first", 100 * kMs);
  scan();
  work(pid, 20 * kMs);
  end_and_reap(pid);
  for (const auto* comm : {"second", "third"}) {
    host.fork(kShell, pid, comm, now_ticks() + 1000);
    work(pid, 55 * kMs);
    end_and_reap(pid);
  }
  host.fork(kShell, pid, "fourth", now_ticks() + 2000);
  work(pid, 5 * kMs);
  scan();
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, TakesTheMessageWhereNobodyWaits) {
  begin();
  host.at(kShell).ignores_children = true;
  first_scan();
  const auto known = fork_to_work(kShell, "known", 100 * kMs);
  scan();
  work(known, 30 * kMs);
  end_and_reap(known);
  run_unseen(kShell, "unseen", 50 * kMs);
  work(kShell, kMs);
  scan();
  expect_truth_of_each();
}

TEST_F(SettlementWithMessages, KeepsAGroupThatNoScanCatchesAlive) {
  use_settings(R"({"group_ttl": "3s"})");
  begin();
  first_scan();
  for (int i = 0; i < 10; ++i) {
    run_unseen(kShell, "unseen", 10 * kMs);
    scan();
  }
  EXPECT_EQ(cpu_ns("unseen"), 100 * kMs);
  EXPECT_EQ(number("unseen", Metric::exited), 10);
}

TEST_F(SettlementWithMessages, TakesNoMoreThanTheMessageSaysWhereNobodyWaits) {
  begin();
  host.at(kShell).ignores_children = true;
  first_scan();
  // Shorter than a tick, and hit by one: it may have been anything from 1 ms on.
  kernel::ProcessExit exit;
  exit.ppid = kShell;
  std::string("unseen").copy(exit.comm.data(), exit.comm.size());
  exit.run_ns = kMs;
  exit.sampled_user_ns = 4 * kMs;
  exit.minor_faults = 50;  // They would have come to who waited.
  for (pid_t pid = 1000; pid < 1010; ++pid) {
    exit.pid = pid;
    host.exits.announce(exit);
  }
  scan();
  EXPECT_GE(cpu_ns("unseen"), 10 * kMs);
  EXPECT_LE(cpu_ns("unseen"), 40 * kMs);
  EXPECT_EQ(number("unseen", Metric::exited), 10);
  EXPECT_EQ(cpu_ns("sh"), 0U);
}

TEST_F(SettlementWithMessages, LosesNothingWithALostMessage) {
  begin();
  first_scan();
  const auto known = fork_to_work(kShell, "known", 100 * kMs);
  scan();
  run_unseen(kShell, "unseen", 50 * kMs);
  work(known, 30 * kMs);
  end_and_reap(known);
  lose_messages();
  scan();
  EXPECT_EQ(number(SelfMetric::exits_lost), 2);
  EXPECT_EQ(number(SelfMetric::exits_seen), 0);
  expect_truth_in_all();
}

TEST_F(SettlementWithMessages, PutsKernelThreadsOnTheKernel) {
  begin();
  auto& kthreadd = add_old(2, "kthreadd");
  kthreadd.ppid = 0;
  kthreadd.is_kernel_thread = true;
  kthreadd.ignores_children = true;
  first_scan();
  const auto known = fork(2, "kworker/0:1");
  host.at(known).is_kernel_thread = true;
  host.work(known, 10 * kMs, 0.0);
  scan();
  host.work(known, 5 * kMs, 0.0);
  host.end_and_reap(known);
  const auto unseen = fork(2, "kworker/1:1");
  host.at(unseen).is_kernel_thread = true;
  host.work(unseen, 20 * kMs, 0.0);
  host.end_and_reap(unseen);
  scan();
  EXPECT_EQ(cpu_ns("kernel"), 35 * kMs);
  EXPECT_EQ(number("kernel", Metric::cpu_time_user), 0);
  EXPECT_EQ(number("kernel", Metric::exited), 2);
}

// --- without

class SettlementWithoutMessages : public Settlement {};

TEST_F(SettlementWithoutMessages, PutsALifeThatNoScanSawOnTheGroupOfWhoWaited) {
  begin();
  first_scan();
  run_unseen(kShell, "true", 33 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("sh"), 33 * kMs + FakeHost::kWaitNs);
  EXPECT_FALSE(has_group("true"));
  EXPECT_EQ(number("sh", Metric::started), 0);
  EXPECT_EQ(number("sh", Metric::exited), 0);
  EXPECT_EQ(number(SelfMetric::exits_seen), 0);
  expect_truth_in_all();
}

TEST_F(SettlementWithoutMessages, PutsAChainOfShellsOnTheGroupOfTheOneThatLives) {
  begin();
  first_scan();
  std::vector<pid_t> chain = {kShell};
  for (int depth = 1; depth <= 6; ++depth) {
    chain.push_back(fork_to_work(chain.back(), "inner", 11 * kMs));
  }
  while (chain.size() > 1) {
    end_and_reap(chain.back());
    chain.pop_back();
  }
  scan();
  EXPECT_EQ(cpu_ns("sh"), true_cpu_ns());
}

TEST_F(SettlementWithoutMessages, GivesWhatIsLeftToTheDeadWhomAScanHadSeen) {
  begin();
  first_scan();
  const auto much = fork_to_work(kShell, "much", 300 * kMs);
  const auto little = fork_to_work(kShell, "little", 100 * kMs);
  scan();
  run_unseen(kShell, "unseen", 80 * kMs);
  end_and_reap(much);
  end_and_reap(little);
  scan();
  // Who worked much is likely to have gone on.
  EXPECT_NEAR(static_cast<double>(cpu_ns("much")), 360e6, 1e4);
  EXPECT_NEAR(static_cast<double>(cpu_ns("little")), 120e6, 1e4);
  EXPECT_EQ(cpu_ns("sh"), 3 * FakeHost::kWaitNs);
  expect_truth_in_all();
}

TEST_F(SettlementWithoutMessages, LeavesTheLastSliceWithTheProgramThatAScanSaw) {
  begin();
  first_scan();
  const auto child = fork_to_work(kShell, "early", 10 * kMs);
  scan();
  host.at(child).comm = "late";
  work(child, 90 * kMs);
  end_and_reap(child);
  scan();
  EXPECT_EQ(cpu_ns("early"), 100 * kMs);
  EXPECT_FALSE(has_group("late"));
}

TEST_F(SettlementWithoutMessages, MakesNothingUpWhereNobodyWaits) {
  begin();
  host.at(kShell).ignores_children = true;
  first_scan();
  const auto known = fork_to_work(kShell, "known", 100 * kMs);
  scan();
  work(known, 30 * kMs);
  end_and_reap(known);
  run_unseen(kShell, "unseen", 50 * kMs);
  work(kShell, kMs);
  scan();
  EXPECT_EQ(cpu_ns("known"), 100 * kMs);
  EXPECT_EQ(cpu_ns("sh"), kMs);
  EXPECT_EQ(number("known", Metric::exited), 1);
}

}  // namespace
}  // namespace proctally::test
