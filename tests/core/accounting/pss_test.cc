// PSS: who is read, when, who is not, and what their groups publish.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr auto kOn = R"({"collect": ["processes", "pss"], "pss_deadline": "20ms"})";
constexpr std::uint64_t kPagesPerMebibyte = (1U << 20U) / FakeHost::kPageBytes;
constexpr std::int64_t kTooLong = 20'000'001;

class Pss : public ScanSequence {
 protected:
  void SetUp() override { use_settings(kOn); }
  FakeProcess& add_sized(pid_t pid, const std::string& comm, std::uint64_t mebibytes) {
    auto& process = add_old(pid, comm);
    process.rss_pages = mebibytes * kPagesPerMebibyte;
    return process;
  }
  void resize(pid_t pid, std::uint64_t mebibytes) {
    host.at(pid).rss_pages = mebibytes * kPagesPerMebibyte;
    host.work(pid, kMs);  // It is seen in the next scan.
  }
  [[nodiscard]] bool knows(const std::string& group) const {
    const bool knows = !value(group, Metric::memory_pss).is_absent();
    EXPECT_EQ(!value(group, Metric::memory_swap_pss).is_absent(), knows);
    return knows;
  }
  [[nodiscard]] auto reads_of(pid_t pid) const {
    return std::count(pss.read.begin(), pss.read.end(), pid);
  }
};

TEST_F(Pss, IsNotReadWhereItIsOff) {
  use_settings("{}");
  add_old(10, "web");
  scan();
  scan();
  EXPECT_THAT(pss.read, IsEmpty());
  EXPECT_FALSE(knows("web"));
  EXPECT_TRUE(value("web", Metric::memory_pss_age).is_absent());
}

TEST_F(Pss, IsTheSumOfAllMembersOnceAllAreRead) {
  pss.processes[10] = {.pss_kilobytes = 300, .swap_pss_kilobytes = 7};
  pss.processes[11] = {.pss_kilobytes = 200, .swap_pss_kilobytes = 5};
  pss.reads_per_scan = 1;
  add_old(10, "web");
  add_old(11, "web");
  scan();
  EXPECT_FALSE(knows("web"));
  EXPECT_EQ(collector().awaited_pss(), 2U);
  scan();
  EXPECT_FALSE(knows("web")) << "half of them";
  EXPECT_EQ(collector().awaited_pss(), 1U);
  scan();
  EXPECT_EQ(number("web", Metric::memory_pss), 500 * 1024);
  EXPECT_EQ(number("web", Metric::memory_swap_pss), 12 * 1024);
  EXPECT_EQ(collector().awaited_pss(), 0U);
}

TEST_F(Pss, IsAsOldAsTheOldestReadingInIt) {
  pss.reads_per_scan = 1;
  add_old(10, "web");
  add_old(11, "web");
  scan();
  scan(10);
  scan(10);
  EXPECT_DOUBLE_EQ(number("web", Metric::memory_pss_age), 20.0);
  pss.reads_per_scan = 0;
  scan(10);  // The reading asked for 10 s ago.
  scan(10);
  EXPECT_DOUBLE_EQ(number("web", Metric::memory_pss_age), 30.0);
}

TEST_F(Pss, OfKernelThreadsAndZombiesIsNothingAndNeedsNoReading) {
  add_old(10, "web").state = 'Z';
  host.add(11, "kworker", 100).is_kernel_thread = true;
  use_settings(R"({"collect": ["pss"], "process_names": [
      {"name": "all", "kernel_thread": true}, {"name": "all", "kernel_thread": false}]})");
  scan();
  EXPECT_EQ(number("all", Metric::memory_pss), 0);
  EXPECT_TRUE(value("all", Metric::memory_pss_age).is_absent());
  EXPECT_THAT(pss.asked, IsEmpty());
}

TEST_F(Pss, IsReadOfProcessesInGroupsOnly) {
  use_settings(R"({"collect": ["pss"], "children": false,
                   "process_names": [{"comm": ["web"]}]})");
  add_old(10, "web");
  add_old(11, "other");
  scan();
  EXPECT_THAT(pss.asked, ElementsAre(10));
}

