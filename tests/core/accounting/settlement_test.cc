// On whose account it goes what processes did that are gone: every nanosecond once, with exit
// messages and without.
#include "tests/core/accounting/settlement.h"

#include <gtest/gtest.h>

#include <string>

namespace proctally::test {
namespace {

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

}  // namespace
}  // namespace proctally::test
