// I/O of the dead, which a reaped child's parent shows as its own.
#include <gtest/gtest.h>

#include <string>

#include "tests/core/accounting/settlement.h"

namespace proctally::test {
namespace {

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
