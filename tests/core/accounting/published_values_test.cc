// What is published, and when it is absent: percentages, gauges, refresh, cardinality, self row.
#include <gtest/gtest.h>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

class PublishedValues : public ScanSequence {};

TEST_F(PublishedValues, HaveNoPercentagesInTheFirstScan) {
  add_old(10, "web");
  scan();
  for (const auto metric : {Metric::cpu_usage, Metric::cpu_usage_user, Metric::cpu_usage_system,
                            Metric::cpu_usage_host}) {
    EXPECT_TRUE(value("web", metric).is_absent());
  }
}

TEST_F(PublishedValues, TakePercentagesOverTheTimeReallyElapsed) {
  add_old(10, "web");
  scan();
  host.work(10, 3000 * kMs, 0.5);
  scan(4.0);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 75.0);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage_user), 37.5);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage_system), 37.5);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage_host), 37.5);
  scan(4.0);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 0.0);
}

TEST_F(PublishedValues, HaveNoPercentagesOverATimeTooShortForTheKernelsTicks) {
  add_old(10, "web");
  scan();
  host.work(10, 10 * kMs);
  scan(0.05);
  EXPECT_TRUE(value("web", Metric::cpu_usage).is_absent());
  EXPECT_EQ(cpu_ns("web"), 10 * kMs);
}

TEST_F(PublishedValues, MayPassAHundredPercent) {
  add_old(10, "web");
  add_old(11, "web");
  scan();
  host.work(10, 1000 * kMs);
  host.work(11, 500 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 150.0);
}

TEST_F(PublishedValues, TellTheBusiestAndTheLargestProcess) {
  add_old(10, "web").rss_pages = 3;
  add_old(11, "web").rss_pages = 5;
  scan();
  EXPECT_TRUE(value("web", Metric::cpu_usage_max).is_absent());
  host.work(10, 700 * kMs);
  host.work(11, 200 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage_max), 70.0);
  EXPECT_EQ(number("web", Metric::memory_rss_max), 5 * FakeHost::kPageBytes);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage_max), 0.0);
}

TEST_F(PublishedValues, SpreadTheUsageOfAMissedScanOverTheTimeItTook) {
  add_old(10, "web");
  scan();
  host.fail(10, PidFile::stat, ReadStatus::denied);
  host.work(10, 1000 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 0.0);
  host.heal(10);
  host.work(10, 1000 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 100.0);
  EXPECT_EQ(cpu_ns("web"), 2000 * kMs);
}

TEST_F(PublishedValues, ShowTheUsageOfAProcessThatRestedLongAfterItsNameWasAwaited) {
  use_settings(R"({"process_names": [{"name": "{{.ExeBase}}", "kernel_thread": false}]})");
  add_old(9, "db");
  add_old(10, "web");
  slow.hang(10);
  scan();
  scan();
  slow.let_go(10);
  for (int i = 0; i < 20; ++i) scan();
  host.work(10, 1000 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_usage), 100.0);
}

TEST_F(PublishedValues, OfAFamilyTurnedOnByAReloadAreReadOfIdleProcessesToo) {
  use_settings(R"({"collect": ["cpu"]})");
  auto& web = add_old(10, "web");
  web.num_fds = 7;
  web.rss_pages = 3;
  scan();
  scan();
  reload("{}");
  scan();
  EXPECT_EQ(number("web", Metric::num_fds), 7);
  EXPECT_EQ(number("web", Metric::memory_rss), 3.0 * FakeHost::kPageBytes);
}

TEST_F(PublishedValues, CountEachProcessInOneState) {
  const std::string states = "RSDZTtIX";
  for (std::size_t i = 0; i < states.size(); ++i) {
    add_old(static_cast<pid_t>(10 + i), "web").state = states[i];
  }
  scan();
  EXPECT_EQ(number("web", Metric::procs_running), 1);
  EXPECT_EQ(number("web", Metric::procs_sleeping), 1);
  EXPECT_EQ(number("web", Metric::procs_blocked), 1);
  EXPECT_EQ(number("web", Metric::procs_zombie), 1);
  EXPECT_EQ(number("web", Metric::procs_other), 4);
  EXPECT_EQ(number("web", Metric::num_procs), 8);
}

