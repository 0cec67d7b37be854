// On whose account it goes what processes did that are gone: every nanosecond once.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

/// A shell that was there all the time, its children, and what they all did: the truth.
class Settlement : public ScanSequence {
 protected:
  static constexpr pid_t kInit = 1;
  static constexpr pid_t kShell = 10;

  /// CPU of dead children is shown in steps of `ns_per_tick`.
  void begin(std::uint64_t ns_per_tick = 1) {
    host.ns_per_tick = ns_per_tick;
    add_old(kInit, "init").ppid = 0;
    add_old(kShell, "sh");
  }

  pid_t fork(pid_t parent, const std::string& comm) {
    const auto pid = next_pid_++;
    host.fork(parent, pid, comm, born());
    return pid;
  }
  pid_t fork_to_work(pid_t parent, const std::string& comm, std::uint64_t ns) {
    const auto pid = fork(parent, comm);
    work(pid, ns);
    return pid;
  }
  void work(pid_t pid, std::uint64_t ns) {
    auto& process = host.at(pid);
    host.work(pid, ns);
    truth_[process.comm].cpu_ns += ns;
    ++truth_[process.comm].minor_faults;
  }
  void reap(pid_t pid) {
    truth_[host.at(host.at(pid).ppid).comm].cpu_ns += FakeHost::kWaitNs;
    host.reap(pid);
  }
  void end_and_reap(pid_t pid) {
    host.end(pid);
    if (host.processes().contains(pid)) reap(pid);
  }
  void run_unseen(pid_t parent, const std::string& comm, std::uint64_t ns) {
    end_and_reap(fork_to_work(parent, comm, ns));
  }
  /// The message of the last that ended is lost.
  void lose_messages() {
    std::vector<kernel::ProcessExit> lost;
    host.exits.drain(lost);
    for (std::size_t i = 0; i < lost.size(); ++i) host.exits.lose();
  }

  /// The first scan: what was before does not count.
  void first_scan() {
    scan();
    truth_.clear();
  }

  [[nodiscard]] std::uint64_t cpu_of(const std::string& group) const {
    return has_group(group) ? cpu_ns(group) : 0;
  }
  [[nodiscard]] std::uint64_t true_cpu_ns() const {
    std::uint64_t sum = 0;
    for (const auto& [group, truth] : truth_) sum += truth.cpu_ns;
    return sum;
  }
  [[nodiscard]] double cpu_on_the_books() const {
    return number(SelfMetric::cpu_grouped_seconds) + number(SelfMetric::cpu_ungrouped_seconds);
  }

  /// Each did what its account says.
  void expect_truth_of_each() const {
    for (const auto& [group, truth] : truth_) {
      EXPECT_EQ(cpu_of(group), truth.cpu_ns) << group;
      if (truth.minor_faults == 0 && !has_group(group)) continue;
      EXPECT_EQ(number(group, Metric::minor_faults), static_cast<double>(truth.minor_faults))
          << group;
    }
    expect_truth_in_all();
  }
  /// All together did; who of them is not known.
  void expect_truth_in_all() const {
    std::uint64_t cpu = 0;
    double faults = 0;
    for (const auto& [group, truth] : truth_) {
      cpu += cpu_of(group);
      if (has_group(group)) faults += number(group, Metric::minor_faults);
    }
    EXPECT_EQ(cpu, true_cpu_ns());
    EXPECT_EQ(faults, static_cast<double>(true_faults()));
    EXPECT_NEAR(cpu_on_the_books(), static_cast<double>(true_cpu_ns()) / 1e9, 1e-9);
  }

 private:
  struct Truth {
    std::uint64_t cpu_ns = 0;
    std::uint64_t minor_faults = 0;
  };

  [[nodiscard]] std::uint64_t born() { return now_ticks() + ++births_; }
  [[nodiscard]] std::uint64_t true_faults() const {
    std::uint64_t sum = 0;
    for (const auto& [group, truth] : truth_) sum += truth.minor_faults;
    return sum;
  }

  pid_t next_pid_ = 100;
  std::uint64_t births_ = 0;
  std::map<std::string, Truth> truth_;
};

// --- with exit messages and without

class SettlementOnEachRoute : public Settlement, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (hears()) hear_exits();
  }
  [[nodiscard]] static bool hears() { return GetParam(); }
};

