// Counters are true: what each sequence of scans must add up to. That nothing falls is checked by
// ScanSequence after every scan of every test.
#include <gtest/gtest.h>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

class Counters : public ScanSequence {};

TEST_F(Counters, StartAtZeroForProcessesThatWereThereBefore) {
  add_old(10, "web").clock_ns = 5 * kSecond;
  scan();
  EXPECT_EQ(cpu_ns("web"), 0U);
  host.work(10, 300 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 300 * kMs);
}

TEST_F(Counters, StartAtLifetimeTotalsWhereTheSettingsSaySo) {
  use_settings(R"({"baseline": "lifetime"})");
  auto& web = add_old(10, "web");
  web.clock_ns = 5 * kSecond;
  web.io.read_bytes = 4096;
  scan();
  EXPECT_EQ(cpu_ns("web"), 5 * kSecond);
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 4096);
  EXPECT_EQ(number("web", Metric::started), 0);
  EXPECT_TRUE(value("web", Metric::cpu_usage).is_absent());
}

TEST_F(Counters, CountTheWholeLifeOfAProcessBornBetweenTwoScans) {
  add_old(10, "web");
  scan();
  bear(11, "web").io.written_bytes = 8192;
  host.work(11, 400 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 400 * kMs);
  EXPECT_EQ(number("web", Metric::disk_write_bytes), 8192);
  EXPECT_EQ(number("web", Metric::started), 1);
}

TEST_F(Counters, AreUserAndSystemInTheKernelsProportionAndExactInSum) {
  add_old(10, "web");
  scan();
  host.work(10, 1000 * kMs, 0.75);
  scan();
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_time_user), 0.75);
  EXPECT_DOUBLE_EQ(number("web", Metric::cpu_time_system), 0.25);
  host.work(10, 7);  // Less than a tick.
  scan();
  EXPECT_EQ(
      value("web", Metric::cpu_time_user).as_ns() + value("web", Metric::cpu_time_system).as_ns(),
      value("web", Metric::cpu_time).as_ns());
  EXPECT_EQ(cpu_ns("web"), 1000 * kMs + 7);
}

TEST_F(Counters, KeepWhatADeadMemberDid) {
  add_old(10, "web");
  scan();
  host.work(10, 300 * kMs);
  scan();
  host.remove(10);
  scan();
  EXPECT_EQ(cpu_ns("web"), 300 * kMs);
  EXPECT_EQ(number("web", Metric::num_procs), 0);
  EXPECT_EQ(number("web", Metric::exited), 1);
  EXPECT_TRUE(value("web", Metric::oldest_start_time).is_absent());
}

TEST_F(Counters, TakeAReusedPidForAnotherProcess) {
  add_old(10, "web");
  scan();
  host.work(10, 900 * kMs);
  scan();
  host.remove(10);
  bear(10, "web").clock_ns = 200 * kMs;
  scan();
  EXPECT_EQ(cpu_ns("web"), 1100 * kMs);
  EXPECT_EQ(number("web", Metric::exited), 1);
  EXPECT_EQ(number("web", Metric::started), 1);
}

TEST_F(Counters, TakeAReusedPidForAnotherProcessThoughItUsedMoreThanTheFirst) {
  add_old(10, "web");
  scan();
  host.remove(10);
  bear(10, "db").clock_ns = 700 * kMs;
  scan();
  EXPECT_EQ(cpu_ns("web"), 0U);
  EXPECT_EQ(cpu_ns("db"), 700 * kMs);
}

struct OneScanFault {
  const char* name;
  ReadStatus status;
  std::size_t bytes;  ///< Of a truncated file, where the status is ok.
};

class CountersThroughAFault
    : public Counters,
      public ::testing::WithParamInterface<std::tuple<OneScanFault, PidFile, kernel::CpuRoute>> {};