TEST_F(PublishedValues, SumMemoryAndDescriptorsAndFindTheWorstProcess) {
  auto& first = add_old(10, "web");
  first.rss_pages = 100;
  first.size_pages = 1000;
  first.num_fds = 256;
  first.fd_limit = 1024;
  auto& second = add_old(11, "web");
  second.rss_pages = 50;
  second.size_pages = 500;
  second.num_fds = 90;
  second.fd_limit = 100;
  scan();
  EXPECT_EQ(number("web", Metric::memory_rss), 150.0 * FakeHost::kPageBytes);
  EXPECT_EQ(number("web", Metric::memory_vms), 1500.0 * FakeHost::kPageBytes);
  EXPECT_DOUBLE_EQ(number("web", Metric::memory_usage), 100.0 * 600 / 1'000'000);
  EXPECT_EQ(number("web", Metric::num_fds), 346);
  EXPECT_DOUBLE_EQ(number("web", Metric::fd_usage_max), 90.0);
}

TEST_F(PublishedValues, TakeTheFdLimitFromTheFileWherePrlimitIsForbidden) {
  host.forbid_prlimit();
  auto& web = add_old(10, "web");
  web.num_fds = 10;
  web.fd_limit = 40;
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::fd_usage_max), 25.0);
}

TEST_F(PublishedValues, HaveNoFdUsageUnderALimitOfZero) {
  auto& web = add_old(10, "web");
  web.num_fds = 10;
  web.fd_limit = 0;
  scan();
  EXPECT_TRUE(value("web", Metric::fd_usage_max).is_absent());
}

TEST_F(PublishedValues, LeaveOutASumOfWhichAPartMayNotBeRead) {
  add_old(10, "web").num_fds = 4;
  add_old(11, "web").num_fds = 5;
  add_old(12, "db").num_fds = 6;
  host.deny_fds(11);
  host.fail(11, PidFile::io, ReadStatus::denied);
  scan();
  EXPECT_TRUE(value("web", Metric::num_fds).is_absent());
  EXPECT_TRUE(value("web", Metric::fd_usage_max).is_absent());
  EXPECT_TRUE(value("web", Metric::read_bytes).is_absent());
  EXPECT_EQ(number("web", Metric::num_procs), 2);
  EXPECT_EQ(number("db", Metric::num_fds), 6);
  EXPECT_EQ(number("db", Metric::read_bytes), 0);
  EXPECT_EQ(collector().processes_denied(), 1U);
}

TEST_F(PublishedValues, HaveNoIoWhereTheKernelKeepsNone) {
  use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::pid_cursor, false});
  add_old(10, "web");
  scan();
  EXPECT_TRUE(value("web", Metric::read_bytes).is_absent());
  EXPECT_EQ(host.counts.by_file[PidFile::io], 0U);
}