TEST_P(SettlementOnEachRoute, PutsTheLastSliceOfAChildOnItsOwnGroup) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  scan();
  work(make, 70 * kMs);
  end_and_reap(make);
  scan();
  EXPECT_EQ(cpu_ns("make"), 170 * kMs);
  EXPECT_EQ(cpu_ns("sh"), FakeHost::kWaitNs);
  EXPECT_EQ(number("make", Metric::started), 1);
  EXPECT_EQ(number("make", Metric::exited), 1);
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, PutsTheLastSliceOfAChildThatWasThereBeforeOnItsGroup) {
  begin();
  const auto make = fork_to_work(kShell, "make", 900 * kMs);
  first_scan();
  work(make, 70 * kMs);
  end_and_reap(make);
  scan();
  EXPECT_EQ(cpu_ns("make"), 70 * kMs);
  EXPECT_EQ(number("make", Metric::started), 0);
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, AddsNothingForAChildThatSleptUntilItsEnd) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  scan();
  end_and_reap(make);
  scan();
  scan();
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, CountsAZombieOnceHoweverLongNobodyWaitsForIt) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  scan();
  work(make, 30 * kMs);
  host.end(make);
  for (int i = 0; i < 3; ++i) {
    scan();
    expect_truth_of_each();
  }
  reap(make);
  scan();
  EXPECT_EQ(number("make", Metric::exited), 1);
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, TakesNothingOffForChildrenThatLive) {
  begin();
  first_scan();
  const auto living = fork_to_work(kShell, "living", 500 * kMs);
  const auto dying = fork_to_work(kShell, "dying", 10 * kMs);
  const auto zombie = fork_to_work(kShell, "zombie", 300 * kMs);
  scan();
  work(living, 40 * kMs);
  work(dying, 70 * kMs);
  work(zombie, 20 * kMs);
  host.end(zombie);
  end_and_reap(dying);
  scan();
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, TellsApartParentAndChildWhoEndTogether) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  const auto cc1 = fork_to_work(make, "cc1", 200 * kMs);
  scan();
  work(cc1, 40 * kMs);
  end_and_reap(cc1);
  end_and_reap(make);
  scan();
  // Without messages nobody can tell whose the last slice was.
  hears() ? expect_truth_of_each() : expect_truth_in_all();
  EXPECT_EQ(cpu_ns("sh"), FakeHost::kWaitNs);
}

TEST_P(SettlementOnEachRoute, FindsWhoWaitedForAChildThatOutlivedItsParentWithinOneScan) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  const auto cc1 = fork_to_work(make, "cc1", 200 * kMs);
  scan();
  work(cc1, 40 * kMs);
  end_and_reap(make);
  work(cc1, 2 * kMs);
  end_and_reap(cc1);  // By init.
  scan();
  hears() ? expect_truth_of_each() : expect_truth_in_all();
}

TEST_P(SettlementOnEachRoute, FollowsAnOrphanToInit) {
  begin();
  first_scan();
  const auto parent = fork_to_work(kShell, "parent", 10 * kMs);
  const auto orphan = fork_to_work(parent, "orphan", 20 * kMs);
  scan();
  end_and_reap(parent);
  work(orphan, 30 * kMs);
  scan();
  work(orphan, 40 * kMs);
  end_and_reap(orphan);
  scan();
  EXPECT_EQ(cpu_ns("orphan"), 90 * kMs);
  EXPECT_EQ(cpu_ns("init"), FakeHost::kWaitNs);
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, FollowsAnOrphanToASubreaper) {
  begin();
  host.at(kShell).adopts = true;
  first_scan();
  const auto parent = fork_to_work(kShell, "parent", 10 * kMs);
  const auto orphan = fork_to_work(fork(parent, "middle"), "orphan", 20 * kMs);
  work(host.at(orphan).ppid, 5 * kMs);
  scan();
  end_and_reap(host.at(orphan).ppid);
  work(orphan, 30 * kMs);
  end_and_reap(orphan);  // By its grandparent's parent.
  scan();
  hears() ? expect_truth_of_each() : expect_truth_in_all();
  EXPECT_EQ(cpu_of("init"), 0U);
}