TEST_P(CountersThroughAFault, NeitherLoseNorDoubleWhatAFileMissesForOneScan) {
  const auto& [fault, file, cpu_route] = GetParam();
  use_routes({cpu_route,
              cpu_route == kernel::CpuRoute::stat ? kernel::BirthRoute::listing
                                                  : kernel::BirthRoute::pid_cursor,
              true});
  add_old(9, "web");
  scan();
  bear(10, "web");
  host.work(10, 1000 * kMs);
  host.at(10).io.read_bytes = 1000;
  scan();
  if (fault.status == ReadStatus::ok) {
    host.truncate(10, file, fault.bytes);
  } else {
    host.fail(10, file, fault.status);
  }
  host.work(10, 100 * kMs);
  host.at(10).io.read_bytes = 1500;
  scan();
  EXPECT_EQ(number("web", Metric::num_procs), 2);
  host.heal(10);
  host.work(10, 200 * kMs);
  host.at(10).io.read_bytes = 3000;
  scan();
  EXPECT_EQ(cpu_ns("web"), 1300 * kMs);
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 3000);
  EXPECT_EQ(number("web", Metric::started), 1);
  EXPECT_EQ(number("web", Metric::exited), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CountersThroughAFault,
    ::testing::Combine(::testing::Values(OneScanFault{"denied", ReadStatus::denied, 0},
                                         OneScanFault{"vanished", ReadStatus::vanished, 0},
                                         OneScanFault{"failed", ReadStatus::failed, 0},
                                         OneScanFault{"truncated", ReadStatus::ok, 20},
                                         OneScanFault{"empty", ReadStatus::ok, 0}),
                       ::testing::Values(PidFile::stat, PidFile::io, PidFile::statm),
                       ::testing::Values(kernel::CpuRoute::process_clock, kernel::CpuRoute::stat)),
    [](const auto& param) {
      const auto file = std::get<1>(param.param);
      return std::string(std::get<0>(param.param).name) +
             (file == PidFile::stat ? "_stat"
              : file == PidFile::io ? "_io"
                                    : "_statm") +
             (std::get<2>(param.param) == kernel::CpuRoute::stat ? "_by_stat" : "_by_clock");
    });

TEST_F(Counters, FetchTheIoOfAProcessThatSleepsSinceItsFileCouldNotBeRead) {
  add_old(10, "web");
  scan();
  host.at(10).io.read_bytes = 900;
  host.work(10, kMs);
  host.fail(10, PidFile::io, ReadStatus::vanished);
  scan();
  host.heal(10);
  scan();
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 900);
}

TEST_F(Counters, CountTheWholeLifeOfANewProcessThatCouldNotBeReadAtFirst) {
  add_old(9, "web");
  scan();
  bear(10, "web").clock_ns = 300 * kMs;
  host.fail(10, PidFile::stat, ReadStatus::denied);
  scan();
  host.heal(10);
  scan();
  EXPECT_EQ(cpu_ns("web"), 300 * kMs);
  EXPECT_EQ(number("web", Metric::started), 1);
}

TEST_F(Counters, ForgetNoProcessThatAListingMisses) {
  use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
  add_old(10, "web");
  scan();
  host.hide_from_listing(10);
  host.work(10, 100 * kMs);
  scan();
  host.show_in_listing(10);
  host.work(10, 100 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 200 * kMs);
  EXPECT_EQ(number("web", Metric::started), 0);
}

TEST_F(Counters, OfAnOldProcessFoundLateBeginAtItsFirstSight) {
  use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
  add_old(10, "web").clock_ns = 50 * kSecond;
  add_old(11, "web");
  host.hide_from_listing(10);
  scan();
  host.show_in_listing(10);
  scan();
  EXPECT_EQ(cpu_ns("web"), 0U);
  host.work(10, 20 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 20 * kMs);
}

TEST_F(Counters, OfIoThatMayBeReadOnlyLaterBeginThere) {
  add_old(10, "web").io.read_bytes = 1'000'000;
  host.fail(10, PidFile::io, ReadStatus::denied);
  scan();
  EXPECT_TRUE(value("web", Metric::disk_read_bytes).is_absent());
  host.heal(10);
  for (int i = 0; i < 40; ++i) {  // It is asked again when its turn comes.
    host.work(10, kMs);
    scan();
  }
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 0);
  host.at(10).io.read_bytes += 500;
  host.work(10, kMs);
  scan();
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 500);
}