TEST_F(PublishedValues, GiveTheStartOfTheOldestProcessInUnixTime) {
  add_old(10, "web").starttime_ticks = 5'000;  // 50 s after boot
  add_old(11, "web").starttime_ticks = 9'000;
  scan();
  // The sequence boots at 1,700,000,000.
  EXPECT_EQ(number("web", Metric::oldest_start_time), 1'700'000'050);
}

TEST_F(PublishedValues, ReadNothingButTheClockOfAnIdleProcess) {
  for (pid_t pid = 10; pid < 1010; ++pid) add_old(pid, "web");
  scan();
  scan();
  const auto files = host.counts.files;
  scan();
  EXPECT_EQ(number(SelfMetric::processes_idle), 1000);
  EXPECT_EQ(number(SelfMetric::processes_read), 0);
  EXPECT_LE(host.counts.files - files, 1000U / 16) << "only the rotation may read";
}

TEST_F(PublishedValues, RefreshTheMemoryOfIdleProcessesByTurns) {
  for (pid_t pid = 10; pid < 110; ++pid) add_old(pid, "web").rss_pages = 10;
  scan();
  for (auto& [pid, process] : host.processes()) process.rss_pages = 1;  // Reclaimed.
  for (int i = 0; i < 33; ++i) scan();
  EXPECT_EQ(number("web", Metric::memory_rss), 100.0 * FakeHost::kPageBytes);
}

TEST_F(PublishedValues, AskForSwapOnlyWhereTheHostUsesSome) {
  add_old(10, "web").swap_kilobytes = 64;
  scan();
  EXPECT_EQ(number("web", Metric::memory_swap), 0);
  EXPECT_EQ(host.counts.by_file[PidFile::status], 0U);
  host.swap_used_kilobytes = 64;
  for (int i = 0; i < 33; ++i) scan();
  EXPECT_EQ(number("web", Metric::memory_swap), 64.0 * 1024);
}

TEST_F(PublishedValues, DoNotReadAFamilyThatIsOff) {
  use_settings(R"({"collect": ["cpu"]})");
  add_old(10, "web");
  scan();
  host.work(10, kMs);
  scan();
  EXPECT_EQ(host.counts.by_file[PidFile::statm], 0U);
  EXPECT_EQ(host.counts.by_file[PidFile::io], 0U);
  EXPECT_EQ(host.counts.by_file[PidFile::limits], 0U);
  EXPECT_TRUE(value("web", Metric::num_procs).is_absent());
  EXPECT_TRUE(value("web", Metric::memory_rss).is_absent());
  EXPECT_FALSE(value("web", Metric::cpu_time).is_absent());
}

TEST_F(PublishedValues, HaveAConfiguredGroupFromTheFirstScanOnThoughItIsEmpty) {
  use_settings(R"({"process_names": [{"name": "web", "comm": ["nginx"]}]})");
  scan();
  EXPECT_EQ(number("web", Metric::num_procs), 0);
  EXPECT_EQ(cpu_ns("web"), 0U);
  EXPECT_TRUE(value("web", Metric::oldest_start_time).is_absent());
}

TEST_F(PublishedValues, ForgetADynamicGroupOnlyWhenItsTimeIsOver) {
  use_settings(R"({"group_ttl": "10s"})");
  add_old(10, "web");
  add_old(11, "db");
  scan();
  host.work(10, 50 * kMs);
  scan();
  host.remove(10);
  scan(9);
  ASSERT_TRUE(has_group("web"));
  bear(12, "web").clock_ns = 5 * kMs;
  scan();
  EXPECT_EQ(cpu_ns("web"), 55 * kMs);  // Back in time: it goes on.
  host.remove(12);
  scan();
  scan(11);
  EXPECT_FALSE(has_group("web"));
  EXPECT_TRUE(has_group("db"));
  bear(13, "web").clock_ns = 5 * kMs;
  scan();
  EXPECT_EQ(cpu_ns("web"), 5 * kMs);
}

TEST_F(PublishedValues, FoldTwentyThousandNamesIntoTheAllowedNumberOfGroups) {
  add_old(1, "init");
  scan();
  constexpr pid_t kNames = 20'000;
  for (pid_t pid = 100; pid < 100 + kNames; ++pid) {
    bear(pid, "n" + std::to_string(pid)).clock_ns = kMs;
  }
  const auto& snapshot = scan();
  EXPECT_EQ(snapshot.groups.size(), 1001U);  // max_groups and _other
  double cpu = 0;
  double processes = 0;
  for (const auto& row : snapshot.groups) {
    cpu += row.values[Metric::cpu_time].as_real();
    processes += row.values[Metric::num_procs].as_real();
  }
  EXPECT_NEAR(cpu, 20.0, 1e-6);
  EXPECT_EQ(processes, kNames + 1);
  EXPECT_EQ(number(SelfMetric::processes_folded), number("_other", Metric::num_procs));
}

TEST_F(PublishedValues, KeepProcessesWithoutANameOrWithAHostileOneInGroupsOfTheirOwn) {
  add_old(10, "");
  add_old(11, ") R 1 (");
  add_old(12, "a\nb");
  add_old(13, "a_b");
  add_old(14, std::string("\xff\xfe", 2));
  scan();
  EXPECT_TRUE(has_group("_empty"));
  EXPECT_TRUE(has_group(") R 1 ("));
  EXPECT_TRUE(has_group("a\\x0ab"));
  EXPECT_TRUE(has_group("a_b"));
  EXPECT_TRUE(has_group("\\xff\\xfe"));
}

TEST_F(PublishedValues, AccountForTheWholeHost) {
  use_settings(R"({"process_names": [{"name": "web", "comm": ["nginx"]}]})");
  host.busy_ticks = 123'456;
  add_old(10, "nginx");
  add_old(11, "other").ppid = 0;
  scan();
  EXPECT_EQ(number(SelfMetric::cpu_host_seconds), 0);
  host.work(10, 600 * kMs);
  host.work(11, 300 * kMs);
  host.busy_ticks += 100;
  scan();
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_host_seconds), 1.0);
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_grouped_seconds), 0.6);
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_ungrouped_seconds), 0.3);
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_unattributed_seconds), 0.1);
}

}  // namespace
}  // namespace proctally::test