TEST_P(SettlementOnEachRoute, CountsNoGrandchildTwiceThatWasOnTheBooksBeforeItsParentEnded) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  const auto cc1 = fork_to_work(make, "cc1", 200 * kMs);
  scan();
  work(cc1, 40 * kMs);
  end_and_reap(cc1);
  scan();
  expect_truth_of_each();
  work(make, 7 * kMs);
  end_and_reap(make);  // Leaves what cc1 left to it.
  scan();
  EXPECT_EQ(cpu_ns("sh"), FakeHost::kWaitNs);
  expect_truth_of_each();
}

TEST_P(SettlementOnEachRoute, AddsUpAfterScansWereMissed) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 100 * kMs);
  scan();
  for (int i = 0; i < 30; ++i) run_unseen(make, "cc1", 40 * kMs);
  work(make, 300 * kMs);
  const auto late = fork_to_work(make, "late", 80 * kMs);
  end_and_reap(make);
  scan(30);
  hears() ? expect_truth_of_each() : expect_truth_in_all();
  work(late, 10 * kMs);
  end_and_reap(late);
  scan(30);
  hears() ? expect_truth_of_each() : expect_truth_in_all();
}

TEST_P(SettlementOnEachRoute, CountsNothingFromBeforeTheFirstScan) {
  begin();
  run_unseen(kShell, "true", 700 * kMs);
  const auto zombie = fork_to_work(kShell, "zombie", 300 * kMs);
  host.end(zombie);
  first_scan();
  EXPECT_EQ(cpu_of("sh"), 0U);
  EXPECT_EQ(cpu_of("true"), 0U);
  EXPECT_EQ(cpu_on_the_books(), 0);
  EXPECT_EQ(number("sh", Metric::minor_faults), 0);
  EXPECT_FALSE(has_group("true"));
  scan();
  reap(zombie);
  scan();
  expect_truth_of_each();
  EXPECT_EQ(cpu_of("zombie"), 0U);
}

TEST_P(SettlementOnEachRoute, KnowsAPidThatIsUsedAgainForAnotherChild) {
  begin();
  first_scan();
  const auto first = fork_to_work(kShell, "first", 100 * kMs);
  scan();
  work(first, 20 * kMs);
  end_and_reap(first);
  host.fork(kShell, first, "second", now_ticks() + 1000);
  work(first, 300 * kMs);
  scan();
  expect_truth_of_each();
  EXPECT_EQ(number("first", Metric::exited), 1);
  EXPECT_EQ(number("second", Metric::started), 1);
}

TEST_P(SettlementOnEachRoute, BooksWhatAreInNoGroupApartFromTheRest) {
  use_settings(R"({"process_names": [
      {"exclude": true, "comm": ["backup"]}, {"name": "{{.Comm}}", "kernel_thread": false}]})");
  begin();
  first_scan();
  const auto backup = fork_to_work(kShell, "backup", 100 * kMs);
  const auto make = fork_to_work(kShell, "make", 10 * kMs);
  scan();
  work(backup, 50 * kMs);
  end_and_reap(backup);
  scan();
  work(make, 20 * kMs);
  end_and_reap(make);
  scan();
  EXPECT_FALSE(has_group("backup"));
  EXPECT_NEAR(number(SelfMetric::cpu_ungrouped_seconds), 0.15, 1e-12);
  EXPECT_NEAR(number(SelfMetric::cpu_grouped_seconds),
              static_cast<double>(cpu_ns("make") + cpu_ns("sh")) / 1e9, 1e-12);
  EXPECT_NEAR(cpu_on_the_books(), static_cast<double>(true_cpu_ns()) / 1e9, 1e-12);
}

TEST_P(SettlementOnEachRoute, GivesMajorFaultsToWhoHadThem) {
  begin();
  first_scan();
  const auto make = fork_to_work(kShell, "make", 10 * kMs);
  host.at(make).major_faults = 5;
  scan();
  host.at(make).major_faults = 12;
  work(make, kMs);
  end_and_reap(make);
  scan();
  EXPECT_EQ(number("make", Metric::major_faults), 12);
  EXPECT_EQ(number("sh", Metric::major_faults), 0);
}