TEST_F(Pss, IsReadWithinTheBudgetOfTheSettings) {
  use_settings(R"({"collect": ["pss"], "pss_budget": "50us"})");
  for (pid_t pid = 10; pid < 100; ++pid) add_old(pid, "web");
  scan();
  EXPECT_EQ(pss.budget_ns, 50'000);
  // No more than could be read in that time.
  EXPECT_THAT(pss.asked.size(), testing::AllOf(testing::Ge(1U), testing::Le(11U)));
}

TEST_F(Pss, IsReadFirstOfThoseNeverReadThenOfThoseThatChangedMost) {
  for (pid_t pid = 10; pid < 13; ++pid) add_sized(pid, "web", 100);
  scan();
  EXPECT_THAT(pss.asked, ElementsAre(10, 11, 12));
  resize(11, 90);
  resize(12, 160);
  bear(13, "web");
  scan();
  // Three readings so far: the fourth is the oldest's, and of those the one that changed most.
  EXPECT_THAT(pss.asked, ElementsAre(12, 13, 11, 10));
}

TEST_F(Pss, IsReadOfEveryoneInTheEndThoughOneChangesMostAllTheTime) {
  pss.reads_per_scan = 1;
  for (pid_t pid = 10; pid < 15; ++pid) add_sized(pid, "web", 10);
  for (int i = 0; i < 5; ++i) scan();
  pss.read.clear();
  for (std::uint64_t i = 0; i < 40; ++i) {
    resize(14, 10 + 50 * (i % 2 + 1));
    scan();
  }
  for (pid_t pid = 10; pid < 14; ++pid) EXPECT_GE(reads_of(pid), 2) << pid;
  EXPECT_GE(reads_of(14), 20);
}

TEST_F(Pss, IsReadAgainOfTheOldThoughNewOnesComeAllTheTime) {
  pss.reads_per_scan = 1;
  add_old(10, "old");
  scan();
  for (pid_t pid = 100; pid < 120; ++pid) {
    bear(pid, "new");
    scan();
  }
  EXPECT_GE(reads_of(10), 3);
}

TEST_F(Pss, IsNotReadOfAProcessThatIsForeseenToTakeLongerThanTheDeadline) {
  // Before anything is learned: 100 ns a page.
  add_sized(10, "huge", 800);
  add_sized(11, "large", 700);
  pss.processes[11].took_ns = 17'920'000;
  scan();
  scan();
  EXPECT_THAT(pss.read, Not(Contains(10)));
  EXPECT_FALSE(knows("huge"));
  EXPECT_TRUE(knows("large"));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 1);
  EXPECT_EQ(collector().awaited_pss(), 0U) << "nobody waits for it";
}

TEST_F(Pss, CountsWhatIsSwappedOutAsSizeToo) {
  host.swap_used_kilobytes = 1000;
  add_sized(10, "huge", 100).swap_kilobytes = 700 * 1024;
  scan();
  EXPECT_THAT(pss.asked, IsEmpty());
}

TEST_F(Pss, IsReadOfLargerProcessesOnceReadingsProveFaster) {
  add_sized(10, "huge", 800);
  add_sized(11, "large", 100);
  pss.processes[11].took_ns = 1'000'000;  // 10 ms for 1000 MiB.
  for (int i = 0; i < 10; ++i) scan();
  EXPECT_TRUE(knows("huge"));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 0);
}

TEST_F(Pss, IsNoLongerReadOfLargerProcessesOnceOneReadingProvesSlower) {
  add_sized(10, "large", 700);
  add_sized(11, "slow", 100);
  pss.processes[11].took_ns = 10'000'000;
  scan();
  scan();
  // The one was read before, at a rate of its own; who comes now is not.
  add_sized(12, "new", 400);
  scan();
  EXPECT_TRUE(knows("large"));
  EXPECT_THAT(pss.asked, Not(Contains(12)));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 1);
}

TEST_F(Pss, IsReadOfAGrowingProcessWhoseOwnReadingsAreFast) {
  add_sized(10, "huge", 500);
  pss.processes[10].took_ns = 100'000;
  scan();
  scan();
  resize(10, 5000);
  scan();
  EXPECT_THAT(pss.asked, ElementsAre(10));
  EXPECT_TRUE(knows("huge"));
}