TEST_F(Counters, OnceReadStayPublishedWhenPermissionIsTakenAway) {
  add_old(10, "web");
  scan();
  host.at(10).io.read_bytes = 700;
  host.work(10, kMs);
  scan();
  host.fail(10, PidFile::io, ReadStatus::denied);
  host.work(10, kMs);
  scan();
  EXPECT_EQ(number("web", Metric::disk_read_bytes), 700);
}

TEST_F(Counters, RebaselineOnAFigureThatFell) {
  auto& web = add_old(10, "web");
  web.minor_faults = 1000;
  scan();
  web.minor_faults = 100;
  web.clock_ns += kMs;
  scan();
  EXPECT_EQ(number("web", Metric::minor_faults), 0);
  web.minor_faults = 130;
  web.clock_ns += kMs;
  scan();
  EXPECT_EQ(number("web", Metric::minor_faults), 30);
}

TEST_F(Counters, StayWhenTheThreadsOfAProcessEnd) {
  auto& web = add_old(10, "web");
  web.num_threads = 50;
  scan();
  host.work(10, 500 * kMs);
  scan();
  web.num_threads = 1;  // The clock keeps what the dead ones used.
  host.work(10, 10 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 510 * kMs);
  EXPECT_EQ(number("web", Metric::num_threads), 1);
}

TEST_F(Counters, StayWhenAProcessBecomesAZombieAndIsReaped) {
  auto& web = add_old(10, "web");
  web.rss_pages = 100;
  web.num_fds = 9;
  scan();
  host.work(10, 60 * kMs);
  web.state = 'Z';
  scan();
  EXPECT_EQ(number("web", Metric::procs_zombie), 1);
  EXPECT_EQ(number("web", Metric::memory_rss), 0);
  EXPECT_EQ(number("web", Metric::num_fds), 0);
  host.remove(10);
  scan();
  EXPECT_EQ(cpu_ns("web"), 60 * kMs);
  EXPECT_EQ(number("web", Metric::procs_zombie), 0);
}

TEST_F(Counters, OfAZombieLeaderWithLivingThreadsGoOn) {
  auto& web = add_old(10, "web");
  web.state = 'Z';
  web.num_threads = 3;
  web.other_thread = 12;
  web.other_thread_rss_pages = 77;
  web.num_fds = 5;
  scan();
  EXPECT_EQ(number("web", Metric::procs_zombie), 0);
  EXPECT_EQ(number("web", Metric::procs_running), 1);
  EXPECT_EQ(number("web", Metric::memory_rss), 77.0 * FakeHost::kPageBytes);
  EXPECT_EQ(number("web", Metric::num_fds), 5);
  host.work(10, 80 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 80 * kMs);
  for (int i = 0; i < 40; ++i) scan();  // Its turn to be refreshed must not find a zombie's zeros.
  EXPECT_EQ(number("web", Metric::memory_rss), 77.0 * FakeHost::kPageBytes);
}

TEST_F(Counters, OfKernelThreadsAreSystemTime) {
  auto& worker = add_old(20, "kworker/0:1");
  worker.is_kernel_thread = true;
  scan();
  host.work(20, 3 * kMs, 0.0);
  scan();
  EXPECT_EQ(cpu_ns("kernel"), 3 * kMs);
  EXPECT_EQ(number("kernel", Metric::cpu_time_user), 0);
}

TEST_F(Counters, ByStatAreExactToATick) {
  use_routes({kernel::CpuRoute::stat, kernel::BirthRoute::listing, true});
  add_old(10, "web");
  scan();
  host.work(10, 1000 * kMs, 0.5);
  bear(11, "web");
  host.work(11, 250 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 1250 * kMs);
  host.remove(10);
  scan();
  EXPECT_EQ(number("web", Metric::exited), 1);
  EXPECT_EQ(cpu_ns("web"), 1250 * kMs);
}

}  // namespace
}  // namespace proctally::test
