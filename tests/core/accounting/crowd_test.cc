// A program of its own, because it counts all memory that is in use in it.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/allocations.h"
#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

/// 100,000 processes of 20,000 names.
class Crowd : public ScanSequence {
 protected:
  static constexpr pid_t kProcesses = 100'000;
  static constexpr pid_t kNames = 20'000;
  static constexpr pid_t kFirstPid = 100;
  static constexpr std::size_t kMaxGroups = 1000;  // The default.

  void add_processes(pid_t count) {
    for (pid_t i = 0; i < count; ++i) {
      auto& process = add_old(kFirstPid + i, "name" + std::to_string(i % kNames));
      process.ppid = 0;
      process.clock_ns = kSecond;
    }
  }
  /// One in ten works.
  void work_a_little() {
    for (pid_t i = 0; i < kProcesses; i += 10) host.work(kFirstPid + i, kMs);
  }
  struct Cost {
    double clocks;
    double files;
  };
  /// What one scan in which one in ten ran asks for, of each process.
  Cost cost_of_a_scan(pid_t processes) {
    add_processes(processes);
    scan();
    scan();
    for (pid_t i = 0; i < processes; i += 10) host.work(kFirstPid + i, kMs);
    host.counts = {};
    scan();
    const auto count = static_cast<double>(processes);
    return {static_cast<double>(host.counts.clocks) / count,
            static_cast<double>(host.counts.files) / count};
  }
};

TEST_F(Crowd, IsPublishedInABoundedNumberOfGroupsThatLoseNothing) {
  add_processes(kProcesses);
  scan();
  work_a_little();
  const auto& snapshot = scan();
  EXPECT_LE(snapshot.groups.size(), kMaxGroups + 1);
  std::uint64_t processes = 0;
  std::uint64_t worked_ns = 0;
  for (const auto& row : snapshot.groups) {
    processes += static_cast<std::uint64_t>(row.values[Metric::num_procs].as_integer());
    worked_ns += static_cast<std::uint64_t>(row.values[Metric::cpu_time].as_ns());
  }
  EXPECT_EQ(processes, kProcesses);
  EXPECT_EQ(worked_ns, std::uint64_t{kProcesses} / 10 * kMs);
}

TEST_F(Crowd, TakesAsMuchMemoryForEachProcessAsASmallHost) {
  use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
  add_processes(kProcesses);
  const auto before = live_memory();
  scan();
  const auto after_one = live_memory();
  for (int i = 0; i < 10; ++i) {
    work_a_little();
    scan();
  }
  const auto after = live_memory();
  const auto per_process = (after.bytes - before.bytes) / kProcesses;
  // The design's limit; growth in powers of two of the table included.
  EXPECT_LT(per_process, 1200U);
  EXPECT_LT(after.bytes, after_one.bytes + after_one.bytes / 10);
  std::printf("%zu bytes a process\n", per_process);
}

TEST_F(Crowd, OfNamesThatNeverReturnLeavesNothingBehind) {
  use_settings(R"({"group_ttl": "3s"})");
  use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
  constexpr pid_t kAtATime = 2000;
  std::size_t half_way = 0;
  int names = 0;
  for (int round = 0; round < 60; ++round) {
    for (pid_t i = 0; i < kAtATime; ++i) {
      auto& process = bear(kFirstPid + i, "once" + std::to_string(names++));
      process.ppid = 0;
    }
    EXPECT_LE(scan().groups.size(), kMaxGroups + 1);
    for (pid_t i = 0; i < kAtATime; ++i) host.remove(kFirstPid + i);
    if (round == 30) half_way = live_memory().bytes;
  }
  EXPECT_LT(live_memory().bytes, half_way + half_way / 10);
}

TEST_F(Crowd, IsReadAsAFewAre) {
  const auto of_many = cost_of_a_scan(kProcesses);
  std::printf("%.2f clocks and %.2f files a process\n", of_many.clocks, of_many.files);
  EXPECT_LT(of_many.clocks, 1.2);
  // One in ten: stat, statm, io; and the rotation of one in 32.
  EXPECT_LT(of_many.files, 0.5);
}

}  // namespace
}  // namespace proctally::test