TEST_F(Pss, OfAProcessThatTookTooLongIsAbsentAndLeftAloneTwiceAsLongEachTime) {
  add_sized(10, "web", 1);
  add_sized(11, "web", 1);
  pss.processes[10].took_ns = kTooLong;
  scan();
  scan(1);
  EXPECT_FALSE(knows("web"));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 1);
  EXPECT_EQ(collector().awaited_pss(), 0U);
  scan(599);
  EXPECT_EQ(reads_of(10), 1);
  scan(1);  // 10 minutes: again, and again too long.
  EXPECT_EQ(reads_of(10), 2);
  scan(1);
  scan(1199);
  EXPECT_EQ(reads_of(10), 2);
  pss.processes[10].took_ns = 50'000;
  scan(1);
  EXPECT_EQ(reads_of(10), 3);
  scan(1);
  EXPECT_TRUE(knows("web"));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 0);
  // A timely reading forgives.
  pss.processes[10].took_ns = kTooLong;
  scan(1);
  scan(1);
  const auto reads = reads_of(10);
  scan(600);
  EXPECT_EQ(reads_of(10), reads + 1);
}

TEST_F(Pss, OfAProcessThatHangsTheReaderIsAbsentAndLeftAlone) {
  add_old(10, "stuck");
  add_old(11, "web");
  pss.processes[10].hangs = true;
  pss.hanging = 1;
  scan();
  scan();
  EXPECT_FALSE(knows("stuck"));
  EXPECT_TRUE(knows("web"));
  EXPECT_EQ(number(SelfMetric::slow_readers_stuck), 1);
  EXPECT_EQ(number(SelfMetric::pss_skipped), 1);
  scan(590);
  EXPECT_EQ(reads_of(10), 1);
}

TEST_F(Pss, ThatMayNotBeReadIsAbsentAndNotAskedForInEachScan) {
  add_old(10, "web");
  add_old(11, "web");
  pss.processes[10].status = ReadStatus::denied;
  for (int i = 0; i < 30; ++i) scan();
  EXPECT_FALSE(knows("web"));
  EXPECT_EQ(number(SelfMetric::denied), 1);
  EXPECT_EQ(number(SelfMetric::pss_skipped), 0);
  EXPECT_EQ(reads_of(10), 1);
  pss.processes[10].status = ReadStatus::ok;
  scan(60);
  scan();
  EXPECT_TRUE(knows("web"));
}

TEST_F(Pss, IsAbsentOnceItMayNoLongerBeRead) {
  add_old(10, "web");
  scan();
  pss.processes[10].status = ReadStatus::denied;
  scan();
  EXPECT_TRUE(knows("web"));
  scan();
  EXPECT_FALSE(knows("web"));
}

TEST_F(Pss, OfAReusedPidIsNotThatOfTheOneBefore) {
  pss.processes[10].pss_kilobytes = 300;
  add_old(10, "web");
  scan();
  host.remove(10);
  pss.processes[10].pss_kilobytes = 200;
  bear(10, "web");
  scan();
  EXPECT_FALSE(knows("web"));
  scan();
  EXPECT_EQ(number("web", Metric::memory_pss), 200 * 1024);
}

TEST_F(Pss, OfOneThatIsGoneIsGone) {
  add_old(10, "web");
  add_old(11, "web");
  pss.processes[10].pss_kilobytes = 300;
  scan();
  scan();
  EXPECT_EQ(number("web", Metric::memory_pss), 400 * 1024);
  host.remove(10);
  scan();
  EXPECT_EQ(number("web", Metric::memory_pss), 100 * 1024);
}

TEST_F(Pss, OfGroupsOutsideTheTopIsInOther) {
  use_settings(R"({"collect": ["cpu", "pss"], "top": 2})");  // "kernel" is one.
  for (pid_t pid = 10; pid < 13; ++pid) add_old(pid, "group" + std::to_string(pid));
  scan();
  host.work(10, 500 * kMs);
  scan(3);
  EXPECT_EQ(number("_other", Metric::memory_pss), 200 * 1024);
  EXPECT_DOUBLE_EQ(number("_other", Metric::memory_pss_age), 3.0);
  pss.processes[11].status = ReadStatus::denied;
  scan();
  scan();
  EXPECT_FALSE(knows("_other"));
}

TEST_F(Pss, IsNoLongerReadAfterItWasSwitchedOff) {
  add_old(10, "web");
  scan();
  scan();
  reload("{}");
  scan();
  const auto reads = pss.read.size();
  scan();
  EXPECT_EQ(pss.read.size(), reads);
  EXPECT_FALSE(knows("web"));
  EXPECT_EQ(number(SelfMetric::pss_skipped), 0);
  EXPECT_EQ(collector().awaited_pss(), 0U);
}

}  // namespace
}  // namespace proctally::test