// Children of less than a tick are seen only in the ticks of their sum.
TEST_P(SettlementOnEachRoute, NeverRunsAheadOfAThousandShortChildrenAndLagsTwoTicksAtMost) {
  begin(FakeHost::kNsPerTick);
  first_scan();
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 10; ++j) run_unseen(kShell, "short", 3'300'000);
    scan();
    const auto books = cpu_of("sh") + cpu_of("short");
    ASSERT_LE(books, true_cpu_ns());
    ASSERT_GE(books + 2 * FakeHost::kNsPerTick, true_cpu_ns());
  }
  if (hears()) {
    EXPECT_EQ(number("short", Metric::exited), 1000);
    EXPECT_GE(cpu_ns("short"), 1000 * 3'300'000U - 2 * FakeHost::kNsPerTick);
  }
}

TEST_P(SettlementOnEachRoute, NeverRunsAheadOfShortChildrenThatWereSeen) {
  begin(FakeHost::kNsPerTick);
  first_scan();
  for (int i = 0; i < 100; ++i) {
    const auto child = fork_to_work(kShell, "short", 3'300'000);
    scan();
    work(child, 2'200'000);
    end_and_reap(child);
    scan();
    const auto books = cpu_of("sh") + cpu_of("short");
    ASSERT_LE(books, true_cpu_ns());
    ASSERT_GE(books + 2 * FakeHost::kNsPerTick, true_cpu_ns());
  }
}

// Its ticks may have lacked that much at the first scan.
TEST_P(SettlementOnEachRoute, WithholdsTwoTicksOfAReaperThatHadWaitedBefore) {
  begin(FakeHost::kNsPerTick);
  host.at(kShell).reaped = {
      .user_ns = 5 * kSecond + 9'999'999, .system_ns = kSecond + 9'999'999, .minor_faults = 100};
  first_scan();
  run_unseen(kShell, "true", 2);
  host.at(kShell).reaped.system_ns += 1;
  scan();
  EXPECT_EQ(cpu_of("sh") + cpu_of("true"), FakeHost::kWaitNs);
  run_unseen(kShell, "true", 300 * kMs);
  run_unseen(kShell, "true", 100 * kMs);
  scan();
  EXPECT_EQ(cpu_of("sh") + cpu_of("true"), 400 * kMs + 3 * FakeHost::kWaitNs);
}

INSTANTIATE_TEST_SUITE_P(Routes, SettlementOnEachRoute, ::testing::Bool(), [](const auto& param) {
  return param.param ? "WithMessages" : "WithoutMessages";
});

// --- a reaper that cannot be read for a while

struct UnreadableCase {
  bool hears;
  ReadStatus status;
  const char* name;
};

class SettlementWithAnUnreadableReaper : public Settlement,
                                         public ::testing::WithParamInterface<UnreadableCase> {
 protected:
  void SetUp() override {
    if (GetParam().hears) hear_exits();
  }
};

TEST_P(SettlementWithAnUnreadableReaper, WaitsAndLosesNothingAndDoublesNothing) {
  begin();
  first_scan();
  const auto known = fork_to_work(kShell, "known", 100 * kMs);
  scan();
  work(known, 60 * kMs);
  end_and_reap(known);
  if (GetParam().hears) run_unseen(kShell, "unseen", 33 * kMs);
  host.fail(kShell, PidFile::stat, GetParam().status);
  for (int i = 0; i < 2; ++i) {
    scan();
    EXPECT_EQ(cpu_ns("known"), 100 * kMs);
    EXPECT_EQ(cpu_of("unseen"), 0U);
    EXPECT_EQ(number("sh", Metric::num_procs), 1);
  }
  host.heal(kShell);
  for (int i = 0; i < 2; ++i) {
    scan();
    expect_truth_of_each();
    EXPECT_EQ(number("known", Metric::exited), 1);
    if (GetParam().hears) {
      EXPECT_EQ(number("unseen", Metric::exited), 1);
    }
  }
}

TEST_P(SettlementWithAnUnreadableReaper, LosesNothingWhereThatEndsItselfMeanwhile) {
  begin();
  const auto make = fork_to_work(kShell, "make", kMs);
  first_scan();
  const auto known = fork_to_work(make, "known", 100 * kMs);
  scan();
  work(known, 60 * kMs);
  end_and_reap(known);
  host.fail(make, PidFile::stat, GetParam().status);
  scan();
  host.heal(make);
  work(make, 7 * kMs);
  end_and_reap(make);
  scan();
  scan();
  // Without messages nobody can tell whose the last slice was.
  GetParam().hears ? expect_truth_of_each() : expect_truth_in_all();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SettlementWithAnUnreadableReaper,
    ::testing::Values(UnreadableCase{true, ReadStatus::denied, "DeniedWithMessages"},
                      UnreadableCase{true, ReadStatus::failed, "FailedWithMessages"},
                      UnreadableCase{true, ReadStatus::vanished, "VanishedWithMessages"},
                      UnreadableCase{false, ReadStatus::denied, "DeniedWithoutMessages"},
                      UnreadableCase{false, ReadStatus::failed, "FailedWithoutMessages"},
                      UnreadableCase{false, ReadStatus::vanished, "VanishedWithoutMessages"}),
    [](const auto& param) { return param.param.name; });

