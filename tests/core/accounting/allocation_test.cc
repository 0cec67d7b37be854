// A program of its own, because it counts every allocation that happens in it.
#include <gtest/gtest.h>

#include "tests/support/allocations.h"
#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

class Allocations : public ScanSequence {
 protected:
  // Only of the collector: what the test itself does between scans is not counted.
  static std::size_t in_one_scan(Collector& collector, TimePoint& now) {
    now.monotonic_ns += 1'000'000'000;
    now.boot_ns += 1'000'000'000;
    now.wall_ns += 1'000'000'000;
    const auto before = allocation_count();
    (void)collector.collect(now);
    return allocation_count() - before;
  }
};

TEST_F(Allocations, AreNoneInSteadyStateWithAThousandProcesses) {
  for (pid_t pid = 10; pid < 1010; ++pid) add_old(pid, "group" + std::to_string(pid % 50));
  Collector collector(parse_settings("{}", "test"),
                      {host,
                       host,
                       slow,
                       nullptr,
                       &host.switches,
                       {kernel::CpuRoute::process_clock, kernel::BirthRoute::pid_cursor, true},
                       {}});
  TimePoint now{.wall_ns = 1'700'000'000'000'000'000,
                .monotonic_ns = 1'000'000'000'000,
                .boot_ns = 1'000'000'000'000};
  for (int i = 0; i < 5; ++i) (void)in_one_scan(collector, now);
  for (int i = 0; i < 100; ++i) {
    for (pid_t pid = 10; pid < 1010; pid += 3) host.work(pid, 1'000'000);  // A third of them runs.
    host.switches.asked.clear();                                           // It keeps its memory.
    ASSERT_EQ(in_one_scan(collector, now), 0U) << "scan " << i;
  }
}

/// Answers nothing, and so allocates nothing.
class SilentPssReader final : public accounting::PssReader {
 public:
  std::size_t requested = 0;
  void request(std::span<const accounting::PssRequest> requests, std::int64_t /*ns*/) override {
    requested += requests.size();
  }
  void collect(std::vector<accounting::PssAnswer>& /*answers*/) override {}
  [[nodiscard]] unsigned stuck() const override { return 0; }
};

TEST_F(Allocations, AreNoneInSteadyStateWherePssIsAskedFor) {
  for (pid_t pid = 10; pid < 1010; ++pid) add_old(pid, "group" + std::to_string(pid % 50));
  SilentPssReader silent;
  Collector collector(parse_settings(R"({"collect": ["pss"]})", "test"),
                      {host,
                       host,
                       slow,
                       nullptr,
                       &host.switches,
                       {kernel::CpuRoute::process_clock, kernel::BirthRoute::pid_cursor, true},
                       {},
                       &silent});
  TimePoint now{.wall_ns = 1'700'000'000'000'000'000,
                .monotonic_ns = 1'000'000'000'000,
                .boot_ns = 1'000'000'000'000};
  for (int i = 0; i < 5; ++i) (void)in_one_scan(collector, now);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(in_one_scan(collector, now), 0U) << "scan " << i;
  EXPECT_GT(silent.requested, 0U);
}

TEST_F(Allocations, AreNoticedByThisTest) {
  const auto before = allocation_count();
  auto* text = new std::string(100, 'x');
  delete text;
  EXPECT_GE(allocation_count() - before, 2U);
}

}  // namespace
}  // namespace proctally::test
