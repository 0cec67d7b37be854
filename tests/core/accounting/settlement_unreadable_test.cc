// The same where a reaper cannot be read for a while.
#include <gtest/gtest.h>

#include <string>

#include "tests/core/accounting/settlement.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

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

}  // namespace
}  // namespace proctally::test