// --- with exit messages

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

// --- I/O, which a reaped child's parent shows as its own

struct IoCase {
  bool hears;
  bool parent_has_threads;
  const char* name;
};

class SettlementOfIo : public Settlement, public ::testing::WithParamInterface<IoCase> {
 protected:
  static constexpr std::uint64_t kMiB = 1024 * 1024;

  void SetUp() override {
    if (GetParam().hears) hear_exits();
    begin();
    host.at(kShell).num_threads = GetParam().parent_has_threads ? 3 : 1;
    first_scan();
  }
  void write(pid_t pid, std::uint64_t bytes) {
    work(pid, kMs);
    host.at(pid).io.written_bytes += bytes;
  }
  [[nodiscard]] double written_by(const std::string& group) const {
    return has_group(group) ? number(group, Metric::disk_write_bytes) : 0;
  }
  /// Without messages only the parent's own thread tells its children's part from its own.
  [[nodiscard]] static bool is_told_apart() {
    return GetParam().hears || !GetParam().parent_has_threads;
  }
};

TEST_P(SettlementOfIo, OfAChildThatWasSeenIsOnItsGroupOnce) {
  const auto dd = fork(kShell, "dd");
  write(dd, 120 * kMiB);
  write(kShell, 3 * kMiB);
  scan();
  write(dd, 80 * kMiB);
  write(kShell, 4 * kMiB);
  end_and_reap(dd);
  scan();
  scan();
  EXPECT_EQ(written_by("dd") + written_by("sh"), 207.0 * kMiB);
  if (is_told_apart()) {
    EXPECT_EQ(written_by("dd"), 200.0 * kMiB);
  }
  write(kShell, 5 * kMiB);
  scan();
  EXPECT_EQ(written_by("dd") + written_by("sh"), 212.0 * kMiB);
}

TEST_P(SettlementOfIo, OfAChildThatWasSeenAndWroteNoMoreIsOnItsGroupOnce) {
  const auto dd = fork(kShell, "dd");
  write(dd, 200 * kMiB);
  scan();
  end_and_reap(dd);
  scan();
  scan();
  EXPECT_EQ(written_by("dd"), 200.0 * kMiB);
  EXPECT_EQ(written_by("sh"), 0);
}

TEST_P(SettlementOfIo, OfALifeThatNoScanSawIsCountedOnce) {
  const auto dd = fork(kShell, "dd");
  write(dd, 200 * kMiB);
  end_and_reap(dd);
  write(kShell, 3 * kMiB);
  scan();
  scan();
  EXPECT_EQ(written_by("dd"), GetParam().hears ? 200.0 * kMiB : 0);
  EXPECT_EQ(written_by("dd") + written_by("sh"), 203.0 * kMiB);
}

TEST_P(SettlementOfIo, OfAGrandchildIsOnItsGroupOnceWhenItsParentEnds) {
  const auto make = fork(kShell, "make");
  const auto dd = fork(make, "dd");
  write(make, kMiB);
  write(dd, 120 * kMiB);
  scan();
  end_and_reap(dd);
  scan();
  write(make, 2 * kMiB);
  scan();
  end_and_reap(make);
  scan();
  scan();
  EXPECT_EQ(written_by("dd"), 120.0 * kMiB);
  EXPECT_EQ(written_by("make"), 3.0 * kMiB);
  EXPECT_EQ(written_by("sh"), 0);
}

INSTANTIATE_TEST_SUITE_P(Parents, SettlementOfIo,
                         ::testing::Values(IoCase{true, false, "WithMessagesOneThread"},
                                           IoCase{true, true, "WithMessagesManyThreads"},
                                           IoCase{false, false, "WithoutMessagesOneThread"},
                                           IoCase{false, true, "WithoutMessagesManyThreads"}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace proctally::test
